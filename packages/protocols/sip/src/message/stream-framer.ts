import { endOfHead, readHeaderSection } from "./header-section.ts";
import { Headers } from "./headers.ts";
import { decodeUtf8 } from "./utf8.ts";

/** What a stream brought: whole messages, and pings (two line ends) that want a pong (one). @rfc 5626#4.4.1 */
export type Frame = { readonly type: "message"; readonly bytes: Uint8Array } | { readonly type: "ping" };

/** What one piece of a stream makes complete. */
export interface Framed {
  readonly frames: readonly Frame[];
  /** The stream cannot be followed any further: close it once the frames have been dealt with. */
  readonly isBroken: boolean;
}

/** Cuts what a connection brings into messages. */
export interface Framer {
  /** Bytes of a message that is not complete. */
  readonly held: number;
  /** Takes what came next; after a break nothing more comes out. */
  push(chunk: Uint8Array): Framed;
}

/** Bounds of one message on a stream, in bytes. */
export interface FrameLimits {
  readonly head: number;
  readonly body: number;
}

/** 32 KiB each, so that what fits is never too big for the parser. */
export const defaultFrameLimits: FrameLimits = { head: 32_767, body: 32_768 };

const CR = 13;
const LF = 10;

/** Cuts a byte stream into messages by Content-Length. Holds at most one unfinished message. @rfc 3261#18.3 */
export class StreamFramer implements Framer {
  readonly #limits: FrameLimits;
  #held: Uint8Array = new Uint8Array(0);
  #length = 0;
  /** Where the search for the empty line goes on. */
  #searched = 0;
  /** Length of the whole message at the start, once its head is complete. */
  #wanted: number | undefined;
  /** Line ends since the last message or ping. */
  #ends = 0;
  #isBroken = false;

  constructor(limits: FrameLimits = defaultFrameLimits) {
    this.#limits = limits;
  }

  /** Bytes of a message that is not complete. */
  get held(): number {
    return this.#length;
  }

  /** Takes the next bytes of the stream; after a break nothing more comes out. */
  push(chunk: Uint8Array): Framed {
    const frames: Frame[] = [];
    if (this.#isBroken) return { frames, isBroken: true };
    let data = chunk;
    if (this.#length > 0) {
      this.#hold(chunk);
      data = this.#held.subarray(0, this.#length);
    }
    let at = 0;
    while (at < data.length && !this.#isBroken) {
      const end = this.#next(data, at, frames);
      if (end < 0) break;
      at = end;
      this.#searched = 0;
      this.#wanted = undefined;
    }
    this.#keep(data, at);
    return { frames, isBroken: this.#isBroken };
  }

  /** Takes one frame that starts at `at`; where it ends, or -1 when it is not complete. */
  #next(data: Uint8Array, at: number, frames: Frame[]): number {
    if (data[at] === CR || data[at] === LF) return this.#lineEnds(data, at, frames);
    this.#ends = 0;
    if (this.#wanted === undefined) {
      const headEnd = endOfHead(data, Math.max(at, at + this.#searched - 3));
      if (headEnd < 0) {
        this.#searched = data.length - at;
        this.#isBroken = this.#searched > this.#limits.head;
        return -1;
      }
      const body = bodyLength(decodeUtf8(data.subarray(at, headEnd)));
      if (body === undefined || body > this.#limits.body || headEnd - at > this.#limits.head) {
        // The parser refuses it in words; where the next message starts nobody knows.
        this.#isBroken = true;
        frames.push({ type: "message", bytes: data.slice(at, headEnd) });
        return data.length;
      }
      this.#wanted = headEnd - at + body;
    }
    const end = at + this.#wanted;
    if (end > data.length) return -1;
    frames.push({ type: "message", bytes: data.slice(at, end) });
    return end;
  }

  /** Takes the line ends between messages: every second one makes a ping, also when the two come apart. */
  #lineEnds(data: Uint8Array, at: number, frames: Frame[]): number {
    let i = at;
    for (; data[i] === CR || data[i] === LF; i++) {
      if (data[i] === LF && ++this.#ends === 2) {
        frames.push({ type: "ping" });
        this.#ends = 0;
      }
    }
    return i;
  }

  #hold(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, this.#held.length * 2, 1024));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(chunk, this.#length);
    this.#length = length;
  }

  #keep(data: Uint8Array, from: number): void {
    const rest = data.subarray(from);
    if (rest.length === 0 || this.#isBroken) {
      this.#held = new Uint8Array(0);
      this.#length = 0;
    } else if (from > 0 || this.#length === 0) {
      this.#held = rest.slice();
      this.#length = rest.length;
    }
  }
}

/** Content-Length of a head; 0 without one, undefined when it is malformed or given twice with different values. */
function bodyLength(head: string): number | undefined {
  const section = readHeaderSection(head, head.indexOf("\n") + 1, Number.POSITIVE_INFINITY);
  const length = Headers.read(section).contentLength;
  return length === "none" ? 0 : length;
}
