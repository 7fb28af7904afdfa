import { joined } from "@cordboard/kernel";
import { ByteReader, number } from "./bytes.ts";

/** Messages of the handshake. @rfc 6347#4.3.2 */
export const messageType = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** A whole message. */
export interface HandshakeMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Uint8Array;
  /** Of the records that brought it. */
  readonly epoch: number;
}

const HEADER_BYTES = 12;
/** Longest message that is put together; a chain of certificates is the longest there is. */
const MAX_BODY = 16_384;
/** How far ahead of the next message others are kept. */
const MAX_AHEAD = 8;
/** Pieces of one message. */
const MAX_PIECES = 64;

/** A message in one piece, as it goes out and as it counts in the transcript. @rfc 6347#4.2.6 */
export const printMessage = ({ type, sequence, body }: Omit<HandshakeMessage, "epoch">): Uint8Array =>
  joined(number(type, 1), number(body.length, 3), number(sequence, 2), number(0, 3), number(body.length, 3), body);

interface Draft {
  readonly type: number;
  readonly epoch: number;
  readonly body: Uint8Array;
  /** Stretches that are there, apart from each other, in order. */
  stretches: readonly (readonly [from: number, to: number])[];
}

/** What a record of handshake messages meant. */
export interface Assembled {
  /** Messages that are whole now, in order. */
  readonly messages: readonly HandshakeMessage[];
  /** The peer says again what it has said: it has not heard our answer. */
  readonly isRepeat: boolean;
}

/** Puts the peer's messages together from their pieces, in whatever order those come, and gives them in order. @rfc 6347#4.2.3 */
export class HandshakeAssembly {
  #next: number;
  readonly #drafts = new Map<number, Draft>();

  /** `next`: number of the first message that is still wanted. */
  constructor(next = 0) {
    this.#next = next;
  }

  /** Number of the message that is to come. */
  get next(): number {
    return this.#next;
  }

  /** Takes a record's body; what makes no sense is passed over. */
  take(body: Uint8Array, epoch: number): Assembled {
    const reader = new ByteReader(body);
    let isRepeat = false;
    while (reader.left >= HEADER_BYTES) {
      const [type, length, sequence, offset] = [reader.number(1), reader.number(3), reader.number(2), reader.number(3)];
      const piece = reader.vector(3);
      if (reader.isCut || length > MAX_BODY || offset + piece.length > length) break;
      if (sequence < this.#next) isRepeat = true;
      else if (sequence < this.#next + MAX_AHEAD) this.#keep({ type, length, sequence, offset, piece, epoch });
    }
    return { messages: this.#whole(), isRepeat };
  }

  #keep(part: {
    readonly type: number;
    readonly length: number;
    readonly sequence: number;
    readonly offset: number;
    readonly piece: Uint8Array;
    readonly epoch: number;
  }): void {
    const { type, length, sequence, offset, piece, epoch } = part;
    const known = this.#drafts.get(sequence);
    // Whatever somebody sent in the clear gives way to what came under the peer's keys.
    const isKnown = known !== undefined && known.epoch >= epoch;
    const draft = isKnown ? known : { type, epoch, body: new Uint8Array(length), stretches: [] };
    // Pieces of one message agree about it, and come under the same keys.
    if (draft.type !== type || draft.body.length !== length || draft.epoch !== epoch) return;
    this.#drafts.set(sequence, draft);
    draft.body.set(piece, offset);
    const stretches = merged([...draft.stretches, [offset, offset + piece.length]]);
    if (stretches.length <= MAX_PIECES) draft.stretches = stretches;
  }

  #whole(): readonly HandshakeMessage[] {
    const messages: HandshakeMessage[] = [];
    for (;;) {
      const draft = this.#drafts.get(this.#next);
      const [from, to] = draft?.stretches[0] ?? [0, -1];
      if (draft === undefined || from !== 0 || to !== draft.body.length) return messages;
      messages.push({ type: draft.type, sequence: this.#next, body: draft.body, epoch: draft.epoch });
      this.#drafts.delete(this.#next);
      this.#next++;
    }
  }
}

/** Stretches in order, those that touch made one. */
function merged(stretches: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const out: [number, number][] = [];
  for (const [from, to] of stretches.toSorted(([a], [b]) => a - b)) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}
