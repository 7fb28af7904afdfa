import { joined } from "@cordboard/kernel";
import { ByteReader, number, numbers, vector } from "./bytes.ts";
import { signatureScheme } from "./crypto.ts";

/** Kinds of keys that a client's certificate may have: ECDSA and RSA. */
const CERTIFICATE_KINDS: Uint8Array = Uint8Array.of(64, 1);
/** Keys are agreed in a group that has a name. */
const NAMED_CURVE = 3;

/** The first of the certificates in a message, which is the owner's own; undefined when there is none. */
export function parseCertificate(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body);
  const list = new ByteReader(reader.vector(3));
  const first = list.vector(3);
  return reader.isDone && !list.isCut && first.length > 0 ? first : undefined;
}

/** A message with one certificate, or none. */
export const printCertificate = (certificate: Uint8Array): Uint8Array => vector(3, vector(3, certificate));

/** The server's key for this handshake, signed. @rfc 8422#5.4 */
export interface ServerKeyExchange {
  readonly group: number;
  readonly publicKey: Uint8Array;
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** What the signature covers, beside both random numbers. */
export const keyParameters = (groupNumber: number, publicKey: Uint8Array): Uint8Array =>
  joined(number(NAMED_CURVE, 1), number(groupNumber, 2), vector(1, publicKey));

/** Undefined for what is no key exchange of ours. */
export function parseServerKeyExchange(body: Uint8Array): ServerKeyExchange | undefined {
  const reader = new ByteReader(body);
  const kind = reader.number(1);
  const found = {
    group: reader.number(2),
    publicKey: reader.vector(1),
    scheme: reader.number(2),
    signature: reader.vector(2),
  };
  return reader.isDone && kind === NAMED_CURVE ? found : undefined;
}

/** The key and its signature, by our own scheme. */
export const printServerKeyExchange = (parameters: Uint8Array, signature: Uint8Array): Uint8Array =>
  joined(parameters, number(signatureScheme.ecdsaSecp256r1Sha256, 2), vector(2, signature));

/** Asks the client for its certificate, whoever has signed it. */
export const printCertificateRequest = (): Uint8Array =>
  joined(vector(1, CERTIFICATE_KINDS), numbers(2, Object.values(signatureScheme)), vector(2));

/** The client's key for this handshake. */
export function parseClientKeyExchange(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body);
  const key = reader.vector(1);
  return reader.isDone && key.length > 0 ? key : undefined;
}

/** The client's key. */
export const printClientKeyExchange = (publicKey: Uint8Array): Uint8Array => vector(1, publicKey);

/** The client's proof that the certificate is its own. @rfc 5246#7.4.8 */
export function parseCertificateVerify(
  body: Uint8Array,
): { readonly scheme: number; readonly signature: Uint8Array } | undefined {
  const reader = new ByteReader(body);
  const found = { scheme: reader.number(2), signature: reader.vector(2) };
  return reader.isDone ? found : undefined;
}

/** Our proof, by our own scheme. */
export const printCertificateVerify = (signature: Uint8Array): Uint8Array =>
  joined(number(signatureScheme.ecdsaSecp256r1Sha256, 2), vector(2, signature));
