import type { Directory, RecordingFiles } from "@cordboard/core";
import type { Clock, Log } from "@cordboard/kernel";
import type { ConfigStore } from "../config/store.ts";
import type { Database } from "../database/database.ts";

/** What voicemail works with. */
export interface MailboxBookOptions {
  readonly database: Database;
  readonly directory: Pick<Directory, "tenant" | "user">;
  readonly config: Pick<ConfigStore, "onChange">;
  readonly files: RecordingFiles;
  readonly clock: Clock;
  readonly log: Log;
}
