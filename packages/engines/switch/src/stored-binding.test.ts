import { instant } from "@cordboard/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Flows } from "./flows.ts";
import { asStored, readFlows } from "./stored-binding.ts";

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

/** As it is kept today. */
const flowOf = (regId: number): object => ({ ...stored, path: ["<sip:edge;lr>"], instance: "<urn:uuid:1>", regId });

test("a binding of an earlier version is read back, and holds for as long as the store says", () => {
  expect(readFlows({ binding: stored, expiresAt: instant(99) })).toEqual([
    { ...stored, expiresAt: 99, instance: undefined, regId: undefined, path: [] },
  ]);
});

test.each([{ ids: [1] }, { ids: [1, 2] }])("the flows $ids of a phone are read back as they were kept", ({ ids }) => {
  const flows = ids.map((id) => ({ ...flowOf(id), expiresAt: 99 })) as unknown as Flows;
  const kept: unknown = JSON.parse(JSON.stringify(asStored(flows)));
  expect(readFlows({ binding: kept, expiresAt: instant(99) })).toEqual(flows);
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
  { name: "a path that is no list", binding: { ...stored, path: "<sip:edge;lr>" } },
  { name: "a path of numbers", binding: { ...stored, path: [1] } },
  { name: "a flow without number", binding: { ...stored, regId: "one" } },
  { name: "no flow of several", binding: { flows: [] } },
  { name: "one bad flow among good ones", binding: { flows: [flowOf(1), {}] } },
  { name: "nothing", binding: undefined },
])("$name is not taken for one", ({ binding }) => {
  expect(readFlows({ binding, expiresAt: instant(99) })).toBeUndefined();
});

test("whatever a store gives back, it is a binding or nothing", () => {
  fc.assert(fc.property(fc.anything(), (binding) => readFlows({ binding, expiresAt: instant(1) }) === undefined));
});
