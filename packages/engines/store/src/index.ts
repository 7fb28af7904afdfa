export type { Database } from "./database/database.ts";
export type { DatabaseOptions } from "./database/open.ts";
export { openDatabase } from "./database/open.ts";
export type { DatabaseState } from "./embedded/supervisor.ts";
export type { HistoryBookOptions, StoredHistoryBook } from "./history/book.ts";
export { openHistoryBook } from "./history/book.ts";
export type { DataFolderLock, LockRequest } from "./lock/data-folder-lock.ts";
export { lockDataFolder } from "./lock/data-folder-lock.ts";
