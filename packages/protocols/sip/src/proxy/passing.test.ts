import { instant } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { respondTo } from "../message/respond.ts";
import type { Binding } from "../registrar/binding.ts";
import { nodeHash } from "../transport/index.ts";
import { answerOfFork, backward } from "./backward.ts";
import { aim, forwardedRequest } from "./forwarded.ts";
import { breadthOf, inspectForwarding, loopMark } from "./inspect.ts";
import { preprocess } from "./preprocess.ts";
import { readMark, recordRoute } from "./route-mark.ts";
import { groupsOf, targetsOf } from "./targets.ts";

const marker = { hash: nodeHash, key: new Uint8Array(32) };
const callId = "call-1";

function invite(fields: readonly HeaderField[] = [], uri = "sip:bob@example.org"): SipRequest {
  const given = new Set(fields.map(([name]) => name));
  const usual: readonly HeaderField[] = [
    ["Via", "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-1;rport"],
    ["Max-Forwards", "70"],
    ["From", "<sip:ann@example.org>;tag=ann"],
    ["To", "<sip:bob@example.org>"],
    ["Call-ID", callId],
    ["CSeq", "1 INVITE"],
  ];
  const all = [...usual.filter(([name]) => !given.has(name)), ...fields];
  return { type: "request", method: "INVITE", uri, headers: Headers.of(all), body: new Uint8Array(0) };
}

describe("what is not passed on", () => {
  test.each([
    { name: "no URI at all", request: invite([], "bob"), status: 400 },
    { name: "a malformed one", request: invite([], "sip:@"), status: 400 },
    { name: "one of a scheme that goes elsewhere", request: invite([], "https://example.org"), status: 416 },
    { name: "a request that has come far enough", request: invite([["Max-Forwards", "0"]]), status: 483 },
    { name: "one that needs what we do not know", request: invite([["Proxy-Require", "100rel, foo"]]), status: 420 },
  ])("$name gets $status", ({ request, status }) => {
    const refusal = inspectForwarding(request, loopMark(marker, request), new Set(["100rel"]));
    expect(refusal?.status).toBe(status);
    if (status === 420) expect(refusal?.headers).toEqual([["Unsupported", "foo"]]);
  });

  test.each([
    invite(),
    invite([["Max-Forwards", "1"]]),
    invite([], "tel:+49301234"),
    invite([], "sips:bob@example.org"),
  ])("others pass", (request) =>
    expect(inspectForwarding(request, loopMark(marker, request), new Set())).toBeUndefined(),
  );

  test("a request that comes back as it left has gone in a circle, one with a new address only comes by again", () => {
    const first = invite();
    const via = (mark: string): HeaderField => [
      "Via",
      `SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK-9, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKabc.${mark}, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK-1`,
    ];
    const again = invite([via(loopMark(marker, first))]);
    expect(inspectForwarding(again, loopMark(marker, again), new Set())?.status).toBe(482);
    const spiral = invite([via(loopMark(marker, first))], "sip:carol@example.org");
    expect(inspectForwarding(spiral, loopMark(marker, spiral), new Set())).toBeUndefined();
    const credited = invite([via(loopMark(marker, first)), ["Proxy-Authorization", "Digest x"]]);
    expect(inspectForwarding(credited, loopMark(marker, credited), new Set())).toBeUndefined();
    const stranger = { hash: nodeHash, key: new Uint8Array(32).fill(1) };
    expect(inspectForwarding(again, loopMark(stranger, again), new Set())).toBeUndefined();
  });

  test.each([
    { breadth: undefined, copies: 1, share: 60 },
    { breadth: "7", copies: 3, share: 2 },
    { breadth: "3", copies: 3, share: 1 },
    { breadth: "2", copies: 3, share: undefined },
    { breadth: "100000", copies: 2, share: 30 },
    { breadth: "many", copies: 2, share: 30 },
  ])("Max-Breadth $breadth makes $copies copies of $share", ({ breadth, copies, share }) => {
    expect(breadthOf(invite(breadth === undefined ? [] : [["Max-Breadth", breadth]]), copies)).toBe(share);
  });
});

