import type { RecordEnd, RecordOrder } from "@cordboard/core";
import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { G711Law, WavFormat } from "@cordboard/sound";
import { encodeG711Into, SAMPLE_RATE_HZ } from "@cordboard/sound";
import { FRAME_SAMPLES, JitterBuffer, recordingWait } from "./jitter-buffer.ts";
import type { Paced, Pacer } from "./pacer.ts";
import { packetEvery } from "./pacer.ts";
import type { FileTrouble, RecordingDisk } from "./recording-file.ts";
import { RecordingFile } from "./recording-file.ts";

/** A recording's place, for another worker to go on from. */
export interface RecordingSnapshot {
  readonly order: RecordOrder;
  /** Bytes of sound in its file. */
  readonly bytes: number;
}

/** What a recording is made of. */
export interface LegRecordingParts {
  readonly pacer: Pacer;
  readonly disk: RecordingDisk;
  /** Its file is complete; called once. */
  onDone(lasted: Millis, why: RecordEnd): void;
  /** The file takes nothing more, and why. */
  onTrouble(trouble: FileTrouble, detail: string): void;
}

/** What is kept is A-law: half the bytes of 16-bit samples on the disk, and from most legs exactly what they sent. */
const LAW: G711Law = "a-law";
/** Frames of the stretches that go to the file: a second. */
const STRETCH_FRAMES = 50;
/** A thread that stood still for longer than this was asleep with its machine: that time is left out. */
const LONGEST_STALL = 5000;
/** What may still wait at the end. */
const MAX_LEFT_FRAMES = recordingWait.most / packetEvery;
/** Frames of the silence at its end that a recording keeps which silence ends: speech dies away. */
const KEPT_SILENT_FRAMES = 10;
/** Mean square of a frame that is no silence: about -42 dBm0. */
const AUDIBLE = 16_000;

/**
 * What one leg says and hears, on its way to a file. Both sides go by the worker's pacer, so that what was said at one time is at one place
 * of the file, with silence where nothing came.
 */
export class LegRecording implements Paced {
  readonly order: RecordOrder;
  readonly #parts: LegRecordingParts;
  readonly #file: RecordingFile;
  readonly #said = new JitterBuffer(recordingWait, false);
  readonly #heard: JitterBuffer | undefined;
  readonly #channels: 1 | 2;
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  readonly #codes = new Uint8Array(FRAME_SAMPLES);
  #stretch: Uint8Array;
  #filled = 0;
  #frames: number;
  #silentFrames = 0;
  /** When the next frame is due, and when the last was taken. */
  #dueAt: number | undefined;
  #tickedAt = 0;
  #ended: Promise<void> | undefined;

