import { payloadStart, setUint32, uint16At, uint32At } from "../packet.ts";
import type { SrtpCrypto } from "./crypto.ts";
import { counterOf, nonceOf } from "./nonce.ts";
import type { PacketWindowSnapshot } from "./packet-window.ts";
import { PacketWindow, packetIndex } from "./packet-window.ts";
import type { SrtpMasterKey, SrtpSessionKeys } from "./session-keys.ts";
import { sessionKeysOf } from "./session-keys.ts";

/** Sources of one direction at once; a peer has one, and another after each change of its own. */
const MAX_SOURCES = 16;
/** No key works on more packets than this. @rfc 3711#9.2 */
const LAST_INDEX = 2 ** 48 - 1;

/** How far each source has come, for another worker to go on from. */
export type SrtpSnapshot = readonly (PacketWindowSnapshot & { readonly ssrc: number })[];

/**
 * One direction of SRTP: protects what we send, or lets through what the peer sends. Neither lets the same packet through twice: a key
 * stream that is used again gives both packets away.
 * @rfc 3711#3.3
 * @rfc 7714#8
 */
export class SrtpStream {
  readonly #crypto: SrtpCrypto;
  readonly #master: SrtpMasterKey;
  readonly #keys: SrtpSessionKeys;
  readonly #sources: Map<number, PacketWindow>;

  constructor(crypto: SrtpCrypto, master: SrtpMasterKey, snapshot: SrtpSnapshot = []) {
    this.#crypto = crypto;
    this.#master = master;
    this.#keys = sessionKeysOf(crypto, master, "rtp");
    this.#sources = new Map(snapshot.map((source) => [source.ssrc, new PacketWindow(source)]));
  }

  snapshot(): SrtpSnapshot {
    return [...this.#sources].map(([ssrc, window]) => ({ ssrc, ...window.snapshot() }));
  }

  /** The protected packet; undefined for what is no RTP, or was sent before. */
  protect(packet: Uint8Array): Uint8Array | undefined {
    const start = payloadStart(packet);
    if (typeof start !== "number") return undefined;
    const place = this.#placeOf(packet);
    if (place === undefined) return undefined;
    const protectedPacket = this.#master.profile.isAead
      ? this.#seal(packet, start, place)
      : this.#encrypt(packet, start, place);
    this.#note(place);
    return protectedPacket;
  }

  /** The packet that the peer protected; undefined for what is forged, changed, replayed, or no RTP at all. */
  unprotect(packet: Uint8Array): Uint8Array | undefined {
    const start = payloadStart(packet);
    if (typeof start !== "number" || packet.length < start + this.#master.profile.tagBytes) return undefined;
    const place = this.#placeOf(packet);
    if (place === undefined) return undefined;
    const plain = this.#master.profile.isAead ? this.#open(packet, start, place) : this.#decrypt(packet, start, place);
    // A source counts from its first genuine packet on: strangers cannot fill the table.
    if (plain !== undefined) this.#note(place);
    return plain;
  }

  /** Where a packet stands among those of its source; undefined when it may not pass. */
  #placeOf(packet: Uint8Array): Place | undefined {
    const ssrc = uint32At(packet, 8);
    const known = this.#sources.get(ssrc);
    if (known === undefined && this.#sources.size >= MAX_SOURCES) return undefined;
    const window = known ?? new PacketWindow();
    const index = packetIndex(window.newest, uint16At(packet, 2));
    return index <= LAST_INDEX && window.isNew(index) ? { ssrc, window, index } : undefined;
  }

  #note({ ssrc, window, index }: Place): void {
    window.note(index);
    this.#sources.set(ssrc, window);
  }

  #seal(packet: Uint8Array, start: number, { ssrc, index }: Place): Uint8Array {
    const { cipher, salt } = this.#keys;
    const header = packet.subarray(0, start);
    return joined(header, this.#crypto.seal(cipher, nonceOf({ ssrc, index, salt }), header, packet.subarray(start)));
  }

  #open(packet: Uint8Array, start: number, { ssrc, index }: Place): Uint8Array | undefined {
    const { cipher, salt } = this.#keys;
    const header = packet.subarray(0, start);
    const body = this.#crypto.open(cipher, nonceOf({ ssrc, index, salt }), header, packet.subarray(start));
    return body === undefined ? undefined : inPlace(packet, start, body);
  }

  #encrypt(packet: Uint8Array, start: number, { ssrc, index }: Place): Uint8Array {
    const { cipher, salt } = this.#keys;
    const { tagBytes } = this.#master.profile;
    const body = this.#crypto.counterMode(cipher, counterOf({ ssrc, index, salt }), packet.subarray(start));
    const out = new Uint8Array(packet.length + tagBytes);
    out.set(packet.subarray(0, start));
    out.set(body, start);
    out.set(this.#tag(out.subarray(0, packet.length), index), packet.length);
    return out;
  }

  #decrypt(packet: Uint8Array, start: number, { ssrc, index }: Place): Uint8Array | undefined {
    const { cipher, salt } = this.#keys;
    const end = packet.length - this.#master.profile.tagBytes;
    if (!isSame(this.#tag(packet.subarray(0, end), index), packet.subarray(end))) return undefined;
    return inPlace(
      packet,
      start,
      this.#crypto.counterMode(cipher, counterOf({ ssrc, index, salt }), packet.subarray(start, end)),
    );
  }

  #tag(bytes: Uint8Array, index: number): Uint8Array {
    const rollover = new Uint8Array(4);
    setUint32(rollover, 0, Math.floor(index / 0x1_0000));
    return this.#crypto.hmacSha1(this.#keys.authentication, bytes, rollover).subarray(0, this.#master.profile.tagBytes);
  }
}

interface Place {
  readonly ssrc: number;
  readonly window: PacketWindow;
  readonly index: number;
}

/** Writes a body over what was encrypted: the packet is the receiver's own. */
function inPlace(packet: Uint8Array, start: number, body: Uint8Array): Uint8Array {
  packet.set(body, start);
  return packet.subarray(0, start + body.length);
}

/** One piece after the other. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Compares two tags in a time that says nothing about where they differ. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
