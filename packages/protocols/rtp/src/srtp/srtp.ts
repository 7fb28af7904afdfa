import { joined, sameBytes } from "@cordboard/kernel";
import { payloadStart, setUint32, uint16At, uint32At } from "../packet.ts";
import type { HmacSha1, SrtpCrypto } from "./crypto.ts";
import { counterOf, nonceOf } from "./nonce.ts";
import { packetIndex } from "./packet-window.ts";
import type { SrtpMasterKey, SrtpTools } from "./session-keys.ts";
import { srtpTools } from "./session-keys.ts";
import type { PacketPlace, SrtpSnapshot } from "./source-windows.ts";
import { SourceWindows } from "./source-windows.ts";

/** No key works on more packets than this. @rfc 3711#9.2 */
const LAST_INDEX = 2 ** 48 - 1;

/**
 * One direction of SRTP: protects what we send, or lets through what the peer sends. Neither lets the same packet through twice: a key
 * stream that is used again gives both packets away.
 * @rfc 3711#3.3
 * @rfc 7714#8
 */
export class SrtpStream {
  readonly #tagBytes: number;
  readonly #tools: SrtpTools;
  readonly #sources: SourceWindows;

  constructor(crypto: SrtpCrypto, master: SrtpMasterKey, snapshot?: SrtpSnapshot) {
    this.#tagBytes = master.profile.tagBytes;
    this.#tools = srtpTools(crypto, master, "rtp");
    this.#sources = new SourceWindows(snapshot);
  }

  snapshot(): SrtpSnapshot {
    return this.#sources.snapshot();
  }

  /** The protected packet; undefined for what is no RTP, or was sent before. */
  protect(packet: Uint8Array): Uint8Array | undefined {
    const start = payloadStart(packet);
    const place = typeof start === "number" ? this.#placeOf(packet) : undefined;
    if (typeof start !== "number" || place === undefined) return undefined;
    this.#sources.note(place);
    const { salt } = this.#tools;
    const header = packet.subarray(0, start);
    if (this.#tools.aead !== undefined)
      return joined(header, this.#tools.aead.seal(nonceOf({ ...place, salt }), header, packet.subarray(start)));
    const body = this.#tools.cipher(counterOf({ ...place, salt }), packet.subarray(start));
    const out = new Uint8Array(packet.length + this.#tagBytes);
    out.set(header);
    out.set(body, start);
    out.set(this.#tag(this.#tools.hmac, out.subarray(0, packet.length), place.index), packet.length);
    return out;
  }

  /** The packet that the peer protected; undefined for what is forged, changed, replayed, or no RTP at all. */
  unprotect(packet: Uint8Array): Uint8Array | undefined {
    const start = payloadStart(packet);
    if (typeof start !== "number" || packet.length < start + this.#tagBytes) return undefined;
    const place = this.#placeOf(packet);
    const body = place === undefined ? undefined : this.#open(packet, start, place);
    if (place === undefined || body === undefined) return undefined;
    this.#sources.note(place);
    // The packet is the receiver's own: what was encrypted is written over.
    packet.set(body, start);
    return packet.subarray(0, start + body.length);
  }

  /** Where a packet stands among those of its source; undefined when it may not pass. */
  #placeOf(packet: Uint8Array): PacketPlace | undefined {
    const ssrc = uint32At(packet, 8);
    const window = this.#sources.of(ssrc);
    if (window === undefined) return undefined;
    const index = packetIndex(window.newest, uint16At(packet, 2));
    return index <= LAST_INDEX && window.isNew(index) ? { ssrc, window, index } : undefined;
  }

  #open(packet: Uint8Array, start: number, place: PacketPlace): Uint8Array | undefined {
    const { salt } = this.#tools;
    if (this.#tools.aead !== undefined)
      return this.#tools.aead.open(nonceOf({ ...place, salt }), packet.subarray(0, start), packet.subarray(start));
    const end = packet.length - this.#tagBytes;
    const tag = this.#tag(this.#tools.hmac, packet.subarray(0, end), place.index);
    if (!sameBytes(tag, packet.subarray(end))) return undefined;
    return this.#tools.cipher(counterOf({ ...place, salt }), packet.subarray(start, end));
  }

  #tag(hmac: HmacSha1, bytes: Uint8Array, index: number): Uint8Array {
    const rollover = new Uint8Array(4);
    setUint32(rollover, 0, Math.floor(index / 0x1_0000));
    return hmac(bytes, rollover).subarray(0, this.#tagBytes);
  }
}
