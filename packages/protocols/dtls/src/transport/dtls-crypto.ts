import {
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  sign,
  verify,
  X509Certificate,
} from "node:crypto";
import type { DtlsCrypto, EphemeralKey } from "../crypto.ts";
import { group, signatureScheme } from "../crypto.ts";
import type { DtlsIdentity } from "./identity.ts";
import { fingerprintOf, privateKeyOf } from "./identity.ts";

const TAG_BYTES = 16;
/** First byte of a point of which both coordinates are told. */
const UNCOMPRESSED = 4;
const X25519_BYTES = 32;
/** What stands before a raw key of X25519 in its DER form. */
const X25519_HEAD = Buffer.from("302a300506032b656e032100", "hex");

/** What DTLS is made of, by Node, for one identity. */
export function nodeDtlsCrypto(identity: DtlsIdentity): DtlsCrypto {
  const key = privateKeyOf(identity);
  return {
    certificate: identity.certificate,
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
    hmacSha256: (secret, bytes) => createHmac("sha256", secret).update(bytes).digest(),
    makeKey: (number) => (number === group.x25519 ? makeX25519() : makeP256()),
    fingerprint: fingerprintOf,
    sign: (bytes) => sign("sha256", bytes, key),
    verify: (certificate, scheme, bytes, signature) =>
      orElse(false, () => isSigned(certificate, scheme, bytes, signature)),
    seal(secret, nonce, known, plain) {
      const cipher = createCipheriv("aes-128-gcm", secret, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(known);
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: (secret, nonce, known, sealed) =>
      orElse(undefined, () => {
        const decipher = createDecipheriv("aes-128-gcm", secret, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(known);
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
      }),
  };
}

/** OpenSSL says by an exception that what a peer sent is of no use; here that is an answer. */
function orElse<Value, Other>(other: Other, work: () => Value): Value | Other {
  try {
    return work();
  } catch {
    return other;
  }
}

function makeX25519(): EphemeralKey {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  return {
    publicKey: publicKey.export({ type: "spki", format: "der" }).subarray(X25519_HEAD.length),
    agree: (theirs) =>
      orElse(undefined, () => {
        // What stands behind a key of the right length would be passed over.
        if (theirs.length !== X25519_BYTES) return undefined;
        const der = Buffer.concat([X25519_HEAD, theirs]);
        const shared = diffieHellman({
          privateKey,
          publicKey: createPublicKey({ key: der, format: "der", type: "spki" }),
        });
        // A key of small order makes a secret that everybody knows. @rfc 7748#6.1
        return shared.some((byte) => byte !== 0) ? shared : undefined;
      }),
  };
}

/** OpenSSL refuses points that are not on the curve. A point is told whole, not compressed. @rfc 8422#5.4.1 */
function makeP256(): EphemeralKey {
  const key = createECDH("prime256v1");
  return {
    publicKey: key.generateKeys(),
    agree: (theirs) => (theirs[0] === UNCOMPRESSED ? orElse(undefined, () => key.computeSecret(theirs)) : undefined),
  };
}

function isSigned(certificate: Uint8Array, scheme: number, bytes: Uint8Array, signature: Uint8Array): boolean {
  const { publicKey } = new X509Certificate(certificate);
  const type = publicKey.asymmetricKeyType;
  switch (scheme) {
    case signatureScheme.ecdsaSecp256r1Sha256:
      return type === "ec" && verify("sha256", bytes, publicKey, signature);
    case signatureScheme.rsaPkcs1Sha256:
      return type === "rsa" && verify("sha256", bytes, publicKey, signature);
    case signatureScheme.rsaPssRsaeSha256: {
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      return type === "rsa" && verify("sha256", bytes, { key: publicKey, ...padding }, signature);
    }
    default:
      return false;
  }
}
