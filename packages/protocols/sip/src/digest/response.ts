import type { Hash } from "@cordboard/kernel";

/** What a client answers challenges with. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Stored proofs of a password, made for one realm; lower-case hexadecimal. */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

/** Algorithms that both sides here can do, best first. @rfc 8760#2.1 */
export const algorithms = ["SHA-256", "MD5"] as const;

/** One of {@link algorithms}. */
export type Algorithm = (typeof algorithms)[number];

/** Our name of an algorithm from any spelling of it; MD5 when there is none; undefined for others. @rfc 8760#2.3 */
export const algorithmOf = (text: string | undefined): Algorithm | undefined =>
  text === undefined ? "MD5" : algorithms.find((each) => each === text.toUpperCase());

const hashName = (algorithm: Algorithm): "md5" | "sha256" => (algorithm === "MD5" ? "md5" : "sha256");

/** HA1 of a password under both algorithms: what a server stores instead of it. @rfc 7616#3.4.2 */
export function makeHa1(hash: Hash, realm: string, { username, password }: Credentials): Ha1 {
  const text = `${username}:${realm}:${password}`;
  return { md5: hash.hex("md5", text), sha256: hash.hex("sha256", text) };
}

/** What goes into a digest response. */
export interface DigestInput {
  readonly algorithm: Algorithm;
  /** HA1 under that algorithm. */
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Undefined for servers of RFC 2069 that offer no qop. */
  readonly counted: { readonly nc: string; readonly cnonce: string } | undefined;
}

/** The response that proves knowledge of HA1, for `qop=auth` or none. @rfc 7616#3.4.1 */
export function digestResponse(hash: Hash, input: DigestInput): string {
  const name = hashName(input.algorithm);
  const ha2 = hash.hex(name, `${input.method}:${input.uri}`);
  const middle =
    input.counted === undefined ? input.nonce : `${input.nonce}:${input.counted.nc}:${input.counted.cnonce}:auth`;
  return hash.hex(name, `${input.ha1}:${middle}:${ha2}`);
}
