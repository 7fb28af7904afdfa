import { link, mkdir, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Random } from "@cordboard/kernel";
import { isoText, PlatformError, randomHex } from "@cordboard/kernel";
import { makeDataFolder } from "../data-folder.ts";
import { codeOf, incarnationOf, UNTOLD } from "../processes.ts";
import { once } from "../waiting.ts";

/** What is needed to take the lock of a data folder. */
export interface LockRequest {
  readonly dataFolder: string;
  /** For whoever comes second: `start`, `user add` … */
  readonly purpose: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The held lock. */
export interface DataFolderLock {
  /** Gives the folder free. Does nothing the second time. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** Tells the process from a later one under the same id. */
  readonly incarnation: string;
  readonly purpose: string;
  readonly since: string;
}

const MOST_ROUNDS = 50;
/** Old numbers that stay, so that a listing under way cannot miss the old highest and the new one both. */
const KEPT_NUMBERS = 4;

/**
 * Takes a data folder for this process alone, or throws `data-folder-locked` naming who has it. A lock whose process is
 * gone (also under a reused id) is passed over at once.
 *
 * `<data>/lock/` holds numbered files, and the highest number counts. A file comes into being whole, by `link`, and only
 * one process can make a number, so there is one winner. The highest file stays when the lock is given free, so numbers
 * never come again; whoever made a number and then sees a higher one had looked at an old state, and steps back.
 */
export async function lockDataFolder(request: LockRequest): Promise<DataFolderLock> {
  await makeDataFolder(request.dataFolder);
  const folder = join(request.dataFolder, "lock");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `draft-${process.pid}-${randomHex(request.random, 8)}`);
  try {
    await writeFile(draft, JSON.stringify(await ourselves(request)), { mode: 0o600, flag: "wx" });
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const taken = await attempt(request.dataFolder, folder, draft);
      if (taken !== undefined) return { release: once(() => writeFile(taken, "")) };
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new PlatformError("data-folder-locked", `${request.dataFolder} is being fought over: try again`);
}

/** One look and one try: the path of the file that holds the lock, or nothing when somebody was faster. */
async function attempt(dataFolder: string, folder: string, draft: string): Promise<string | undefined> {
  const highest = Math.max(0, ...(await numbersIn(folder)));
  const holder = highest === 0 ? undefined : await holderIn(fileOf(folder, highest));
  if (holder !== undefined && (await isLiving(holder)))
    throw new PlatformError(
      "data-folder-locked",
      `${dataFolder} is in use by process ${holder.pid} (${holder.purpose}) since ${holder.since}`,
    );
  const mine = fileOf(folder, highest + 1);
  try {
    await link(draft, mine);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  }
  const numbers = await numbersIn(folder);
  if (numbers.some((number) => number > highest + 1)) {
    await unlink(mine).catch(() => {});
    return undefined;
  }
  await clearBelow(folder, highest + 1, numbers);
  return mine;
}

const fileOf = (folder: string, number: number): string => join(folder, String(number).padStart(8, "0"));

async function numbersIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^\d{8,15}$/.test(name)).map(Number);
}

async function holderIn(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    const { pid, incarnation, purpose, since } = JSON.parse(text) as Partial<Holder>;
    if (pid === undefined || incarnation === undefined) return undefined;
    return { pid, incarnation, purpose: purpose ?? "", since: since ?? "" };
  } catch {
    return undefined;
  }
}

/** A holder that cannot be told from another process counts as living: rather refuse than run twice. */
async function isLiving(holder: Holder): Promise<boolean> {
  const now = await incarnationOf(holder.pid);
  return now !== undefined && (now === holder.incarnation || now === UNTOLD || holder.incarnation === UNTOLD);
}

async function ourselves({ purpose, clock }: LockRequest): Promise<Holder> {
  const incarnation = (await incarnationOf(process.pid)) ?? UNTOLD;
  return { pid: process.pid, incarnation, purpose, since: isoText(clock.now()) };
}

/** Takes away the numbers that count no more, and drafts of processes that were killed before they were done. */
async function clearBelow(folder: string, number: number, numbers: readonly number[]): Promise<void> {
  const old = numbers.filter((other) => other < number - KEPT_NUMBERS).map((other) => fileOf(folder, other));
  await Promise.all(old.map((file) => rm(file, { force: true })));
  for (const name of await readdir(folder)) {
    const pid = Number(/^draft-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && (await incarnationOf(pid)) === undefined) await rm(join(folder, name), { force: true });
  }
}
