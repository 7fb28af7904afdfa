import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { monoSamples, readWav, repairedWav, SAMPLE_RATE_HZ } from "@cordboard/sound";
import { until } from "./until.ts";

/** What a baresip hears from a moment on, in all its calls. */
export interface Listening {
  /**
   * What it has heard since, as 8 kHz samples, once that is `forMs` (500 unless said otherwise) or more. Of the first 600 ms,
   * in which a change may still be on its way, nothing.
   */
  heard(forMs?: number): Promise<Int16Array>;
  /** The same, however little that is by now. */
  soFar(): Promise<Int16Array>;
}

/** What a baresip hears: its module sndfile writes a file for each call, and a new one after some changes of it. */
export interface Ears {
  /** Listens from now on. */
  listen(): Promise<Listening>;
  /**
   * What it hears in its last call, as 8 kHz samples, once that is `forMs` (1,500 unless said otherwise) or more. Of the first second, in
   * which ringing tones and the far side's start lie, nothing.
   */
  hears(forMs?: number): Promise<Int16Array>;
  /** Forgets what it heard in earlier calls. */
  forget(): Promise<void>;
}

const BYTES_PER_SAMPLE = 2;
const HEADER_BYTES = 44;
const samplesIn = (forMs: number): number => (forMs * SAMPLE_RATE_HZ) / 1_000;

/** How long sound of before a change is still on its way: through buffers of the far phone, of the server, and of the phone itself. */
const CHANGE_MS = 600;

/** The ears of the baresip that writes what it hears to this folder. */
export function earsOf(folder: string): Ears {
  return {
    listen: () => listen(folder),
    hears: async (forMs = 1_500) => {
      const wanted = samplesIn(forMs + 1_000);
      const file = await until(`${forMs} ms of sound at ${basename(folder)}`, async () => {
        const last = (await recordings(folder)).at(-1);
        return last !== undefined && (await samplesOf(last)) >= wanted ? last : undefined;
      });
      return (await soundOf(file)).subarray(SAMPLE_RATE_HZ);
    },
    forget: async () => {
      for (const file of await recordings(folder)) await rm(file);
    },
  };
}

async function listen(folder: string): Promise<Listening> {
  const before = new Map<string, number>();
  for (const file of await recordings(folder)) before.set(file, await samplesOf(file));
  // A call that begins in the second of an earlier one takes that one's file, from its start.
  const fresh = async (file: string, length: number): Promise<number> => {
    const heardThen = before.get(file) ?? 0;
    if (length < heardThen) before.delete(file);
    return length < heardThen ? 0 : heardThen;
  };
  const since = async (): Promise<Int16Array> => {
    const parts: Int16Array[] = [];
    for (const file of await recordings(folder)) {
      const sound = await soundOf(file);
      parts.push(sound.subarray(await fresh(file, sound.length)));
    }
    return joined(parts).subarray(samplesIn(CHANGE_MS));
  };
  const lengthSince = async (): Promise<number> => {
    let length = 0;
    for (const file of await recordings(folder)) {
      const all = await samplesOf(file);
      length += all - (await fresh(file, all));
    }
    return length;
  };
  return {
    soFar: since,
    heard: async (forMs = 500) => {
      const wanted = samplesIn(CHANGE_MS + forMs);
      await until(`${forMs} ms of new sound at ${basename(folder)}`, async () => (await lengthSince()) >= wanted);
      return since();
    },
  };
}

/** Files into which baresip writes what it hears, the oldest first. */
async function recordings(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /^dump-.*-dec\.wav$/.test(name));
  return names.toSorted().map((name) => join(folder, name));
}

const samplesOf = async (file: string): Promise<number> =>
  Math.max(0, Math.floor(((await stat(file)).size - HEADER_BYTES) / BYTES_PER_SAMPLE));

/** What a file holds so far; nothing while its header is not written. */
async function soundOf(file: string): Promise<Int16Array> {
  const bytes = await readFile(file);
  if (bytes.length <= HEADER_BYTES) return new Int16Array(0);
  // The file is still being written, so its header does not tell its length yet.
  const patches = repairedWav(bytes, bytes.length);
  for (const { offset, bytes: patch } of patches.ok ? patches.value : []) bytes.set(patch, offset);
  const sound = readWav(bytes);
  if (!sound.ok) throw new Error(`${file} is ${sound.error.code}`);
  return monoSamples(sound.value);
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
