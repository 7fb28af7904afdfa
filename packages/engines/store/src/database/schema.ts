import type { Instant } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { ColumnType, Generated, RawBuilder } from "kysely";
import { sql } from "kysely";

/** A timestamptz: read as epoch milliseconds, written and compared as an ISO text. */
export type Moment = ColumnType<Instant, string, string>;
/** An instant as the database compares it with a timestamptz. */
export const moment = (at: Instant): RawBuilder<Instant> => sql<Instant>`${isoText(at)}::timestamptz`;

/** A timestamptz that may be null. */
export type MaybeMoment = ColumnType<Instant | null, string | null | undefined, string | null>;
/** A jsonb column: read as the value, written as its text. */
export type Json = ColumnType<unknown, string, string>;

/** The tables, as kysely sees them; `migrations/` is where they are made. */
export interface Tables {
  readonly tenants: TenantsTable;
  readonly users: UsersTable;
  readonly sip_secrets: SipSecretsTable;
  readonly web_passwords: WebPasswordsTable;
  readonly api_keys: ApiKeysTable;
  readonly services: ServicesTable;
  readonly trunks: TrunksTable;
  readonly contacts: ContactsTable;
  readonly history: HistoryTable;
  readonly recordings: RecordingsTable;
  readonly voice_messages: VoiceMessagesTable;
  readonly greetings: GreetingsTable;
  readonly mail_wishes: MailWishesTable;
  readonly mail_outbox: MailOutboxTable;
  readonly own_statuses: OwnStatusesTable;
  readonly sound_protections: SoundProtectionsTable;
  readonly idempotency: IdempotencyTable;
  readonly marks: MarksTable;
}

/** Companies on this server. */
export interface TenantsTable {
  tenant_id: string;
  domain: string;
  realm: string;
  time_zone: string;
  country: string;
  language: string;
  is_default: boolean;
  /** Days after which recordings are deleted; null: never. */
  recording_days: Generated<number | null>;
  message_days: Generated<number | null>;
  /** A tone tells of recordings. */
  has_recording_notice: Generated<boolean>;
}

/** People and rooms with an extension. */
export interface UsersTable {
  tenant_id: string;
  user_id: string;
  extension: string;
  name: string;
  role: string;
  mobile: string | null;
  /** What differs from how everybody is reached, or all of it. */
  reach: ColumnType<unknown, string | undefined, string>;
  is_always_recorded: Generated<boolean>;
}

/** Digest secrets, sealed. */
export interface SipSecretsTable {
  tenant_id: string;
  user_id: string;
  key_id: string;
  nonce: Uint8Array;
  body: Uint8Array;
}

/** Argon2id hashes of web passwords. */
export interface WebPasswordsTable {
  tenant_id: string;
  user_id: string;
  hash: string;
}

/** API keys, by the SHA-256 of their text. */
export interface ApiKeysTable {
  tenant_id: string;
  key_id: string;
  sha256: string;
  name: string;
  role: string;
  limits: Json;
  created_at: Moment;
  revoked_at: MaybeMoment;
}

/** Numbers that the server answers itself. */
export interface ServicesTable {
  tenant_id: string;
  number: string;
  kind: string;
}

/** Peerings with carriers. */
export interface TrunksTable {
  tenant_id: string;
  trunk_id: string;
  name: string;
  address: string;
  transport: string;
  prefixes: string[];
  max_calls: number;
}

/** Registrations. */
export interface ContactsTable {
  tenant_id: string;
  aor: string;
  device_id: string;
  user_id: string;
  binding: Json;
  expires_at: Moment;
}

/** The book of calls. */
export interface HistoryTable {
  tenant_id: string;
  call_id: string;
  started_at: Moment;
  answered_at: MaybeMoment;
  ended_at: MaybeMoment;
  touched_at: Moment;
  src: string;
  dst: string;
  from_name: string;
  from_number: string;
  to_name: string;
  to_number: string;
  lastapp: string;
  lastdata: string;
  channel: string;
  dstchannel: string | null;
  disposition: string | null;
  cause: number | null;
  sip_status: number | null;
  ended_by: string | null;
  userfield: Generated<string>;
  cost: Generated<number>;
  quality: Json | null;
  /** Extensions that took part, in any of the fields above; kept by the database itself. */
  caller_extension: ColumnType<string | null, never, never>;
  callee_extension: ColumnType<string | null, never, never>;
}

/** Parts of calls that were written to files. */
export interface RecordingsTable {
  tenant_id: string;
  recording_id: string;
  call_id: string;
  leg_id: string;
  extension: string;
  other_name: string;
  other_number: string;
  started_at: Moment;
  started_by: string;
  lasted_ms: number | null;
}

/** Messages that were left for users. */
export interface VoiceMessagesTable {
  tenant_id: string;
  message_id: string;
  user_id: string;
  from_name: string;
  from_number: string;
  left_at: Moment;
  lasted_ms: number | null;
  is_heard: Generated<boolean>;
  recording_id: string;
  call_id: string;
}

/** Greetings that users recorded. */
export interface GreetingsTable {
  tenant_id: string;
  user_id: string;
  recording_id: string;
}

/** How users want messages by e-mail. */
export interface MailWishesTable {
  tenant_id: string;
  user_id: string;
  address: string;
  has_sound: boolean;
  is_deleted_after: boolean;
}

/** Messages that wait to be brought by e-mail. */
export interface MailOutboxTable {
  tenant_id: string;
  recording_id: string;
  user_id: string;
  queued_at: Moment;
  due_at: Moment;
  tries: Generated<number>;
}

/** What users say of themselves. */
export interface OwnStatusesTable {
  tenant_id: string;
  user_id: string;
  status: string;
  text: string;
  until: MaybeMoment;
}

/** How phones keep their sound from others, where that is said of them. */
export interface SoundProtectionsTable {
  tenant_id: string;
  user_id: string;
  /** Empty for all phones of the user of which nothing else is said. */
  instance: string;
  protection: "off" | "offered" | "required";
}

/** Requests that are safe to send again. */
export interface IdempotencyTable {
  tenant_id: string;
  credential: string;
  method: string;
  path: string;
  key: string;
  state: "running" | "done";
  epoch: string;
  body_hash: string;
  status: number | null;
  headers: Json | null;
  body: string | null;
  created_at: Moment;
}

/** Small facts about the database itself, such as that it holds the demo. */
export interface MarksTable {
  tenant_id: string;
  name: string;
  value: Json;
  set_at: Moment;
}
