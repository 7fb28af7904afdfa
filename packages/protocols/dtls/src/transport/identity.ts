import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** Who we are in a handshake: a certificate that nobody but us has signed, and its key. Both can be sent to another thread. */
export interface DtlsIdentity {
  /** X.509 in DER. */
  readonly certificate: Uint8Array;
  /** PKCS #8 in DER. */
  readonly privateKey: Uint8Array;
}

const DAY_MS = 86_400_000;
/** Browsers give theirs a month; ours lasts as long as a server may run. */
const LASTS_DAYS = 3650;

const ECDSA_WITH_SHA256 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03);

const tag = {
  integer: 0x02,
  bits: 0x03,
  oid: 0x06,
  text: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One DER value. */
function der(type: number, ...pieces: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(pieces);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Uint8Array.of(type, ...size), body]);
}

/** Up to 2049 a year has two digits, and only from then on four. @rfc 5280#4.1.2.5 */
function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replace(/[-:T]|\.\d+Z/g, "")}Z`;
  const isShort = new Date(at).getUTCFullYear() < 2050;
  return isShort ? der(tag.utcTime, Buffer.from(text.slice(2))) : der(tag.time, Buffer.from(text));
}

/** Makes a key and a certificate for it: what counts is its fingerprint, which the descriptions name. `now`: the wall clock. */
export function makeDtlsIdentity(now: number): DtlsIdentity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(tag.sequence, der(tag.oid, ECDSA_WITH_SHA256));
  const name = der(
    tag.sequence,
    der(tag.set, der(tag.sequence, der(tag.oid, COMMON_NAME), der(tag.text, Buffer.from("cordboard")))),
  );
  const serial = randomBytes(16);
  // Positive, and not a byte more than it takes.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const content = der(
    tag.sequence,
    der(tag.integer, serial),
    algorithm,
    name,
    der(tag.sequence, time(now - DAY_MS), time(now + LASTS_DAYS * DAY_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(tag.bits, Uint8Array.of(0), sign("sha256", content, privateKey));
  return {
    certificate: Uint8Array.from(der(tag.sequence, content, algorithm, signature)),
    privateKey: Uint8Array.from(privateKey.export({ type: "pkcs8", format: "der" })),
  };
}

/** Digest of a certificate as descriptions name it. */
export function fingerprintOf(hash: "sha-256" | "sha-384" | "sha-512", certificate: Uint8Array): string {
  const digest = createHash(hash.replace("-", "")).update(certificate).digest("hex").toUpperCase();
  return digest.match(/../g)?.join(":") ?? "";
}

/** The key of an identity. */
export const privateKeyOf = ({ privateKey }: DtlsIdentity): ReturnType<typeof createPrivateKey> =>
  createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