describe("our Record-Route values", () => {
  const flows: readonly (Flow | undefined)[] = [
    undefined,
    { transport: "udp", local: { address: "0.0.0.0", port: 5060 }, remote: { address: "10.0.0.2", port: 40_000 } },
    {
      transport: "wss",
      local: { address: "::1", port: 8443 },
      remote: { address: "2001:db8::2", port: 40_000 },
      connection: "c1-0a.b",
    },
  ];
  const local = { address: "2001:db8::1", port: 5070 };

  test.each(flows)("bring back the flow that they were made of: %o", (pin) => {
    const value = recordRoute(marker, { callId, transport: "tcp", local, pin });
    expect(value).toMatch(/^<sip:[^@]+@\[2001:db8::1\]:5070;transport=tcp;lr>$/);
    const uri = value.slice(1, -1);
    expect(readMark(marker, uri, callId)).toEqual({ pin });
    expect(readMark(marker, uri, "another call")).toBeUndefined();
    expect(readMark({ ...marker, key: new Uint8Array(32).fill(1) }, uri, callId)).toBeUndefined();
    expect(readMark(marker, uri.replace("@", "0@"), callId)).toBeUndefined();
  });

  test("cannot be turned to another address", () => {
    const pin = flows[1];
    const uri = recordRoute(marker, { callId, transport: "udp", local, pin }).slice(1, -1);
    expect(readMark(marker, uri.replace("10.0.0.2", "10.0.0.3"), callId)).toBeUndefined();
  });
});

describe("what a request says of us is taken away", () => {
  const self = {
    markOf: (uri: string) => (uri.startsWith("sip:mark-") ? { pin: undefined } : undefined),
    isOwn: ({ host }: { readonly host: string }) => host === "proxy.example.org",
  };
  const [a, b, mine] = ["<sip:a.example.net;lr>", "<sip:b.example.net;lr>", "<sip:proxy.example.org;lr>"];

  test.each([
    { name: "nothing of us", routes: [a, b], left: [a, b], isMarked: false },
    { name: "our name", routes: [mine, a], left: [a], isMarked: false },
    { name: "our marks, one a side", routes: ["<sip:mark-1@x;lr>", "<sip:mark-2@y;lr>", a], left: [a], isMarked: true },
    { name: "not our name behind another", routes: [a, mine], left: [a, mine], isMarked: false },
    { name: "nothing that cannot be read", routes: ["<<", mine], left: ["<<", mine], isMarked: false },
  ])("$name", ({ routes, left, isMarked }) => {
    const asked = preprocess(invite(routes.map((value) => ["Route", value])), self);
    expect(asked).toMatchObject({ uri: "sip:bob@example.org", routes: left });
    expect(asked.mark !== undefined).toBe(isMarked);
  });

  test("a strict router before us has put us into the Request-URI", () => {
    const request = invite([["Route", `${a}, <sip:bob@10.0.0.3>`]], "sip:mark-1@x");
    expect(preprocess(request, self)).toEqual({ uri: "sip:bob@10.0.0.3", routes: [a], mark: { pin: undefined } });
  });
});

describe("the copy that goes on", () => {
  test("has our Via and Record-Route on top, one hop less, and all else as it came", () => {
    const request = invite([
      ["Route", "<sip:old.example.org;lr>"],
      ["Record-Route", "<sip:before.example.org;lr>"],
      ["X-Own", "kept"],
    ]);
    const copy = forwardedRequest(request, {
      uri: "sip:bob@10.0.0.3",
      routes: ["<sip:next.example.org;lr>"],
      via: "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-2",
      recordRoutes: ["<sip:callee@10.0.0.1;lr>", "<sip:caller@10.0.0.1;lr>"],
      maxBreadth: 30,
    });
    expect(copy.uri).toBe("sip:bob@10.0.0.3");
    expect(copy.headers.values("Via").map((via) => via.slice(12, 20))).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(copy.headers.values("Record-Route")).toEqual([
      "<sip:callee@10.0.0.1;lr>",
      "<sip:caller@10.0.0.1;lr>",
      "<sip:before.example.org;lr>",
    ]);
    expect(copy.headers.values("Route")).toEqual(["<sip:next.example.org;lr>"]);
    expect(copy.headers.all("Max-Forwards")).toEqual(["69"]);
    expect(copy.headers.get("Max-Breadth")).toBe("30");
    expect(copy.headers.get("X-Own")).toBe("kept");
  });

  test("gets 70 hops when the sender has not said", () => {
    const { type, headers, ...rest } = invite();
    const bare = Headers.of(headers.fields().filter(([name]) => name !== "Max-Forwards"));
    const copy = { uri: "sip:x", routes: [], via: "SIP/2.0/UDP a;branch=z9hG4bK-2", recordRoutes: [], maxBreadth: 1 };
    expect(forwardedRequest({ type, headers: bare, ...rest }, copy).headers.maxForwards).toBe(70);
  });

  test.each([
    { name: "without routes to its URI", routes: [], next: "sip:bob@b", uri: "sip:bob@b", left: [] },
    {
      name: "to the first loose router",
      routes: ["<sip:r1;lr>", "<sip:r2;lr>"],
      next: "sip:r1;lr",
      uri: "sip:bob@b",
      left: ["<sip:r1;lr>", "<sip:r2;lr>"],
    },
    {
      name: "to a strict router with the target at the end",
      routes: ["<sip:r1>", "<sip:r2;lr>"],
      next: "sip:r1",
      uri: "sip:r1",
      left: ["<sip:r2;lr>", "<sip:bob@b>"],
    },
  ])("goes $name", ({ routes, next, uri, left }) =>
    expect(aim("sip:bob@b", routes)).toEqual({ uri, routes: left, next }),
  );

  test("targets are grouped by preference, the highest first", () => {
    const targets = [{ uri: "a", qMilli: 500 }, { uri: "b" }, { uri: "c", qMilli: 500 }, { uri: "d", qMilli: 0 }];
    expect(groupsOf(targets)).toEqual([[1], [0, 2], [3]]);
  });
});

