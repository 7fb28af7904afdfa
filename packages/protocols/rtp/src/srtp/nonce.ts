import { setUint32 } from "../packet.ts";

/** What a packet's nonce or first counter block is made of. */
export interface NonceParts {
  readonly ssrc: number;
  /** 48 bits for RTP, 31 for RTCP. */
  readonly index: number;
  readonly salt: Uint8Array;
}

/** The first counter block of a packet; the last two bytes count its blocks. @rfc 3711#4.1.1 */
export function counterOf({ ssrc, index, salt }: NonceParts): Uint8Array {
  const block = new Uint8Array(16);
  setUint32(block, 4, ssrc);
  block[8] = Math.floor(index / 2 ** 40);
  block[9] = Math.floor(index / 2 ** 32);
  setUint32(block, 10, index >>> 0);
  for (let i = 0; i < 14; i++) block[i] = (block[i] ?? 0) ^ (salt[i] ?? 0);
  return block;
}

/** The nonce of a packet: two zero bytes, its source, its index. @rfc 7714#8.1 @rfc 7714#9.1 */
export function nonceOf({ ssrc, index, salt }: NonceParts): Uint8Array {
  const nonce = new Uint8Array(12);
  setUint32(nonce, 2, ssrc);
  nonce[6] = Math.floor(index / 2 ** 40);
  nonce[7] = Math.floor(index / 2 ** 32);
  setUint32(nonce, 8, index >>> 0);
  for (let i = 0; i < 12; i++) nonce[i] = (nonce[i] ?? 0) ^ (salt[i] ?? 0);
  return nonce;
}
