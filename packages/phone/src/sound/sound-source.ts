import { readFile } from "node:fs/promises";
import type { Endpoint } from "@cordboard/sip";
import type { G711Law } from "@cordboard/sound";
import {
  encodeG711,
  monoSamples,
  readWav,
  renderTone,
  SAMPLE_RATE_HZ,
  silenceCode,
  steadyTone,
} from "@cordboard/sound";
import { PhoneError } from "../conditions.ts";

/**
 * What a phone sends: a steady tone, a WAV file, silence, an echo of every packet that it receives, or nothing at all
 * (no packet leaves, as when the network is cut), or what another program sends.
 */
export type SoundSource = ToneSource | WavSource | SoundElsewhere | "silence" | "echo" | "nothing";

/**
 * Sound that another program sends and hears, from the beginning of a call: the phone names that program's socket to the other side and
 * opens none. Where it is to be sent is the call's `soundGoesTo`. Played in the middle of a call it is nothing.
 */
export interface SoundElsewhere {
  readonly madeAt: Endpoint;
}

/** A steady tone. */
export interface ToneSource {
  /** Whole hertz, 1 to 3999. */
  readonly frequencyHz: number;
  /** -10 unless said otherwise. */
  readonly levelDbm0?: number;
}

/** A file of 8 kHz sound. */
export interface WavSource {
  /** Path of a WAV file, 16 bit or G.711, mono or stereo, at most 10 minutes. */
  readonly wav: string;
  /** Starts again at its end; else silence follows. False unless said otherwise. */
  readonly isRepeating?: boolean;
}

/** Whether another program makes this sound. */
export const isElsewhere = (source: SoundSource): source is SoundElsewhere =>
  typeof source === "object" && "madeAt" in source;

/** Samples of one packet of 20 ms. */
export const PACKET_SAMPLES: number = SAMPLE_RATE_HZ / 50;

const MAX_CLIP_SAMPLES = 600 * SAMPLE_RATE_HZ;

/** Stands in for the sound of codecs that we cannot encode: as much as a packet of 16 kbit/s. */
const filler: Uint8Array = new Uint8Array(40);

/** Sound to send, encoded when it is first needed and kept for every call that sends it. */
export class Clip {
  readonly #samples: Int16Array;
  readonly #isRepeating: boolean;
  readonly #codes = new Map<G711Law, Uint8Array>();

  constructor(samples: Int16Array, isRepeating: boolean) {
    this.#samples = samples.subarray(0, MAX_CLIP_SAMPLES);
    this.#isRepeating = isRepeating;
  }

  /** The payload of packet number `index`, from 0; of another codec than G.711 (`undefined`) a stand-in. */
  payload(index: number, law: G711Law | undefined): Uint8Array {
    if (law === undefined) return filler;
    const codes = this.#encoded(law);
    const packets = codes.length / PACKET_SAMPLES;
    // The last packet is silence, and is what a clip that does not repeat ends in.
    const at = this.#isRepeating ? index % (packets - 1) : Math.min(index, packets - 1);
    return codes.subarray(at * PACKET_SAMPLES, (at + 1) * PACKET_SAMPLES);
  }

  #encoded(law: G711Law): Uint8Array {
    const known = this.#codes.get(law);
    if (known !== undefined) return known;
    const packets = Math.max(1, Math.ceil(this.#samples.length / PACKET_SAMPLES));
    const codes = new Uint8Array((packets + 1) * PACKET_SAMPLES).fill(silenceCode[law]);
    codes.set(encodeG711(law, this.#samples));
    this.#codes.set(law, codes);
    return codes;
  }
}

/** The clips of a bank, so that a thousand calls that send one tone hold it once. */
export class ClipShelf {
  readonly #clips = new Map<string, Clip>();

  /** The clip of a source; undefined for those that have none (`echo`, `nothing`, elsewhere). Rejects when a file cannot be used. */
  async load(source: SoundSource): Promise<Clip | undefined> {
    if (source === "echo" || source === "nothing" || isElsewhere(source)) return undefined;
    const key = JSON.stringify(source);
    const known = this.#clips.get(key);
    if (known !== undefined) return known;
    const clip = await makeClip(source);
    const [oldest] = this.#clips.keys();
    if (this.#clips.size >= 32 && oldest !== undefined) this.#clips.delete(oldest);
    this.#clips.set(key, clip);
    return clip;
  }
}

async function makeClip(source: "silence" | ToneSource | WavSource): Promise<Clip> {
  if (source === "silence") return new Clip(new Int16Array(0), true);
  // One second of a whole number of hertz ends where it began, so it can be repeated without a click.
  if ("frequencyHz" in source)
    return new Clip(renderTone(steadyTone(source.levelDbm0 ?? -10, source.frequencyHz)), true);
  const file = readWav(await readFile(source.wav));
  if (!file.ok) throw new PhoneError("not-possible", `${source.wav} cannot be played: ${file.error.code}`);
  return new Clip(monoSamples(file.value), source.isRepeating ?? false);
}
