import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { ProxyOptions, RouteQuestion, SipAgentOptions, Target } from "../src/index.ts";
import type { House } from "./proxy-house.ts";
import { house, long, ring, settle } from "./proxy-house.ts";
import type { Puppet } from "./world.ts";
import { nothingAlive, SERVER } from "./world.ts";

describe("a proxy between puppets", () => {
  let place: House;
  let ann: Puppet;
  let bob: Puppet;
  const targets: readonly Target[] = [{ uri: "sip:bob@10.0.0.3" }];

  beforeEach(async () => {
    place = await house({ route: () => ({ targets }) });
    ann = await place.world.puppet("10.0.0.2");
    bob = await place.world.puppet("10.0.0.3");
  });

  const run = (time = settle): Promise<void> => place.world.clock.run(time);
  const invited = () => bob.requests("INVITE")[0] ?? expect.fail("no INVITE came");

  test("says 100 at once and keeps those of others to itself", async () => {
    ann.request("INVITE");
    await run(ms(3));
    expect(ann.statuses()).toEqual([100]);
    bob.respond(invited(), 100);
    bob.respond(invited(), 183);
    await run();
    expect(ann.statuses()).toEqual([100, 183]);
  });

  test("passes every repetition of a 200 on, and each ACK", async () => {
    ann.request("INVITE");
    await run(ms(3));
    for (let i = 0; i < 3; i++) bob.respond(invited(), 200);
    await run();
    expect(ann.statuses()).toEqual([100, 200, 200, 200]);
    expect(ann.responses().every(({ headers }) => headers.values("Via").length === 1)).toBe(true);
  });

  test("a refusal is acknowledged by the proxy, and passed on until the caller acknowledges it", async () => {
    ann.request("INVITE");
    await run(ms(3));
    bob.respond(invited(), 486);
    await run(ms(600));
    expect(bob.requests("ACK")).toHaveLength(1);
    expect(ann.statuses()).toEqual([100, 486, 486]);
  });

  test.each([
    { name: "no hops left", fields: { "Max-Forwards": "0" }, status: 483 },
    { name: "an unknown Proxy-Require", fields: { "Proxy-Require": "teleport" }, status: 420 },
    { name: "another kind of URI", fields: { uri: "https://example.org" }, status: 416 },
    { name: "no breadth left", fields: { "Max-Breadth": "0" }, status: 440 },
  ])("$name gets $status and goes nowhere", async ({ fields, status }) => {
    ann.request("MESSAGE", { CSeq: "1 MESSAGE", ...fields });
    await run();
    expect(ann.statuses()).toEqual([status]);
    expect(bob.heard).toEqual([]);
  });

  test("a phone that rings for ever is cancelled after three minutes, and done without soon after", async () => {
    ann.request("INVITE");
    await run(ms(3));
    bob.respond(invited(), 180);
    await run(ms(182_000));
    expect(bob.requests("CANCEL")).not.toEqual([]);
    expect(ann.statuses()).toEqual([100, 180]);
    await run(ms(33_000));
    expect(ann.statuses().slice(2)).toContain(408);
    await run(long);
    expect(place.proxy.describe()).toMatchObject(nothingAlive);
  });

  test("a silent phone gives the caller of an INVITE 408, and that of anything else no word", async () => {
    ann.request("MESSAGE", { CSeq: "1 MESSAGE" });
    ann.request("INVITE", { "Call-ID": "call-2" });
    await run(ms(33_000));
    expect(new Set(ann.statuses())).toEqual(new Set([100, 408]));
    expect(ann.responses().every(({ headers }) => headers.cseq?.method === "INVITE")).toBe(true);
    await run(long);
    expect(place.proxy.describe()).toMatchObject(nothingAlive);
  });

  test("an overload of the next server is a fault to the caller", async () => {
    ann.request("MESSAGE", { CSeq: "1 MESSAGE" });
    await run(ms(3));
    bob.respond(bob.requests("MESSAGE")[0] ?? expect.fail(), 503);
    await run();
    expect(ann.statuses()).toEqual([500]);
  });

  test("a request in a dialog that nobody signed is not passed on by itself", async () => {
    const asked: RouteQuestion[] = [];
    place.proxy.proxy({
      route: (question) => {
        asked.push(question);
        return { status: 403 };
      },
    });
    ann.request("BYE", {
      CSeq: "2 BYE",
      To: "<sip:bob@example.org>;tag=bob",
      uri: "sip:bob@10.0.0.3",
      Route: `<sip:0123456789abcdef0123@${SERVER}:5060;lr>, <sip:elsewhere@10.0.0.3;lr>`,
    });
    await run();
    expect(ann.statuses()).toEqual([403]);
    expect(asked).toMatchObject([{ onward: "sip:elsewhere@10.0.0.3;lr" }]);
    expect(asked[0]?.request.headers.values("Route")).toEqual(["<sip:elsewhere@10.0.0.3;lr>"]);
    expect(bob.heard).toEqual([]);
  });

  test("an ACK that belongs to no call of ours goes nowhere, and nobody is asked about it", async () => {
    place.proxy.proxy({ route: () => expect.fail("asked") });
    ann.request("ACK", { CSeq: "1 ACK", To: "<sip:bob@example.org>;tag=s1", uri: "sip:bob@10.0.0.3" });
    await run();
    expect([...ann.heard, ...bob.heard]).toEqual([]);
    expect(place.world.faults).toEqual([]);
  });

  test("where the proxy does not stay on the way, an ACK that comes by it is brought to the first target", async () => {
    place.proxy.proxy({ route: () => ({ targets }), recordRoute: false });
    ann.request("ACK", { CSeq: "1 ACK", To: "<sip:bob@example.org>;tag=bob", uri: "sip:bob@example.org" });
    await run();
    expect(bob.requests("ACK")).toMatchObject([{ uri: "sip:bob@10.0.0.3" }]);
    ann.request("INVITE");
    await run();
    expect(bob.requests("INVITE")[0]?.headers.has("Record-Route")).toBe(false);
  });

  test("closing in the middle of a call leaves nothing behind", async () => {
    ann.request("INVITE");
    await run(ms(3));
    bob.respond(invited(), 180);
    await run();
    expect(place.proxy.describe()).toMatchObject({ waiting: 1 });
    await place.proxy.close();
    expect(place.proxy.describe()).toMatchObject(nothingAlive);
  });
});

