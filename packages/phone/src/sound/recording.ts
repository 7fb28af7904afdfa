import { writeFile } from "node:fs/promises";
import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { pcm16Bytes, SAMPLE_RATE_HZ, writeWav } from "@cordboard/sound";

const MAX_SAMPLES = 600 * SAMPLE_RATE_HZ;

/** A finished recording. */
export interface RecordedFile {
  readonly path: string;
  readonly durationMs: Millis;
}

/** Collects what a call hears and writes it as a WAV file (16 bit, 8 kHz, mono) when it is stopped; at most 10 minutes. */
export class Recording {
  readonly #path: string;
  readonly #onStop: () => void;
  readonly #parts: Int16Array[] = [];
  #length = 0;
  #written: Promise<RecordedFile> | undefined;

  /** `onStop` is called once, when no more samples are wanted. */
  constructor(path: string, onStop: () => void) {
    this.#path = path;
    this.#onStop = onStop;
  }

  /** Takes the next samples; they are not kept by reference beyond the file, so they must not change. */
  add(samples: Int16Array): void {
    if (this.#written !== undefined || this.#length >= MAX_SAMPLES) return;
    const part = samples.subarray(0, MAX_SAMPLES - this.#length);
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** Writes the file; the end of the call does the same. Resolves when it is on disk; repeated calls give the first one's outcome. */
  stop(): Promise<RecordedFile> {
    this.#written ??= this.#write();
    return this.#written;
  }

  async #write(): Promise<RecordedFile> {
    this.#onStop();
    const all = new Int16Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#parts.length = 0;
    await writeFile(this.#path, writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(all)));
    return { path: this.#path, durationMs: ms((1000 * all.length) / SAMPLE_RATE_HZ) };
  }
}
