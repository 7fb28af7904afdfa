import { instant } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import type { Binding } from "./binding.ts";
import { contactHeaders, liveBindings } from "./binding.ts";
import type { RegisterOutcome } from "./register.ts";
import { defaultRegistrarLimits, register } from "./register.ts";

const now = instant(1_000_000);
const flow: Flow = {
  transport: "udp",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address: "10.0.0.2", port: 40_000 },
};

interface Asked {
  readonly contacts: readonly string[];
  readonly expires?: number;
  readonly cseq?: number;
  readonly callId?: string;
  readonly at?: number;
}

function ask(
  current: readonly Binding[],
  { contacts, expires, cseq = 1, callId = "c1", at = now }: Asked,
): RegisterOutcome {
  const fields: HeaderField[] = [
    ["Call-ID", callId],
    ["CSeq", `${cseq} REGISTER`],
    ...contacts.map((contact): HeaderField => ["Contact", contact]),
  ];
  if (expires !== undefined) fields.push(["Expires", String(expires)]);
  const request: SipRequest = {
    type: "request",
    method: "REGISTER",
    uri: "sip:x",
    headers: Headers.of(fields),
    body: new Uint8Array(0),
  };
  return register(current, { request, flow, now: instant(at) });
}

function bound(outcome: RegisterOutcome) {
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome;
}

const seconds = (binding: Binding | undefined): number => ((binding?.expiresAt ?? 0) - now) / 1000;

