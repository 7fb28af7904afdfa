/** What the doors look at, taken from one request or upgrade. */
export interface RequestFacts {
  readonly method: string;
  /** The request target as it was sent: path and query. */
  readonly target: string;
  /** The path in the form that settings and routes compare: lower case, single slashes, none at the end. */
  readonly path: string;
  readonly isUpgrade: boolean;
  /** The one Host (or `X-Forwarded-Host` of a trusted proxy), `undefined` when there is none or more than one. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Whether a browser asks first if it may send (`OPTIONS` with `Access-Control-Request-Method`). */
  readonly isPreflight: boolean;
  /** Whether it came by TLS, to us or to a trusted proxy before us. */
  readonly isTls: boolean;
  /** Whether it surely comes from this machine: a loopback address, and nobody forwarded it. */
  readonly isLoopback: boolean;
  /** The real client's address, without `::ffff:`. */
  readonly client: string;
  /** The address of ours at which the connection arrived, without `::ffff:`. */
  readonly localAddress: string;
  /** Whether there is an `Authorization` or `x-api-key`, right or wrong. */
  readonly hasCredential: boolean;
}

/** What is open to whom. Functions are asked at each request, so that configuration is live. */
export interface DoorSettings {
  /** Origin of the public URL, such as `https://pbx.example.com`. */
  readonly publicOrigin: string;
  /** Whether a lower-case name is a tenant's domain. */
  isTenantDomain(name: string): boolean;
  /** Origins whose pages may use us, as browsers write them: `https://crm.example.com`. */
  isAllowedOrigin(origin: string): boolean;
  /** `loopback`: without TLS only this machine is served. `allow`: everybody is (TLS is in front of us). */
  readonly plainHttp: "loopback" | "allow";
  /** The port that pages are sent on to, or `undefined` when there is none. */
  httpsPort(): number | undefined;
}

/** What the doors say. */
export type DoorVerdict =
  | { readonly kind: "pass"; readonly allowedOrigin: string | undefined }
  | { readonly kind: "preflight"; readonly allowedOrigin: string }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "refuse"; readonly code: "bad-request" | "unknown-host" | "foreign-origin" | "tls-required" };
