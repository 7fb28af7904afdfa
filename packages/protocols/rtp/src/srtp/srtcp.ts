import { setUint32, uint32At } from "../packet.ts";
import type { SrtpCrypto } from "./crypto.ts";
import { counterOf, nonceOf } from "./nonce.ts";
import type { PacketWindowSnapshot } from "./packet-window.ts";
import { PacketWindow } from "./packet-window.ts";
import type { SrtpMasterKey, SrtpSessionKeys } from "./session-keys.ts";
import { sessionKeysOf } from "./session-keys.ts";
import { isSame, joined } from "./srtp.ts";

/** The first header and the sender's SSRC stay readable. */
const CLEAR_BYTES = 8;
const INDEX_BYTES = 4;
/** The bit before the index that says that a packet is encrypted. */
const ENCRYPTED = 0x8000_0000;

/**
 * One direction of SRTCP. Each packet carries its own index; all of ours are encrypted, and so must be the peer's.
 * @rfc 3711#3.4
 * @rfc 7714#9
 */
export class SrtcpStream {
  readonly #crypto: SrtpCrypto;
  readonly #master: SrtpMasterKey;
  readonly #keys: SrtpSessionKeys;
  readonly #window: PacketWindow;

  constructor(crypto: SrtpCrypto, master: SrtpMasterKey, snapshot?: PacketWindowSnapshot) {
    this.#crypto = crypto;
    this.#master = master;
    this.#keys = sessionKeysOf(crypto, master, "rtcp");
    this.#window = new PacketWindow(snapshot);
  }

  snapshot(): PacketWindowSnapshot {
    return this.#window.snapshot();
  }

  /** The protected packet; undefined for what is too short to be RTCP, or when the key has done all that it may. */
  protect(packet: Uint8Array): Uint8Array | undefined {
    const index = this.#window.newest + 1;
    if (packet.length < CLEAR_BYTES || index >= ENCRYPTED) return undefined;
    this.#window.note(index);
    const { cipher, salt, authentication } = this.#keys;
    const parts = { ssrc: uint32At(packet, 4), index, salt };
    const head = packet.subarray(0, CLEAR_BYTES);
    const body = packet.subarray(CLEAR_BYTES);
    const trailer = new Uint8Array(INDEX_BYTES);
    setUint32(trailer, 0, (ENCRYPTED | index) >>> 0);
    if (this.#master.profile.isAead)
      return joined(head, this.#crypto.seal(cipher, nonceOf(parts), joined(head, trailer), body), trailer);
    const encrypted = joined(head, this.#crypto.counterMode(cipher, counterOf(parts), body), trailer);
    return joined(encrypted, this.#tag(authentication, encrypted));
  }

  /** The packet that the peer protected; undefined for what is forged, changed, replayed, or not encrypted. */
  unprotect(packet: Uint8Array): Uint8Array | undefined {
    const { isAead, rtcpTagBytes } = this.#master.profile;
    if (packet.length < CLEAR_BYTES + INDEX_BYTES + rtcpTagBytes) return undefined;
    const indexAt = isAead ? packet.length - INDEX_BYTES : packet.length - rtcpTagBytes - INDEX_BYTES;
    const word = uint32At(packet, indexAt);
    const index = word & 0x7fff_ffff;
    if (word < ENCRYPTED || !this.#window.isNew(index)) return undefined;
    const plain = this.#open(packet, indexAt, index);
    if (plain !== undefined) this.#window.note(index);
    return plain;
  }

  #open(packet: Uint8Array, indexAt: number, index: number): Uint8Array | undefined {
    const { cipher, salt, authentication } = this.#keys;
    const parts = { ssrc: uint32At(packet, 4), index, salt };
    const head = packet.subarray(0, CLEAR_BYTES);
    const body = packet.subarray(CLEAR_BYTES, indexAt);
    if (this.#master.profile.isAead) {
      const known = joined(head, packet.subarray(indexAt));
      const opened = this.#crypto.open(cipher, nonceOf(parts), known, body);
      return opened === undefined ? undefined : joined(head, opened);
    }
    const tagAt = indexAt + INDEX_BYTES;
    if (!isSame(this.#tag(authentication, packet.subarray(0, tagAt)), packet.subarray(tagAt))) return undefined;
    return joined(head, this.#crypto.counterMode(cipher, counterOf(parts), body));
  }

  #tag(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    return this.#crypto.hmacSha1(key, bytes).subarray(0, this.#master.profile.rtcpTagBytes);
  }
}
