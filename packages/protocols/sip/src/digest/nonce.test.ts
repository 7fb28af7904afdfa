import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { nodeHash } from "../transport/hash.ts";
import { Nonces } from "./nonce.ts";

const binding = { realm: "example.org", address: "10.0.0.2" };

function makeNonces() {
  const clock = manualClock();
  const key = new Uint8Array(32).fill(5);
  const lifetimeMs = ms(60_000);
  return {
    clock,
    nonces: new Nonces({ hash: nodeHash, clock, random: seededRandom(3), key, lifetimeMs, remembered: 10 }),
  };
}

test("a nonce costs no memory until it is used", () => {
  const { nonces } = makeNonces();
  for (let made = 0; made < 100; made++) nonces.make(binding);
  expect(nonces.size).toBe(0);
});

test("no more are remembered than may be, and those that have run out go first", () => {
  const { clock, nonces } = makeNonces();
  for (let used = 0; used < 30; used++) {
    clock.advance(ms(5));
    nonces.use(nonces.make(binding), 1);
    expect(nonces.size).toBeLessThanOrEqual(10);
  }
  clock.advance(ms(60_001));
  nonces.use(nonces.make(binding), 1);
  expect(nonces.size).toBe(1);
});

test.each([
  { name: "nothing", nonce: "" },
  { name: "no signature", nonce: "19b.aa" },
  { name: "more than any of ours", nonce: `${"1".repeat(128)}.a` },
])("$name is foreign", ({ nonce }) => expect(makeNonces().nonces.judge(nonce, binding)).toBe("foreign"));

test("a nonce of ours with its time changed is foreign", () => {
  const { nonces } = makeNonces();
  const nonce = nonces.make(binding);
  expect(nonces.judge(nonce, binding)).toBe("good");
  expect(nonces.judge(`f${nonce}`, binding)).toBe("foreign");
});