describe("who decides on the way", () => {
  async function asks(route: ProxyOptions["route"], options: Partial<SipAgentOptions> = {}) {
    const place = await house({ route }, options);
    const ann = await place.world.puppet("10.0.0.2");
    ann.request("INVITE", {});
    return { ...place, ann };
  }

  test.each([
    { name: "nobody there", routing: { targets: [] }, status: 480 },
    {
      name: "a refusal",
      routing: { status: 407, headers: [["Proxy-Authenticate", "Digest x"]] as const },
      status: 407,
    },
    { name: "a status that is no refusal", routing: { status: 200 }, status: 500 },
    {
      name: "a target that no transport reaches",
      routing: { targets: [{ uri: "sip:bob@[2001:db8::1]" }] },
      status: 500,
    },
  ])("$name: $status", async ({ routing, status }) => {
    const { world, ann } = await asks(() => routing);
    await world.clock.run(settle);
    expect(ann.statuses()).toEqual([100, status]);
    if (status === 407) expect(ann.responses()[1]?.headers.get("Proxy-Authenticate")).toBe("Digest x");
  });

  test("of very many targets the first 32 are tried", async () => {
    const targets = Array.from({ length: 40 }, (_, at) => ({ uri: `sip:phone-${at}@10.0.0.3` }));
    const { world } = await asks(() => ({ targets }));
    const bob = await world.puppet("10.0.0.3");
    await world.clock.run(settle);
    expect(bob.requests("INVITE")).toHaveLength(32);
  });

  test.each([
    () => {
      throw new Error("out of order");
    },
    () => Promise.reject(new Error("out of order")),
  ])("what fails is a fault of ours, and is logged", async (route) => {
    const { world, ann } = await asks(route);
    await world.clock.run(settle);
    expect(ann.statuses()).toEqual([100, 500]);
    expect(world.faults).toHaveLength(1);
  });

  test("what takes too long is given up", async () => {
    const { world, ann, proxy } = await asks(() => new Promise(() => {}));
    await world.clock.run(ms(31_000));
    expect(ann.statuses()).toEqual([100]);
    await world.clock.run(ms(2_000));
    expect(ann.statuses()).toContain(500);
    await world.clock.run(long);
    expect(proxy.describe()).toMatchObject(nothingAlive);
  });

  test("a caller may give up while it is not known yet, and nobody rings", async () => {
    const { promise, resolve } = Promise.withResolvers<{ targets: readonly Target[] }>();
    const { world, ann } = await asks(() => promise);
    await world.clock.run(settle);
    ann.request("CANCEL", { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-p0", CSeq: "1 CANCEL" });
    await world.clock.run(settle);
    const bob = await world.puppet("10.0.0.3");
    resolve({ targets: [{ uri: "sip:bob@10.0.0.3" }] });
    await world.clock.run(settle);
    expect(ann.statuses()).toEqual([100, 200, 487]);
    expect(bob.heard).toEqual([]);
  });

  test("a full table, and a door that is closed for new calls, are 503 with a time to come back", async () => {
    for (const options of [{ limits: { transactions: 0 } }, { admit: () => ({ retryAfterSeconds: 7 }) }]) {
      const { world, ann } = await asks(() => expect.fail("asked"), options);
      await world.clock.run(settle);
      expect(ann.statuses()).toEqual([503]);
      expect(ann.responses()[0]?.headers.has("Retry-After")).toBe(true);
    }
  });

  test("a made-up To tag opens no closed door", async () => {
    const { world, ann } = await asks(() => expect.fail("asked"), { admit: () => ({ retryAfterSeconds: 7 }) });
    ann.request("INVITE", { "Call-ID": "call-2", To: "<sip:bob@example.org>;tag=x" });
    await world.clock.run(settle);
    expect(ann.statuses()).toEqual([503, 503]);
  });

  test("the agent serves what is said to be its own", async () => {
    const place = await house({ serves: ({ uri }) => uri.startsWith("sip:echo@") });
    const { world, proxy } = place;
    const ann = await world.agent("10.0.0.2");
    proxy.onCall((call) => void call.answer({ body: "v=0" }, { onEnd() {} }));
    const { heard } = ring(ann, "echo");
    await world.clock.run(settle);
    expect(heard.dialogs).toHaveLength(1);
    expect(place.asked).toEqual([]);
    const ended = heard.dialogs[0]?.bye();
    await world.clock.run(settle);
    expect(await ended).toMatchObject({ ok: true });
  });
});
