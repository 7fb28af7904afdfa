import { joined } from "@cordboard/kernel";
import type { DtlsCrypto } from "./crypto.ts";

const MASTER_BYTES = 48;
const FINISHED_BYTES = 12;
const KEY_BYTES = 16;
const SALT_BYTES = 4;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

type Digests = Pick<DtlsCrypto, "hmacSha256">;

/** So many bytes of chance out of a secret, a label and a seed. @rfc 5246#5 */
function prf(
  crypto: Digests,
  secret: Uint8Array,
  { label, seed, length }: { readonly label: string; readonly seed: Uint8Array; readonly length: number },
): Uint8Array {
  const text = joined(ascii(label), seed);
  const out = new Uint8Array(length);
  let link = text;
  for (let at = 0; at < length; ) {
    link = crypto.hmacSha256(secret, link);
    const piece = crypto.hmacSha256(secret, joined(link, text)).subarray(0, length - at);
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** The secret of an association, bound to all that was said up to the exchange of keys. @rfc 7627#4 */
export const masterSecret = (crypto: Digests, shared: Uint8Array, sessionHash: Uint8Array): Uint8Array =>
  prf(crypto, shared, { label: "extended master secret", seed: sessionHash, length: MASTER_BYTES });

/** What a side says at the end to prove that it has seen the same. @rfc 5246#7.4.9 */
export const finishedOf = (
  crypto: Digests,
  master: Uint8Array,
  { by, transcriptHash }: { readonly by: "client" | "server"; readonly transcriptHash: Uint8Array },
): Uint8Array => prf(crypto, master, { label: `${by} finished`, seed: transcriptHash, length: FINISHED_BYTES });

/** The two sides' random numbers. */
export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** What one side's records are sealed with. */
export interface WriteKeys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** The keys of both sides' records. @rfc 5246#6.3 @rfc 5288#3 */
export function writeKeys(
  crypto: Digests,
  master: Uint8Array,
  { client, server }: Randoms,
): { readonly client: WriteKeys; readonly server: WriteKeys } {
  const length = 2 * (KEY_BYTES + SALT_BYTES);
  const block = prf(crypto, master, { label: "key expansion", seed: joined(server, client), length });
  const salts = 2 * KEY_BYTES;
  return {
    client: { key: block.slice(0, KEY_BYTES), salt: block.slice(salts, salts + SALT_BYTES) },
    server: { key: block.slice(KEY_BYTES, salts), salt: block.slice(salts + SALT_BYTES) },
  };
}

/** A profile of SRTP as the handshake knows it. */
export interface KeyedProfile {
  /** Its number in `use_srtp`. */
  readonly number: number;
  readonly keyBytes: number;
  readonly saltBytes: number;
}

/** Master key and salt of SRTP for what each side sends, in one piece. @rfc 5764#4.2 */
export function srtpKeys(
  crypto: Digests,
  master: Uint8Array,
  { client, server }: Randoms,
  { keyBytes, saltBytes }: KeyedProfile,
): { readonly client: Uint8Array; readonly server: Uint8Array } {
  const length = 2 * (keyBytes + saltBytes);
  const block = prf(crypto, master, { label: "EXTRACTOR-dtls_srtp", seed: joined(client, server), length });
  const [clientKey, serverKey] = [block.subarray(0, keyBytes), block.subarray(keyBytes, 2 * keyBytes)];
  const salts = block.subarray(2 * keyBytes);
  return {
    client: joined(clientKey, salts.subarray(0, saltBytes)),
    server: joined(serverKey, salts.subarray(saltBytes)),
  };
}
