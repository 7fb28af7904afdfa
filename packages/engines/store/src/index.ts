export type { ConfigChange, ConfigListener, StoredKey } from "./config/changes.ts";
export type { ConfigStoreOptions } from "./config/create.ts";
export { createConfigStore } from "./config/create.ts";
export type { ReachChange } from "./config/reach.ts";
export type { ConfigRefusal } from "./config/refusals.ts";
export type { ListedKey } from "./config/rows.ts";
export type { Changed, ConfigStore, MailChange, NewKey, NewUser, Retention, SaidProtection } from "./config/store.ts";
export type { ContactStoreOptions, StoredContacts } from "./contacts/store.ts";
export { openContactStore } from "./contacts/store.ts";
export type { CredentialStoreOptions } from "./credentials/store.ts";
export { openCredentialStore } from "./credentials/store.ts";
export type { Database } from "./database/database.ts";
export type { DatabaseOptions } from "./database/open.ts";
export { openDatabase } from "./database/open.ts";
export type { DirectoryModel } from "./directory/load.ts";
export { loadDirectory } from "./directory/load.ts";
export type { DatabaseState } from "./embedded/supervisor.ts";
export type { HistoryBookOptions, StoredHistoryBook } from "./history/book.ts";
export { LONGEST_SPOOL, MOST_SPOOLED_ROWS, openHistoryBook } from "./history/book.ts";
export type {
  Claim,
  IdempotencyOptions,
  IdempotencyStore,
  RepeatableRequest,
  StoredAnswer,
} from "./idempotency/store.ts";
export { createIdempotencyStore } from "./idempotency/store.ts";
export type { DataFolderLock, LockRequest } from "./lock/data-folder-lock.ts";
export { lockDataFolder } from "./lock/data-folder-lock.ts";
export type { StoredMailboxes } from "./mailboxes/book.ts";
export { openMailboxBook } from "./mailboxes/book.ts";
export type { MailboxBookOptions } from "./mailboxes/options.ts";
export { createMailOutbox } from "./mailboxes/outbox.ts";
export type { MarkStore } from "./marks/store.ts";
export { createMarkStore, wholeSystem } from "./marks/store.ts";
export type { RecordingBookOptions, RecordingQuery, RecordingRefusal, StoredRecordings } from "./recordings/book.ts";
export { openRecordingBook } from "./recordings/book.ts";
export type { Sealed, Sealer } from "./sealing/sealer.ts";
export { sealerOf } from "./sealing/sealer.ts";
export type { SecretKeySource } from "./sealing/secret-key.ts";
export { secretKey } from "./sealing/secret-key.ts";
export type { SipSecretsOptions } from "./sip-secrets/source.ts";
export { loadSipSecrets } from "./sip-secrets/source.ts";
export { createStatusStore } from "./statuses/store.ts";
