import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { group, signatureScheme } from "../crypto.ts";
import { nodeDtlsCrypto } from "./dtls-crypto.ts";
import { makeDtlsIdentity } from "./identity.ts";

const crypto = nodeDtlsCrypto(makeDtlsIdentity(Date.UTC(2026, 0, 1)));
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

describe.each(Object.entries(group))("keys of %s", (_name, number) => {
  test("agree on the same secret from both sides, and on another each time", () => {
    const [ours, theirs, others] = [crypto.makeKey(number), crypto.makeKey(number), crypto.makeKey(number)];
    const shared = ours.agree(theirs.publicKey);
    expect(shared?.length).toBe(32);
    expect(theirs.agree(ours.publicKey)).toEqual(shared);
    expect(others.agree(ours.publicKey)).not.toEqual(shared);
  });

  test("agree on nothing with what is no key", () => {
    const ours = crypto.makeKey(number);
    const { publicKey } = crypto.makeKey(number);
    expect(ours.agree(new Uint8Array(0))).toBeUndefined();
    expect(ours.agree(publicKey.subarray(1))).toBeUndefined();
    expect(ours.agree(Uint8Array.of(...publicKey, 0))).toBeUndefined();
  });
});

test.each([
  { name: "zero", key: "00".repeat(32) },
  { name: "one", key: `01${"00".repeat(31)}` },
  { name: "a point of order 8", key: "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800" },
])("X25519 agrees on nothing with $name, whose secret everybody knows", ({ key }) => {
  expect(crypto.makeKey(group.x25519).agree(bytes(key))).toBeUndefined();
});

describe("P-256 agrees on nothing with", () => {
  const ours = crypto.makeKey(group.secp256r1);
  const theirs = Uint8Array.from(crypto.makeKey(group.secp256r1).publicKey);

  test("a point that is not on the curve", () => {
    const beside = Uint8Array.from(theirs);
    beside[64] = (beside[64] ?? 0) ^ 1;
    expect(ours.agree(beside)).toBeUndefined();
  });

  test("the point at infinity", () => expect(ours.agree(Uint8Array.of(0))).toBeUndefined());

  test("half a point, from which the other half could be found", () => {
    expect(ours.agree(Uint8Array.of(2 + ((theirs[64] ?? 0) & 1), ...theirs.subarray(1, 33)))).toBeUndefined();
  });
});

test("a signature is good for its certificate, its bytes and its way to sign alone", () => {
  const signed = Buffer.from("what was said");
  const signature = crypto.sign(signed);
  const { ecdsaSecp256r1Sha256: ours, rsaPkcs1Sha256: other } = signatureScheme;
  expect(crypto.verify(crypto.certificate, ours, signed, signature)).toBe(true);
  expect(crypto.verify(crypto.certificate, other, signed, signature)).toBe(false);
  expect(crypto.verify(crypto.certificate, 0x0203, signed, signature)).toBe(false);
  expect(crypto.verify(crypto.certificate, ours, Buffer.from("another"), signature)).toBe(false);
  expect(crypto.verify(makeDtlsIdentity(0).certificate, ours, signed, signature)).toBe(false);
  expect(crypto.verify(new Uint8Array(40), ours, signed, signature)).toBe(false);
});

test("a certificate says its years with two digits up to 2049, and with four from then on", () => {
  const { certificate } = makeDtlsIdentity(Date.UTC(2042, 5, 1));
  const text = Buffer.from(certificate);
  expect(text.includes(Buffer.from("\x17\x0d420531000000Z", "latin1"))).toBe(true);
  expect(text.includes(Buffer.from("\x18\x0f20520529000000Z", "latin1"))).toBe(true);
  const { validFrom, validTo } = new X509Certificate(certificate);
  expect([validFrom, validTo]).toEqual(["May 31 00:00:00 2042 GMT", "May 29 00:00:00 2052 GMT"]);
});
