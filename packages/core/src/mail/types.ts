/** An e-mail that the server sends. */
export interface Mail {
  /** Address of whom it goes to, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** A file that goes with it, under this name. */
  readonly attachment: { readonly name: string; readonly path: string; readonly type: string } | null;
}

/** Why an e-mail was not taken. */
export type MailRefusal =
  /** Nobody took it in time. */
  | { readonly code: "too-slow" }
  /** No such host, no connection, or none that can be trusted. */
  | { readonly code: "unreachable"; readonly why: string }
  /** The mail server does not know us, or does not want this mail; `status` as RFC 5321 has it. */
  | { readonly code: "refused"; readonly status: number; readonly why: string }
  /** Too many are on their way already. */
  | { readonly code: "busy" }
  /** The file to go with it cannot be read. */
  | { readonly code: "no-file"; readonly why: string };
