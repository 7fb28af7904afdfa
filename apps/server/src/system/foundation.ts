import { hostname } from "node:os";
import { join, resolve } from "node:path";
import type { SipTokens } from "@cordboard/core";
import { createSipTokens } from "@cordboard/core";
import type { Clock, Hash, Log, Random } from "@cordboard/kernel";
import { clockOf, PlatformError, randomOf } from "@cordboard/kernel";
import type { OwnPrompts } from "@cordboard/media";
import { ownPrompts } from "@cordboard/media";
import { nodeHash } from "@cordboard/sip/node";
import type {
  ConfigStore,
  Database,
  DirectoryModel,
  MarkStore,
  Sealer,
  StoredHistoryBook,
  StoredMailboxes,
  StoredRecordings,
} from "@cordboard/store";
import {
  createConfigStore,
  createMarkStore,
  loadDirectory,
  lockDataFolder,
  openDatabase,
  openHistoryBook,
  openMailboxBook,
  openRecordingBook,
  sealerOf,
  secretKey,
  wholeSystem,
} from "@cordboard/store";
import type { Settings } from "../settings-catalogue.ts";
import type { SoundFolder } from "./recording-files.ts";
import { soundFolder } from "./recording-files.ts";
import { createTeardown } from "./teardown.ts";

/** The machine as everything above sees it. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly log: Log;
}

/** What a server and a command without one both stand on: the data folder, its database, and the configuration in it. */
export interface Foundation {
  readonly host: Host;
  readonly settings: Settings;
  readonly dataFolder: string;
  readonly database: Database;
  readonly sealer: Sealer;
  /** Short-lived passwords of phones in browsers. */
  readonly sipTokens: SipTokens;
  readonly config: ConfigStore;
  readonly directory: DirectoryModel;
  readonly book: StoredHistoryBook;
  readonly recordings: StoredRecordings;
  readonly mailboxes: StoredMailboxes;
  /** Where recorded sound lies. */
  readonly sounds: SoundFolder;
  /** What tenants recorded for the server to say: `<data>/prompts/<tenant>/<language>/<prompt>.wav`. */
  readonly prompts: OwnPrompts;
  readonly marks: MarkStore;
  /** Gives everything back, in the other order. */
  close(): Promise<void>;
}

/** The machine that we run on. */
export const hostWith = (log: Log): Host => ({
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  hash: nodeHash,
  log,
});

/** The mark of a data folder that holds the demo company. */
export const DEMO_MARK = "demo";

/** What the first tenant of a new data folder is like; its domain is the name under which the server is reached. */
const DEFAULT_TENANT = {
  realm: "cordboard",
  timeZone: "UTC",
  country: "IT",
  language: "en",
  isDefault: true,
} as const;

/**
 * Takes the data folder's lock and opens what lies in it. `purpose` is told to whoever comes second. A folder that holds the demo
 * company is refused unless `isDemo`, and the other way round. Leaves nothing open when it fails.
 */
export async function layFoundation(
  settings: Settings,
  host: Host,
  { purpose, isDemo }: { readonly purpose: string; readonly isDemo: boolean | "either" },
): Promise<Foundation> {
  const { clock, random, hash, log } = host;
  const dataFolder = resolve(settings.data);
  const teardown = createTeardown(log);
  try {
    const lock = await lockDataFolder({ dataFolder, purpose, clock, random });
    teardown.add(() => lock.release());
    const { databaseUrl: url, dbUser } = settings;
    const database = await openDatabase({ dataFolder, url, dbUser, log, clock, random, hash });
    teardown.add(() => database.stop());
    const marks = createMarkStore(database, clock);
    const secret = await secretKey({ dataFolder, setting: settings.secretKey, random });
    const sealer = sealerOf(secret, { random, hash });
    const sipTokens = createSipTokens({ hash, clock, key: keyFor("sip tokens", { secret, hash }) });
    const config = createConfigStore({ database, sealer, clock, random });
    if (isDemo !== "either") await refuseOtherKind({ marks, config, dataFolder, isDemo });
    if (isDemo !== true && (await config.tenants()).length === 0)
      await config.addTenant({ ...DEFAULT_TENANT, domain: settings.publicUrl?.hostname ?? hostname().toLowerCase() });
    const directory = await loadDirectory(config);
    const book = openHistoryBook({ database, clock, log });
    teardown.add(() => book.finish());
    const sounds = soundFolder(dataFolder, log);
    const recordings = openRecordingBook({ database, files: sounds, clock, log });
    teardown.add(() => recordings.finish());
    const mailboxes = await openMailboxBook({ database, directory, config, files: sounds, clock, log });
    teardown.add(() => mailboxes.finish());
    return {
      host,
      settings,
      dataFolder,
      database,
      sealer,
      sipTokens,
      config,
      directory,
      book,
      recordings,
      mailboxes,
      sounds,
      prompts: ownPrompts(join(dataFolder, "prompts")),
      marks,
      close: () => teardown.run(),
    };
  } catch (fault) {
    await teardown.run();
    throw fault;
  }
}

async function refuseOtherKind({
  marks,
  config,
  dataFolder,
  isDemo,
}: Pick<Foundation, "marks" | "config" | "dataFolder"> & { readonly isDemo: boolean }): Promise<void> {
  const isMarked = (await marks.get(wholeSystem, DEMO_MARK)) !== undefined;
  if (isMarked && !isDemo) {
    throw new PlatformError(
      "data-folder-is-demo",
      `${dataFolder} holds the demo company with its known passwords; start with another CORDBOARD_DATA`,
    );
  }
  if (!isMarked && isDemo && (await config.tenants()).length > 0) {
    throw new PlatformError(
      "data-folder-is-demo",
      `${dataFolder} holds a real company; the demo wants a folder of its own in CORDBOARD_DATA`,
    );
  }
}

/** A key of its own for each use, so that what one signs says nothing to another, nor of the secret. */
const keyFor = (use: string, { secret, hash }: { readonly secret: Uint8Array; readonly hash: Hash }): Uint8Array =>
  Uint8Array.from(Buffer.from(hash.hmac(secret, `key for ${use}`), "hex"));
