import { instant } from "@cordboard/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBinding } from "./stored-binding.ts";

const stored = {
  contact: "sip:101@192.0.2.7:5062",
  flow: {
    transport: "tcp",
    local: { address: "192.0.2.1", port: 5060 },
    remote: { address: "192.0.2.7", port: 49_152 },
    connection: "c1",
  },
  expiresAt: 1,
  qMilli: 1000,
  callId: "abc",
  cseq: 3,
  instance: null,
  userAgent: "Phone",
};

test("a stored binding is read back, and holds for as long as the store says", () => {
  expect(readBinding({ binding: stored, expiresAt: instant(99) })).toEqual({
    ...stored,
    expiresAt: 99,
    instance: undefined,
  });
});

test.each([
  { name: "another transport", binding: { ...stored, flow: { ...stored.flow, transport: "sctp" } } },
  { name: "no flow", binding: { ...stored, flow: null } },
  {
    name: "a port out of range",
    binding: { ...stored, flow: { ...stored.flow, remote: { address: "a", port: 70_000 } } },
  },
  { name: "a number for a contact", binding: { ...stored, contact: 5 } },
  { name: "a negative CSeq", binding: { ...stored, cseq: -1 } },
  { name: "nothing", binding: undefined },
])("$name is not taken for one", ({ binding }) => {
  expect(readBinding({ binding, expiresAt: instant(99) })).toBeUndefined();
});

test("whatever a store gives back, it is a binding or nothing", () => {
  fc.assert(fc.property(fc.anything(), (binding) => readBinding({ binding, expiresAt: instant(1) }) === undefined));
});