  /** Begins a new file, or goes on with one where another worker left it. */
  constructor({ order, bytes }: RecordingSnapshot, parts: LegRecordingParts) {
    this.order = order;
    this.#parts = parts;
    this.#channels = order.tracks === "both" ? 2 : 1;
    this.#heard = order.tracks === "both" ? new JitterBuffer(recordingWait, false) : undefined;
    this.#stretch = this.#newStretch();
    this.#frames = Math.ceil(bytes / (this.#channels * FRAME_SAMPLES));
    const format: WavFormat = { encoding: LAW, channels: this.#channels };
    this.#file = new RecordingFile({
      disk: parts.disk,
      path: order.path,
      format,
      bytesBefore: bytes,
      onTrouble: (trouble, detail) => {
        parts.onTrouble(trouble, detail);
        void this.end(trouble);
      },
    });
    parts.pacer.add(this);
  }

  /** A packet that the leg's peer sent; see {@link JitterBuffer.put}. */
  said(origin: number, timestamp: number, codes: Uint8Array, law: G711Law): void {
    this.#said.put(origin, timestamp, codes, law);
  }

  /** A packet that was sent to it. */
  heard(origin: number, timestamp: number, codes: Uint8Array, law: G711Law): void {
    this.#heard?.put(origin, timestamp, codes, law);
  }

  tick(now: Millis): void {
    this.#keepFrame();
    // The pacer leaves out what it cannot make up for. Here that would put what follows in the wrong place: it is made up for, a frame at a
    // time, so that the packets that came meanwhile are there.
    const dueAt = (this.#dueAt ?? now) + packetEvery;
    const isBehind = now - dueAt >= packetEvery && now > this.#tickedAt;
    this.#dueAt = now - dueAt > LONGEST_STALL ? now : dueAt;
    this.#tickedAt = now;
    if (isBehind && this.#dueAt === dueAt && !this.#isFull) {
      this.#keepFrame();
      this.#dueAt += packetEvery;
    }
    if (this.#isFull) void this.end("limit");
    else if (this.#silentFrames * packetEvery >= (this.order.untilSilence ?? Number.POSITIVE_INFINITY))
      void this.end("silence");
  }

  /** Ends it; settles when the file is complete and that has been told. The first reason counts. */
  end(why: RecordEnd): Promise<void> {
    this.#ended ??= this.#end(why);
    return this.#ended;
  }

  /** Closes the file for another worker to go on with; undefined when the recording has ended. */
  async release(): Promise<RecordingSnapshot | undefined> {
    if (this.#ended !== undefined) {
      await this.#ended;
      return undefined;
    }
    const finished = this.#finish({ keepsWhatWaits: true, isWhole: false });
    this.#ended = finished.then(() => undefined);
    return { order: this.order, bytes: await finished };
  }

  async #end(why: RecordEnd): Promise<void> {
    const bytes = await this.#finish({ keepsWhatWaits: why === "stopped" || why === "leg-ended", isWhole: true });
    this.#parts.onDone(ms((1000 * bytes) / (SAMPLE_RATE_HZ * this.#channels)), why);
  }

  /** The bytes of sound in the file, once it is complete. */
  async #finish({
    keepsWhatWaits,
    isWhole,
  }: {
    readonly keepsWhatWaits: boolean;
    readonly isWhole: boolean;
  }): Promise<number> {
    this.#parts.pacer.remove(this);
    if (keepsWhatWaits) this.#keepWhatWaits();
    if (this.#filled > 0) this.#file.append(this.#stretch.subarray(0, this.#filled));
    return this.#file.finish(isWhole ? this.#uselessBytes() : 0);
  }

  /** Where silence is waited for, none of it belongs to what was said. */
  #uselessBytes(): number {
    if (this.order.untilSilence === null) return 0;
    return Math.max(0, this.#silentFrames - KEPT_SILENT_FRAMES) * this.#channels * FRAME_SAMPLES;
  }

  #keepWhatWaits(): void {
    for (let left = 0; left < MAX_LEFT_FRAMES; left++) {
      const isDry = this.#said.isDry && (this.#heard?.isDry ?? true);
      if (isDry || this.#isFull) return;
      this.#keepFrame();
    }
  }

  get #isFull(): boolean {
    return this.#frames * packetEvery >= this.order.atMost;
  }

  #keepFrame(): void {
    this.#keepSide(this.#said, 0);
    this.#silentFrames = isAudible(this.#frame) ? 0 : this.#silentFrames + 1;
    if (this.#heard !== undefined) this.#keepSide(this.#heard, 1);
    this.#frames++;
    this.#filled += this.#channels * FRAME_SAMPLES;
    if (this.#filled < this.#stretch.length) return;
    this.#file.append(this.#stretch);
    this.#stretch = this.#newStretch();
    this.#filled = 0;
  }

  #keepSide(side: JitterBuffer, channel: number): void {
    side.take(this.#frame);
    encodeG711Into(LAW, this.#frame, this.#codes, 0);
    for (let i = 0; i < FRAME_SAMPLES; i++)
      this.#stretch[this.#filled + i * this.#channels + channel] = this.#codes[i] ?? 0;
  }

  #newStretch(): Uint8Array {
    return new Uint8Array(STRETCH_FRAMES * FRAME_SAMPLES * this.#channels);
  }
}

function isAudible(samples: Int16Array): boolean {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum >= AUDIBLE * samples.length;
}
