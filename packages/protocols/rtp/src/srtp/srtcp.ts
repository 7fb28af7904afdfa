import { joined, sameBytes } from "@cordboard/kernel";
import { setUint32, uint32At } from "../packet.ts";
import type { SrtpCrypto } from "./crypto.ts";
import type { NonceParts } from "./nonce.ts";
import { counterOf, nonceOf } from "./nonce.ts";
import type { SrtpMasterKey, SrtpTools } from "./session-keys.ts";
import { srtpTools } from "./session-keys.ts";
import type { SrtpSnapshot } from "./source-windows.ts";
import { SourceWindows } from "./source-windows.ts";

/** The first header and the sender's SSRC stay readable. */
const CLEAR_BYTES = 8;
const INDEX_BYTES = 4;
/** The bit before the index that says that a packet is encrypted. */
const ENCRYPTED = 0x8000_0000;

/**
 * One direction of SRTCP. Each packet carries its own index, which counts the packets of its source; all of ours are encrypted,
 * and so must be the peer's.
 * @rfc 3711#3.4
 * @rfc 7714#9
 */
export class SrtcpStream {
  readonly #tagBytes: number;
  readonly #tools: SrtpTools;
  readonly #sources: SourceWindows;

  constructor(crypto: SrtpCrypto, master: SrtpMasterKey, snapshot?: SrtpSnapshot) {
    this.#tagBytes = master.profile.rtcpTagBytes;
    this.#tools = srtpTools(crypto, master, "rtcp");
    this.#sources = new SourceWindows(snapshot);
  }

  snapshot(): SrtpSnapshot {
    return this.#sources.snapshot();
  }

  /** The protected packet; undefined for what is too short to be RTCP, or when the key has done all that it may. */
  protect(packet: Uint8Array): Uint8Array | undefined {
    const ssrc = uint32At(packet, 4);
    const window = this.#sources.of(ssrc);
    const index = (window?.newest ?? -1) + 1;
    if (packet.length < CLEAR_BYTES || window === undefined || index >= ENCRYPTED) return undefined;
    this.#sources.note({ ssrc, window, index });
    const parts = { ssrc, index, salt: this.#tools.salt };
    const head = packet.subarray(0, CLEAR_BYTES);
    const body = packet.subarray(CLEAR_BYTES);
    const trailer = new Uint8Array(INDEX_BYTES);
    setUint32(trailer, 0, (ENCRYPTED | index) >>> 0);
    if (this.#tools.aead !== undefined)
      return joined(head, this.#tools.aead.seal(nonceOf(parts), joined(head, trailer), body), trailer);
    const encrypted = joined(head, this.#tools.cipher(counterOf(parts), body), trailer);
    return joined(encrypted, this.#tools.hmac(encrypted).subarray(0, this.#tagBytes));
  }

  /** The packet that the peer protected; undefined for what is forged, changed, replayed, or not encrypted. */
  unprotect(packet: Uint8Array): Uint8Array | undefined {
    if (packet.length < CLEAR_BYTES + INDEX_BYTES + this.#tagBytes) return undefined;
    const behindIndex = this.#tools.aead === undefined ? this.#tagBytes : 0;
    const indexAt = packet.length - behindIndex - INDEX_BYTES;
    const word = uint32At(packet, indexAt);
    const ssrc = uint32At(packet, 4);
    const index = word & 0x7fff_ffff;
    const window = this.#sources.of(ssrc);
    if (word < ENCRYPTED || window?.isNew(index) !== true) return undefined;
    const plain = this.#open(packet, indexAt, { ssrc, index, salt: this.#tools.salt });
    if (plain !== undefined) this.#sources.note({ ssrc, window, index });
    return plain;
  }

  #open(packet: Uint8Array, indexAt: number, parts: NonceParts): Uint8Array | undefined {
    const head = packet.subarray(0, CLEAR_BYTES);
    const body = packet.subarray(CLEAR_BYTES, indexAt);
    if (this.#tools.aead !== undefined) {
      const opened = this.#tools.aead.open(nonceOf(parts), joined(head, packet.subarray(indexAt)), body);
      return opened === undefined ? undefined : joined(head, opened);
    }
    const tagAt = indexAt + INDEX_BYTES;
    const tag = this.#tools.hmac(packet.subarray(0, tagAt)).subarray(0, this.#tagBytes);
    return sameBytes(tag, packet.subarray(tagAt))
      ? joined(head, this.#tools.cipher(counterOf(parts), body))
      : undefined;
  }
}