describe("what is registered becomes targets", () => {
  const flow: Flow = {
    transport: "udp",
    local: { address: "10.0.0.1", port: 5060 },
    remote: { address: "10.0.0.2", port: 5060 },
  };
  const binding = (contact: string, more: Partial<Binding> = {}): Binding => ({
    ...{ contact, flow, path: [], expiresAt: instant(60_000), qMilli: 1000, callId: "1", cseq: 1 },
    ...{ instance: undefined, regId: undefined, userAgent: undefined, ...more },
  });

  test("over the flow, or by the path when there is one", () => {
    const path = ["<sip:edge.example.org;lr>"];
    expect(targetsOf([binding("sip:a@x", { qMilli: 500 }), binding("sip:b@x", { path })])).toEqual([
      { uri: "sip:a@x", flow, qMilli: 500 },
      { uri: "sip:b@x", route: path, qMilli: 1000 },
    ]);
  });

  test("once a phone, however many flows it keeps", () => {
    const flows = [
      binding("sip:a@x", { instance: "<urn:1>", regId: 1 }),
      binding("sip:a@y", { instance: "<urn:1>", regId: 2, expiresAt: instant(90_000) }),
      binding("sip:a@z", { instance: "<urn:1>", regId: 3, expiresAt: instant(90_000) }),
      binding("sip:b@x", { instance: "<urn:2>", regId: 1 }),
      binding("sip:c@x", { instance: "<urn:1>" }),
    ];
    expect(targetsOf(flows).map(({ uri }) => uri)).toEqual(["sip:a@y", "sip:b@x", "sip:c@x"]);
  });
});

describe("a response on its way back", () => {
  const request = invite([["Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-2, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK-1"]]);
  const answer = (status: number, headers: readonly HeaderField[] = []): SipResponse =>
    respondTo(request, status, { toTag: "bob", headers });

  test("loses our Via, and is dropped when nobody is left", () => {
    const back = backward(answer(180));
    expect(back?.headers.values("Via")).toEqual(["SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK-1"]);
    expect(back?.headers.toTag).toBe("bob");
    expect(back === undefined ? "none" : backward(back)).toBeUndefined();
  });

  test("that asks for credentials asks for those of all branches", () => {
    const best = answer(407, [["Proxy-Authenticate", 'Digest realm="a"']]);
    const other = answer(401, [["WWW-Authenticate", 'Digest realm="b"']]);
    const { status, headers } = answerOfFork(best, [other, best, answer(486)]);
    expect(status).toBe(407);
    expect(headers.all("Proxy-Authenticate")).toEqual(['Digest realm="a"']);
    expect(headers.all("WWW-Authenticate")).toEqual(['Digest realm="b"']);
  });

  test("of one server's overload is not told to be ours", () => {
    expect(answerOfFork(answer(503), [])).toMatchObject({ status: 500, reason: "Server Internal Error" });
    expect(answerOfFork(answer(486), []).status).toBe(486);
  });
});
