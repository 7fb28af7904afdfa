import { createHash, createHmac } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Hash, Log, Random } from "@cordboard/kernel";
import { clockOf, randomOf, silentLog } from "@cordboard/kernel";

/** The machine's own time, randomness and digests, for tests that talk to real processes. */
export const machine: { readonly clock: Clock; readonly random: Random; readonly hash: Hash; readonly log: Log } = {
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  hash: {
    hex: (algorithm, text) => createHash(algorithm).update(text).digest("hex"),
    hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
  },
  log: silentLog,
};

/** A temporary folder of one test. */
export interface TestFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a temporary folder that every account can pass through, as the database's must when tests run as root. */
export async function makeTestFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), "cordboard-test-"));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
