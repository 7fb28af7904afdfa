import type { HistoryQuery, HistoryView, KeyLimits, Role, User } from "@cordboard/core";
import type { CallId, KeyId, RecordingId, Result, TenantId, VoiceMessageId } from "@cordboard/kernel";
import type { MailChange, ReachChange, RecordingQuery, Retention } from "@cordboard/store";
import type { LiveAdministration } from "./live-administration.ts";
import type { ProtectionRules } from "./protection-rules.ts";
import type { RecordingRules } from "./recording-rules.ts";
import type { CommandRefusal } from "./refusal.ts";
import type { StatusRules } from "./status-rules.ts";

/** A user as the command line shows it. */
export type ShownUser = Pick<User, "id" | "extension" | "name" | "role" | "mobile">;

/** A key as the command line shows it; its text is shown once, when it is made. */
export interface ShownKey {
  readonly id: KeyId;
  readonly name: string;
  readonly role: Role;
  readonly limits: KeyLimits;
}

/** What a new user is made of. Passwords that are not given are made. */
export interface NewUser {
  readonly extension: string;
  readonly name: string;
  readonly role: Role;
  readonly mobile?: string | undefined;
  /** Where voice messages go by e-mail. */
  readonly email?: string | undefined;
  readonly sipPassword?: string | undefined;
  readonly webPassword?: string | undefined;
}

/** What a new key is made of. */
export interface NewKey extends KeyLimits {
  readonly name: string;
  readonly role: Role;
}

/** How a user is reached, as the command line shows it. */
export type ShownReach = Pick<User, "extension" | "name" | "mobile"> & User["reach"];

/** How a user gets messages by e-mail, as the command line shows it; without an address not at all. */
export interface ShownMail extends Pick<User, "extension" | "name"> {
  readonly address: string | null;
  readonly hasSound: boolean;
  readonly isDeletedAfter: boolean;
}

/** What callers hear before they leave a message; null: what the house says. */
export interface ShownGreeting {
  readonly extension: string;
  readonly file: string | null;
}

/** What the server says at one point; without a file it is what the house says. */
export interface ShownPrompt {
  readonly prompt: string;
  readonly language: string;
  /** In seconds; null for the house's. */
  readonly lasted: number | null;
  readonly file: string | null;
}

/** Which prompt is meant; the tenant's language unless said otherwise. */
export interface NamedPrompt {
  readonly prompt: string;
  readonly language?: string | undefined;
}

/** A recording of a call as the command line shows it. */
export interface ShownRecording {
  readonly id: RecordingId;
  readonly call: CallId;
  readonly extension: string;
  readonly other: { readonly name: string; readonly number: string };
  readonly startedAt: string;
  /** In seconds; null while it runs. */
  readonly lasted: number | null;
  readonly by: "command" | "rule";
  readonly file: string;
}

/** A message in somebody's mailbox as the command line shows it. */
export interface ShownMessage {
  readonly id: VoiceMessageId;
  readonly extension: string;
  readonly from: { readonly name: string; readonly number: string };
  readonly at: string;
  /** In seconds. */
  readonly lasted: number;
  readonly isHeard: boolean;
  readonly file: string;
}

/** The certificate that the server shows. */
export interface ShownCertificate {
  readonly fingerprint: string;
  readonly subject: string;
  readonly names: string;
  readonly validUntil: string;
  /** Where the local authority's certificate lies, for programs that are to trust it; null when it is not ours. */
  readonly authority: string | null;
}

/** What administrators do from the command line, whether a server runs or not. */
export interface Administration extends RecordingRules, StatusRules, ProtectionRules {
  /** The tenant of a domain; the default one when no domain is named. */
  tenantOf(domain: string | undefined): TenantId | undefined;
  addUser(
    tenant: TenantId,
    user: NewUser,
  ): Promise<
    Result<{ readonly user: ShownUser; readonly sipPassword: string; readonly webPassword: string }, CommandRefusal>
  >;
  listUsers(tenant: TenantId): Promise<readonly ShownUser[]>;
  removeUser(tenant: TenantId, extension: string): Promise<Result<undefined, CommandRefusal>>;
  createKey(tenant: TenantId, key: NewKey): Promise<Result<ShownKey & { readonly key: string }, CommandRefusal>>;
  listKeys(tenant: TenantId): Promise<readonly ShownKey[]>;
  revokeKey(tenant: TenantId, id: KeyId): Promise<Result<undefined, CommandRefusal>>;
  reach(tenant: TenantId, extension: string, change: ReachChange): Promise<Result<ShownReach, CommandRefusal>>;
  /** How a user gets messages by e-mail, after a change. */
  mail(tenant: TenantId, extension: string, change: MailChange): Promise<Result<ShownMail, CommandRefusal>>;
  /** A user's greeting, after the house's has been brought back or not. */
  greeting(tenant: TenantId, extension: string, isReset: boolean): Promise<Result<ShownGreeting, CommandRefusal>>;
  listPrompts(tenant: TenantId): Promise<readonly ShownPrompt[]>;
  /** Takes the bytes of a WAV file for a prompt. */
  setPrompt(
    tenant: TenantId,
    prompt: NamedPrompt & { readonly sound: Uint8Array },
  ): Promise<Result<ShownPrompt, CommandRefusal>>;
  resetPrompt(tenant: TenantId, prompt: NamedPrompt): Promise<Result<ShownPrompt, CommandRefusal>>;
  listRecordings(tenant: TenantId, query: RecordingQuery): Promise<readonly ShownRecording[]>;
  deleteRecording(tenant: TenantId, id: RecordingId): Promise<Result<undefined, CommandRefusal>>;
  /** The messages of one user, or of all. */
  listMessages(
    tenant: TenantId,
    extension: string | undefined,
  ): Promise<Result<readonly ShownMessage[], CommandRefusal>>;
  deleteMessage(tenant: TenantId, id: VoiceMessageId): Promise<Result<undefined, CommandRefusal>>;
  /** How long the tenant keeps what was recorded, after a change; nothing is changed where nothing is named. */
  retention(tenant: TenantId, change: Partial<Retention>): Promise<Result<Retention, CommandRefusal>>;
  history(tenant: TenantId, query: HistoryQuery): Promise<readonly HistoryView[]>;
  certificate(): Promise<ShownCertificate>;
  /** What only a running server can do; undefined where none runs. */
  readonly live: LiveAdministration | undefined;
}
