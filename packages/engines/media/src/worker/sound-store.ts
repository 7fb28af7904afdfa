import { open } from "node:fs/promises";
import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { europeanTones, monoSamples, musicOnHold, readWav, renderTone } from "@cordboard/sound";
import { Playable } from "./playable.ts";

/** Why a file cannot be played: no such file, too long (over half an hour), or no WAV file that we read. */
export type SoundFileRefusal = { readonly code: "unreadable" | "too-big" | "not-playable"; readonly why: string };

const MAX_FILE_BYTES = 32 * 1024 * 1024;
const MAX_CACHED_FILES = 32;
const MAX_CACHED_BYTES = 64 * 1024 * 1024;
/** A packet of it. */
const SILENCE_SAMPLES = 160;

interface Cached {
  readonly version: string;
  readonly sound: Playable;
}

/** The sounds that need no file. */
export type MadeSound = "ringback" | "busy" | "congestion" | "music" | "silence";

function rendered(name: MadeSound): Int16Array {
  if (name === "silence") return new Int16Array(SILENCE_SAMPLES);
  return renderTone(name === "music" ? musicOnHold : europeanTones[name]);
}

/** The sounds of a worker: tones and music made once, files read once and read again when they have changed. */
export class SoundStore {
  readonly #made = new Map<MadeSound, Playable>();
  /** Least recently used first. */
  readonly #files = new Map<string, Cached>();

  /** One period of a sound that we make ourselves; played in a loop it is seamless. */
  made(name: MadeSound): Playable {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const sound = new Playable(rendered(name));
    this.#made.set(name, sound);
    return sound;
  }

  /** A WAV file's sound. */
  async file(path: string): Promise<Result<Playable, SoundFileRefusal>> {
    try {
      const handle = await open(path);
      try {
        const { size, mtimeMs } = await handle.stat();
        if (size > MAX_FILE_BYTES) return refused({ code: "too-big", why: `${size} bytes` });
        const version = `${size} ${mtimeMs}`;
        const known = this.#files.get(path);
        if (known?.version === version) return ok(this.#keep(path, known));
        const wav = readWav(await handle.readFile());
        if (!wav.ok) return refused({ code: "not-playable", why: wav.error.code });
        return ok(this.#keep(path, { version, sound: new Playable(monoSamples(wav.value)) }));
      } finally {
        await handle.close();
      }
    } catch (cause) {
      return refused({ code: "unreadable", why: cause instanceof Error ? cause.message : String(cause) });
    }
  }

  #keep(path: string, cached: Cached): Playable {
    this.#files.delete(path);
    this.#files.set(path, cached);
    let bytes = 0;
    for (const { sound } of this.#files.values()) bytes += sound.bytes;
    for (const [oldest, { sound }] of this.#files) {
      if (this.#files.size <= MAX_CACHED_FILES && bytes <= MAX_CACHED_BYTES) break;
      bytes -= sound.bytes;
      this.#files.delete(oldest);
    }
    return cached.sound;
  }
}
