import { mkdir, open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { WavFormat } from "@cordboard/sound";
import { completedWav } from "@cordboard/sound";

/** A file that is open for writing. */
export interface OpenFile {
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Cuts off what lies behind so many bytes. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Where recordings are written; tests bring one that is full or slow. */
export interface RecordingDisk {
  /** Makes a file, and its folder if need be; what was in it is gone. */
  create(path: string): Promise<OpenFile>;
  /** Opens a file that is there, to go on with it. */
  reopen(path: string): Promise<OpenFile>;
  /** Bytes that are free, and that there are, where a file is. */
  space(path: string): Promise<{ readonly free: number; readonly size: number }>;
}

/** Why a file takes nothing more. */
export type FileTrouble = "disk-full" | "fault";

/** What a recording's file is made of. */
export interface RecordingFileParts {
  readonly disk: RecordingDisk;
  readonly path: string;
  readonly format: WavFormat;
  /** Bytes of sound in the file that it goes on with; 0 for a new one. */
  readonly bytesBefore: number;
  /** Nothing more is written; said once. */
  onTrouble(trouble: FileTrouble, detail: string): void;
}

/** Stretches of sound that may wait for a slow disk: as many seconds. */
const MAX_WAITING = 8;
/** The disk's space is looked at before the first stretch and every so many after it. */
const LOOK_EVERY = 5;
/** Kept free for the rest of the system: 5 % of the disk, but not more than 1 GiB. */
const KEPT_SHARE = 0.05;
const KEPT_BYTES = 1024 ** 3;

/**
 * A WAV file that is written as its sound comes, in the background. After each stretch its header says how long it is, so that whatever
 * ends this process, what was written until then plays everywhere; the stretch behind it is got back by `repairWavFile`.
 */
export class RecordingFile {
  readonly #parts: RecordingFileParts;
  #file: OpenFile | undefined;
  #work: Promise<void>;
  #waiting = 0;
  #stretches = 0;
  #bytes: number;
  #isInTrouble = false;

  constructor(parts: RecordingFileParts) {
    const { disk, path, bytesBefore } = parts;
    this.#parts = parts;
    this.#bytes = bytesBefore;
    this.#work = this.#guarded(async () => {
      this.#file = await (bytesBefore > 0 ? disk.reopen(path) : disk.create(path));
      await this.#writeHeader(this.#file);
    });
  }

  /** Takes the next stretch of sound, in whole samples of all channels. It belongs to the file from now on. */
  append(bytes: Uint8Array): void {
    if (this.#isInTrouble) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#fail("fault", "the disk is too slow");
      return;
    }
    this.#waiting++;
    this.#work = this.#work.then(() => this.#guarded(() => this.#write(bytes)));
  }

  /** Writes what waits, cuts so many bytes of sound off its end, closes the file, and tells how many are in it. */
  async finish(cutBytes = 0): Promise<number> {
    await this.#work;
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined && cutBytes > 0 && !this.#isInTrouble) await this.#guarded(() => this.#cut(file, cutBytes));
    await this.#guarded(async () => file?.close());
    return this.#bytes;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { disk, path } = this.#parts;
    this.#waiting--;
    const file = this.#file;
    if (file === undefined || this.#isInTrouble) return;
    if (this.#stretches++ % LOOK_EVERY === 0 && isFull(await disk.space(path))) {
      this.#fail("disk-full", "the disk is almost full");
      return;
    }
    await file.write(bytes, this.#headerBytes + this.#bytes);
    this.#bytes += bytes.length;
    await this.#writeHeader(file);
  }

  async #cut(file: OpenFile, bytes: number): Promise<void> {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    await this.#writeHeader(file);
    await file.truncate(this.#headerBytes + this.#bytes);
  }

  async #writeHeader(file: OpenFile): Promise<void> {
    for (const { bytes, offset } of completedWav(this.#parts.format, this.#bytes)) await file.write(bytes, offset);
  }

  get #headerBytes(): number {
    return completedWav(this.#parts.format, 0).reduce(
      (end, { offset, bytes }) => Math.max(end, offset + bytes.length),
      0,
    );
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      const isDiskFull = code === "ENOSPC" || code === "EDQUOT";
      this.#fail(isDiskFull ? "disk-full" : "fault", cause instanceof Error ? cause.message : String(cause));
    }
  }

  #fail(trouble: FileTrouble, detail: string): void {
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    this.#parts.onTrouble(trouble, detail);
  }
}

function isFull({ free, size }: { readonly free: number; readonly size: number }): boolean {
  return free < Math.min(KEPT_BYTES, KEPT_SHARE * size);
}

async function openedFile(path: string, flags: "w" | "r+"): Promise<OpenFile> {
  const handle = await open(path, flags);
  return {
    async write(bytes, at) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
    },
    truncate: (length) => handle.truncate(length),
    async close() {
      try {
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** The file system of this machine. */
export const fileDisk: RecordingDisk = {
  async create(path) {
    await mkdir(dirname(path), { recursive: true });
    return openedFile(path, "w");
  },
  reopen: (path) => openedFile(path, "r+"),
  async space(path) {
    const { bavail, blocks, bsize } = await statfs(dirname(path));
    return { free: bavail * bsize, size: blocks * bsize };
  },
};