describe("the registrar (RFC 3261 §10.3)", () => {
  test("binds a contact with the flow that it came by, for as long as granted", () => {
    const { bindings, added } = bound(
      ask([], { contacts: ['<sip:101@192.168.1.9:5060>;q=0.5;+sip.instance="<urn:uuid:1>";expires=600'] }),
    );
    expect(bindings).toEqual(added);
    expect(bindings).toEqual([
      {
        contact: "sip:101@192.168.1.9:5060",
        flow,
        expiresAt: now + 600_000,
        qMilli: 500,
        callId: "c1",
        cseq: 1,
        instance: "<urn:uuid:1>",
        userAgent: undefined,
      },
    ]);
  });

  test.each([
    { name: "the contact's own", asked: { contacts: ["<sip:a@b>;expires=120"], expires: 900 }, granted: 120 },
    { name: "the request's", asked: { contacts: ["<sip:a@b>"], expires: 900 }, granted: 900 },
    { name: "the default", asked: { contacts: ["<sip:a@b>"] }, granted: 300 },
    {
      name: "no more than the longest",
      asked: { contacts: ["<sip:a@b>;expires=99999999999999999999"] },
      granted: 3600,
    },
  ])("grants $name lifetime", ({ asked, granted }) => expect(seconds(bound(ask([], asked)).bindings[0])).toBe(granted));

  test("refuses too short a lifetime with 423 and says the shortest", () => {
    expect(ask([], { contacts: ["<sip:a@b>"], expires: 59 })).toMatchObject({
      status: 423,
      headers: [["Min-Expires", "60"]],
    });
  });

  test("without a contact only tells what is bound", () => {
    const { bindings } = bound(ask([], { contacts: ["<sip:a@b>"] }));
    expect(bound(ask(bindings, { contacts: [], cseq: 1 })).bindings).toEqual(bindings);
  });

  test("refreshes an equal contact, adds others, removes those that expire at once", () => {
    const first = bound(ask([], { contacts: ["<sip:a@b>, <sip:c@d>"] })).bindings;
    const next = bound(
      ask(first, { contacts: ["<sip:a@B>;expires=1000", "<sip:c@d>;expires=0", "<sip:e@f>"], cseq: 2 }),
    );
    expect(next.bindings.map(({ contact }) => contact)).toEqual(["sip:a@B", "sip:e@f"]);
    expect([next.refreshed.length, next.removed.length, next.added.length]).toEqual([1, 1, 1]);
  });

  test("changes nothing when one contact of several is refused", () => {
    const first = bound(ask([], { contacts: ["<sip:a@b>"] })).bindings;
    expect(ask(first, { contacts: ["<sip:a@b>;expires=0", "<sip:c@d>;q=7"], cseq: 2 }).ok).toBe(false);
  });

  test("takes no request that is older than the binding, by its Call-ID and CSeq", () => {
    const first = bound(ask([], { contacts: ["<sip:a@b>"], cseq: 5 })).bindings;
    for (const cseq of [4, 5])
      expect(ask(first, { contacts: ["<sip:a@b>;expires=0"], cseq })).toMatchObject({ status: 500 });
    expect(bound(ask(first, { contacts: ["<sip:a@b>"], cseq: 6 })).refreshed).toHaveLength(1);
    expect(bound(ask(first, { contacts: ["<sip:a@b>"], cseq: 1, callId: "after a restart" })).refreshed).toHaveLength(
      1,
    );
    expect(ask(first, { contacts: ["*"], expires: 0, cseq: 5 })).toMatchObject({ status: 500 });
  });

  test("* removes all, and only with Expires 0", () => {
    const first = bound(ask([], { contacts: ["<sip:a@b>, <sip:c@d>"] })).bindings;
    expect(bound(ask(first, { contacts: ["*"], expires: 0, cseq: 2 }))).toMatchObject({ bindings: [], removed: first });
    expect(ask(first, { contacts: ["*"], expires: 60, cseq: 2 })).toMatchObject({ status: 400 });
    expect(ask(first, { contacts: ["*"], cseq: 2 })).toMatchObject({ status: 400 });
  });

  test("a phone that comes back under a new address replaces its old contact", () => {
    const first = bound(ask([], { contacts: ['<sip:a@h:1>;+sip.instance="<urn:uuid:1>"'] })).bindings;
    const next = bound(ask(first, { contacts: ['<sip:a@h:2>;+sip.instance="<urn:uuid:1>"'], callId: "c2" }));
    expect(next.bindings.map(({ contact }) => contact)).toEqual(["sip:a@h:2"]);
    expect(next.removed).toEqual(first);
  });

  test("lets contacts lapse", () => {
    const first = bound(ask([], { contacts: ["<sip:a@b>;expires=60"] })).bindings;
    expect(bound(ask(first, { contacts: [], at: now + 60_000 })).bindings).toEqual([]);
    expect(liveBindings(first, instant(now + 59_999))).toHaveLength(1);
  });

  test("holds a bounded number of contacts", () => {
    const many = Array.from({ length: defaultRegistrarLimits.contacts + 1 }, (_, i) => `<sip:a@h:${i + 1}>`);
    expect(ask([], { contacts: many })).toMatchObject({ status: 403 });
    expect(ask([], { contacts: many.slice(1) }).ok).toBe(true);
  });

  test.each(["<tel:+39>", "<sip:a@b>;q=1.5", "<sip:a@b>;q", "<sip:a@b>;expires=soon", "<sip:a b@c>"])(
    "refuses the contact %s with 400",
    (contact) => expect(ask([], { contacts: [contact] })).toMatchObject({ status: 400 }),
  );

  test("lists the bindings, preferred ones first, with what is left of their time", () => {
    const { bindings } = bound(ask([], { contacts: ["<sip:a@b>;q=0.1, <sip:c@d>"] }));
    expect(contactHeaders(bindings, instant(now + 500))).toEqual([
      ["Contact", "<sip:c@d>;expires=300"],
      ["Contact", "<sip:a@b>;q=0.1;expires=300"],
    ]);
  });

  test("is plain data that survives being stored", () => {
    const { bindings } = bound(ask([], { contacts: ["<sip:a@b>"] }));
    expect(JSON.parse(JSON.stringify(bindings))).toMatchObject([{ contact: "sip:a@b", flow, qMilli: 1000 }]);
  });
});
