import { machine } from "@cordboard/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sealed } from "./sealer.ts";
import { sealerOf } from "./sealer.ts";

const key = new Uint8Array(32).fill(7);
const sealer = sealerOf(key, machine);
const owner = ["sip-secrets", "ten_a", "usr_a"];

test("what is sealed opens again for its owner", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(sealer.open(sealer.seal(text, owner), owner)).toBe(text);
    }),
  );
});

test("a sealed secret says nothing of its text", () => {
  const { body } = sealer.seal("demo-101", owner);
  expect(Buffer.from(body).toString("latin1")).not.toContain("demo-101");
});

test("the same text is never sealed the same way twice", () => {
  const [first, second] = [sealer.seal("x", owner), sealer.seal("x", owner)];
  expect(first.nonce).not.toEqual(second.nonce);
  expect(first.body).not.toEqual(second.body);
});

test("another key does not open it", () => {
  const sealed = sealer.seal("x", owner);
  const other = sealerOf(new Uint8Array(32).fill(8), machine);
  expect(other.open(sealed, owner)).toBeUndefined();
  expect(other.open({ ...sealed, keyId: other.seal("y", owner).keyId }, owner)).toBeUndefined();
});

test.each([
  { name: "another user", boundTo: ["sip-secrets", "ten_a", "usr_b"] },
  { name: "another tenant", boundTo: ["sip-secrets", "ten_b", "usr_a"] },
  { name: "the same letters split elsewhere", boundTo: ["sip-secrets", "ten_", "ausr_a"] },
])("moved to $name it does not open", ({ boundTo }) => {
  expect(sealer.open(sealer.seal("x", owner), boundTo)).toBeUndefined();
});

test("no changed, cut or invented bytes open", () => {
  const sealed = sealer.seal("secret", owner);
  fc.assert(
    fc.property(fc.nat(sealed.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const body = Uint8Array.from(sealed.body, (byte, index) => (index === at ? byte ^ flip : byte));
      expect(sealer.open({ ...sealed, body }, owner)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 20 }), (body, nonce) => {
      const invented: Sealed = { keyId: sealed.keyId, nonce, body };
      expect(sealer.open(invented, owner)).toBeUndefined();
    }),
  );
});
