import { expect, test } from "vitest";
import type { IceTerms } from "./checks.ts";
import { Role } from "./role.ts";
import type { StunMessage } from "./stun/message.ts";
import { attributeType } from "./stun/message.ts";

const numberOf = (last: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, last);
const terms = (isControlling: boolean, isRemoteLite = false): IceTerms => ({
  local: { usernameFragment: "ours", password: "p".repeat(24) },
  remote: { usernameFragment: "peer", password: "q".repeat(24) },
  candidates: [],
  isControlling,
  isRemoteLite,
});
/** A check of a peer that wants to choose, or not, with its number. */
const check = (wants: "controlling" | "controlled", number: number): StunMessage => ({
  class: "request",
  transaction: new Uint8Array(12),
  attributes: [
    {
      type: wants === "controlling" ? attributeType.iceControlling : attributeType.iceControlled,
      value: numberOf(number),
    },
  ],
});

test.each([
  { ours: true, theirs: "controlled", number: 9, settles: true, chooses: true },
  { ours: true, theirs: "controlling", number: 4, settles: false, chooses: true },
  { ours: true, theirs: "controlling", number: 9, settles: true, chooses: false },
  { ours: false, theirs: "controlling", number: 9, settles: true, chooses: false },
  { ours: false, theirs: "controlled", number: 4, settles: true, chooses: true },
  { ours: false, theirs: "controlled", number: 9, settles: false, chooses: false },
] as const)(
  "we with number 5 choose: $ours; the peer is $theirs with $number: settled $settles, and we choose: $chooses",
  ({ ours, theirs, number, settles, chooses }) => {
    const role = new Role(numberOf(5), terms(ours));
    expect(role.settle(check(theirs, number))).toBe(settles);
    expect(role.isControlling).toBe(chooses);
  },
);

test("a peer that only answers leaves choosing to us, in every run", () => {
  const role = new Role(numberOf(5), terms(false, true));
  expect(role.isControlling).toBe(true);
  role.giveIn();
  role.begin(terms(false, true));
  expect(role.isControlling).toBe(true);
});
