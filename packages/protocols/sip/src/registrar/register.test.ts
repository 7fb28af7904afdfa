import { instant } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import type { Binding } from "./binding.ts";
import { contactHeaders, isReachable, isSameContact, liveBindings } from "./binding.ts";
import type { Registering, RegisterOutcome } from "./register.ts";
import { defaultRegistrarLimits, grantedHeaders, register } from "./register.ts";

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
  readonly more?: readonly HeaderField[];
}

function ask(current: readonly Binding[], asked: Asked): RegisterOutcome {
  return register(current, registering(asked));
}

function registering({ contacts, expires, cseq = 1, callId = "c1", at = now, more = [] }: Asked): Registering {
  const fields: HeaderField[] = [
    ["Call-ID", callId],
    ["CSeq", `${cseq} REGISTER`],
    ["Via", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1"],
    ...contacts.map((contact): HeaderField => ["Contact", contact]),
    ...more,
  ];
  if (expires !== undefined) fields.push(["Expires", String(expires)]);
  const request: SipRequest = {
    type: "request",
    method: "REGISTER",
    uri: "sip:x",
    headers: Headers.of(fields),
    body: new Uint8Array(0),
  };
  return { request, flow, now: instant(at) };
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
        path: [],
        expiresAt: now + 600_000,
        qMilli: 500,
        callId: "c1",
        cseq: 1,
        instance: "<urn:uuid:1>",
        regId: undefined,
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

  test("keeps all contacts of a phone that names several at once, and lets go of those it no longer names", () => {
    const both = ["<sip:a@h:1>", "<sip:a@h:2>"].map((contact) => `${contact};+sip.instance="<urn:uuid:1>"`);
    const first = bound(ask([], { contacts: both })).bindings;
    const again = bound(ask(first, { contacts: both, cseq: 2 }));
    expect([again.refreshed.length, again.added.length, again.removed.length]).toEqual([2, 0, 0]);
    expect(bound(ask(again.bindings, { contacts: both.slice(0, 1), cseq: 3 })).bindings).toHaveLength(1);
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

  test.each([
    { name: "address", asked: { contacts: [`<sip:${"a".repeat(512)}@h>`] } },
    { name: "instance", asked: { contacts: [`<sip:a@h>;+sip.instance="<${"i".repeat(256)}>"`] } },
    { name: "Call-ID", asked: { contacts: ["<sip:a@h>"], callId: "c".repeat(257) } },
  ])("keeps no $name of any length", ({ asked }) => expect(ask([], asked)).toMatchObject({ status: 400 }));

  test("is plain data that survives being stored", () => {
    const { bindings } = bound(ask([], { contacts: ["<sip:a@b>"] }));
    expect(JSON.parse(JSON.stringify(bindings))).toMatchObject([{ contact: "sip:a@b", flow, qMilli: 1000 }]);
  });
});

describe("proxies between phone and registrar (RFC 3327)", () => {
  const path: readonly HeaderField[] = [
    ["Path", "<sip:p2.example;lr>, <sip:p1.example;lr>"],
    ["Path", "<sip:edge.example;lr;ob>"],
  ];
  const values = ["<sip:p2.example;lr>", "<sip:p1.example;lr>", "<sip:edge.example;lr;ob>"];

  test("are kept with the contact in the order of the way back, and told to a phone that knows of it", () => {
    const asked = { contacts: ["<sip:a@b>"], more: [...path, ["Supported", "path"] as const] };
    const outcome = bound(ask([], asked));
    expect(outcome.bindings[0]?.path).toEqual(values);
    expect(grantedHeaders(outcome, registering(asked))).toEqual(expect.arrayContaining([...path]));
  });

  test("are kept but not told to a phone that does not", () => {
    const asked = { contacts: ["<sip:a@b>"], more: path };
    const outcome = bound(ask([], asked));
    expect(outcome.bindings[0]?.path).toEqual(values);
    expect(grantedHeaders(outcome, registering(asked)).map(([name]) => name)).not.toContain("Path");
  });

  test("change with the next registration", () => {
    const first = bound(ask([], { contacts: ["<sip:a@b>"], more: path })).bindings;
    expect(bound(ask(first, { contacts: ["<sip:a@b>"], cseq: 2 })).bindings[0]?.path).toEqual([]);
  });

  test.each([
    ["no address", "<tel:+39>"],
    ["no end of them", Array.from({ length: 9 }, (_, i) => `<sip:p${i};lr>`).join(", ")],
    ["no end of one", `<sip:${"p".repeat(1024)};lr>`],
  ])("with %s are refused", (_, value) =>
    expect(ask([], { contacts: ["<sip:a@b>"], more: [["Path", value]] })).toMatchObject({ status: 400 }),
  );
});

describe("flows of one phone (RFC 5626 §6)", () => {
  const supported: HeaderField = ["Supported", "path, outbound"];
  const proxied: HeaderField = ["Via", "SIP/2.0/UDP edge.example;branch=z9hG4bKp"];
  const edge: HeaderField = ["Path", "<sip:edge.example;lr;ob>"];
  const flowOfPhone = (regId: number | string, more = ""): string =>
    `<sip:a@h:1>;reg-id=${regId};+sip.instance="<urn:uuid:1>"${more}`;
  const one = (regId: number, cseq: number, more: Partial<Asked> = {}): Asked => ({
    contacts: [flowOfPhone(regId)],
    cseq,
    more: [supported],
    ...more,
  });

  test("stand beside each other under one contact, and one that comes again replaces itself", () => {
    const first = bound(ask([], one(1, 1)));
    const second = bound(ask(first.bindings, one(2, 2)));
    expect([first.added.length, second.added.length, second.removed.length]).toEqual([1, 1, 0]);
    const again = bound(
      ask(
        second.bindings,
        one(1, 1, { contacts: ['<sip:a@h:9>;reg-id=1;+sip.instance="<urn:uuid:1>"'], callId: "c2" }),
      ),
    );
    expect(again.bindings.map(({ contact, regId }) => [contact, regId])).toEqual([
      ["sip:a@h:9", 1],
      ["sip:a@h:1", 2],
    ]);
    expect([again.refreshed.length, again.added.length, again.removed.length]).toEqual([1, 0, 0]);
    const gone = bound(ask(again.bindings, one(2, 3, { contacts: [flowOfPhone(2, ";expires=0")] })));
    expect(gone.bindings.map(({ regId }) => regId)).toEqual([1]);
  });

  test("of two phones are told apart by the instance", () => {
    const first = bound(ask([], one(1, 1))).bindings;
    const other = ['<sip:b@h:1>;reg-id=1;+sip.instance="<urn:uuid:2>"'];
    expect(bound(ask(first, one(1, 1, { contacts: other, callId: "c2" }))).bindings).toHaveLength(2);
  });

  test("take the place of a contact that the same phone had without", () => {
    const before = bound(ask([], { contacts: ['<sip:a@h:1>;+sip.instance="<urn:uuid:1>"'] })).bindings;
    const after = bound(ask(before, one(1, 2)));
    expect([after.bindings.length, after.removed]).toEqual([1, before]);
    const back = bound(ask(after.bindings, { contacts: ['<sip:a@h:2>;+sip.instance="<urn:uuid:1>"'], cseq: 3 }));
    expect(back.bindings.map(({ regId }) => regId)).toEqual([undefined]);
  });

  test("are all removed with their contact by a phone that names no flow", () => {
    const first = bound(ask([], one(1, 1))).bindings;
    const both = bound(ask(first, one(2, 2))).bindings;
    expect(bound(ask(both, { contacts: ["<sip:a@h:1>;expires=0"], cseq: 3 })).bindings).toEqual([]);
  });

  test.each([
    { name: "straight from the phone", more: [supported], granted: 1 },
    { name: "by a proxy that keeps flows", more: [supported, proxied, edge], granted: 1 },
    { name: "from one that does not know outbound", more: [], granted: undefined },
    { name: "by a proxy, from one that does not know outbound", more: [proxied], granted: undefined },
  ])("$name: flow $granted", ({ more, granted }) => {
    const asked = one(1, 1, { more });
    const outcome = bound(ask([], asked));
    expect(outcome.bindings[0]?.regId).toBe(granted);
    const headers = new Map(grantedHeaders(outcome, registering(asked)));
    expect(headers.get("Require")).toBe(granted === undefined ? undefined : "outbound");
    expect(headers.get("Flow-Timer")).toBe(granted === undefined ? undefined : "30");
    expect(headers.get("Supported")).toBe("path, outbound");
    expect(headers.get("Contact")?.includes(";reg-id=1")).toBe(granted === 1);
  });

  test.each([
    { name: "no path", more: [supported, proxied] },
    { name: "a path whose edge keeps no flows", more: [supported, proxied, ["Path", "<sip:edge.example;lr>"]] },
  ] as const)("behind a proxy with $name get 439", ({ more }) =>
    expect(ask([], one(1, 1, { more: [...more] }))).toMatchObject({ status: 439 }),
  );

  test("need an instance, else the number means nothing", () => {
    const asked = one(1, 1, { contacts: ["<sip:a@h:1>;reg-id=1"] });
    expect(bound(ask([], asked)).bindings[0]?.regId).toBeUndefined();
  });

  test.each(["0", "x", "-1", "4294967296", '""'])("have no number %s", (regId) =>
    expect(ask([], one(1, 1, { contacts: [flowOfPhone(regId)] }))).toMatchObject({ status: 400 }),
  );

  test("come one at a time; others may leave in the same breath", () => {
    const two = [flowOfPhone(1), flowOfPhone(2)];
    expect(ask([], one(1, 1, { contacts: two }))).toMatchObject({ status: 400 });
    expect(ask([], one(1, 1, { contacts: [flowOfPhone(1), flowOfPhone(2, ";expires=0")] })).ok).toBe(true);
  });

  test("of a connection are asked to stay warm less often", () => {
    const asked = registering(one(1, 1));
    const overTcp = { ...asked, flow: { ...flow, transport: "tcp", connection: "c1" } as const };
    expect(new Map(grantedHeaders(bound(register([], overTcp)), overTcp)).get("Flow-Timer")).toBe("120");
  });
});

describe("a contact can be reached", () => {
  const tcp: Flow = {
    transport: "tcp",
    local: { address: "10.0.0.1", port: 5060 },
    remote: { address: "10.0.0.2", port: 40_000 },
    connection: "c1",
  };
  const binding = (more: Partial<Binding>): Binding => ({
    contact: "sip:a@10.0.0.2:5060;transport=tcp",
    flow: tcp,
    path: [],
    expiresAt: now,
    qMilli: 1000,
    callId: "c1",
    cseq: 1,
    instance: undefined,
    regId: undefined,
    userAgent: undefined,
    ...more,
  });

  test.each([
    { name: "over its connection", more: {}, isOpen: true, reachable: true },
    { name: "over datagrams, which are never closed", more: { flow }, isOpen: false, reachable: true },
    { name: "where it listens, when its connection is gone", more: {}, isOpen: false, reachable: true },
    { name: "by its name", more: { contact: "sip:a@phone.example" }, isOpen: false, reachable: true },
    { name: "by its path", more: { path: ["<sip:edge;lr>"], regId: 1 }, isOpen: false, reachable: true },
    {
      name: "not at the port that its connection came from",
      more: { contact: "sip:a@10.0.0.2:40000" },
      isOpen: false,
      reachable: false,
    },
    { name: "not behind a NAT", more: { contact: "sip:a@192.168.1.9:5060" }, isOpen: false, reachable: false },
    { name: "not in a browser", more: { contact: "sip:a@x7k2.invalid" }, isOpen: false, reachable: false },
    {
      name: "not when a WebSocket is gone",
      more: { flow: { ...tcp, transport: "ws" } as const },
      isOpen: false,
      reachable: false,
    },
    { name: "not when a flow is gone", more: { regId: 1 }, isOpen: false, reachable: false },
  ])("$name", ({ more, isOpen, reachable }) => expect(isReachable(binding(more), () => isOpen)).toBe(reachable));
});

test.each([
  ["sip:101@Desk.Example:5060;Transport=tcp", "sip:101@desk.example:5060;transport=TCP", true],
  ["sip:101@desk.example", "sip:101@desk.example:5060", false],
  ["tel:+4312345", "tel:+4312345", true],
  ["tel:+4312345", "tel:+43-12345", false],
  ["sip:101@desk.example", "nonsense", false],
])("%s and %s are one contact: %s (RFC 3261 §10.3)", (a, b, isOne) => {
  expect(isSameContact(a, b)).toBe(isOne);
  expect(isSameContact(b, a)).toBe(isOne);
});
