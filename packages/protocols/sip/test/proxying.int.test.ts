import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { Binding, Dialog, DialogEnd, IncomingCall, SipAgent, SipAgentOptions } from "../src/index.ts";
import { contactHeaders, liveBindings, parseUri, register } from "../src/index.ts";
import { targetsOf } from "../src/proxy/targets.ts";
import type { ProxyOptions, RouteQuestion, Target } from "../src/proxy/types.ts";
import type { Puppet, World } from "./world.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const settle = ms(100);
const long = ms(500_000);

/** A proxy with a registrar in its world. */
interface House {
  readonly world: World;
  readonly proxy: SipAgent;
  readonly asked: RouteQuestion[];
}

async function house(options: Partial<ProxyOptions> = {}, agentOptions: Partial<SipAgentOptions> = {}): Promise<House> {
  const world = makeWorld();
  const proxy = await world.agent(SERVER, agentOptions);
  const users = new Map<string, readonly Binding[]>();
  const asked: RouteQuestion[] = [];
  proxy.handle("REGISTER", (incoming) => {
    const { request, flow } = incoming;
    const user = request.headers.to?.uri ?? "";
    const outcome = register(users.get(user) ?? [], { request, flow, now: world.clock.now() });
    if (!outcome.ok) return void incoming.respond(outcome.status);
    users.set(user, outcome.bindings);
    incoming.respond(200, { headers: contactHeaders(outcome.bindings, world.clock.now()) });
  });
  proxy.proxy({
    route: (question) => {
      asked.push(question);
      const bindings = users.get(`sip:${parseUri(question.request.uri)?.user}@example.org`) ?? [];
      return { targets: targetsOf(liveBindings(bindings, world.clock.now())) };
    },
    ...options,
  });
  return { world, proxy, asked };
}

/** A phone that is registered and collects its calls. */
interface Phone {
  readonly agent: SipAgent;
  readonly calls: IncomingCall[];
  readonly cancels: (string | undefined)[];
  readonly dialogs: Dialog[];
  readonly ends: DialogEnd[];
  answer(): Dialog;
}

async function phone(world: World, address: string, user: string, q = "1"): Promise<Phone> {
  const agent = await world.agent(address);
  const calls: IncomingCall[] = [];
  const cancels: (string | undefined)[] = [];
  const dialogs: Dialog[] = [];
  const ends: DialogEnd[] = [];
  agent.onCall((call) => {
    calls.push(call);
    call.onCancel((cancel) => void cancels.push(cancel?.headers.get("Reason")));
    call.progress(180);
  });
  const aor = `sip:${user}@example.org`;
  const registration = agent.register({ registrar: `sip:${SERVER}`, aor, contactParams: `;q=${q}` });
  await world.clock.run(settle);
  expect(await registration.first).toMatchObject({ ok: true });
  const answer = (): Dialog => {
    const dialog = calls.at(-1)?.answer({ body: "v=0" }, { onEnd: (end) => void ends.push(end) });
    if (dialog === undefined) return expect.fail("nothing to answer");
    dialogs.push(dialog);
    return dialog;
  };
  registration.stop();
  return { agent, calls, cancels, dialogs, ends, answer };
}

/** A call from a phone through the proxy, and what its caller heard. */
function ring(caller: SipAgent, to = "bob") {
  const heard = {
    progress: [] as number[],
    dialogs: [] as Dialog[],
    failures: [] as number[],
    ends: [] as DialogEnd[],
    reasons: [] as (string | undefined)[],
  };
  const call = caller.invite(
    { uri: `sip:${to}@${SERVER}`, from: "sip:ann@example.org", to: `sip:${to}@example.org`, body: "v=0" },
    {
      onProgress: (status) => void heard.progress.push(status),
      onAnswer: (dialog) => {
        heard.dialogs.push(dialog);
        return { handlers: { onEnd: (end) => void heard.ends.push(end) } };
      },
      onFailure: (status) => void heard.failures.push(status),
    },
  );
  return { call, heard };
}

async function allIsOver(world: World, ...agents: readonly SipAgent[]): Promise<void> {
  await world.clock.run(long);
  for (const agent of agents) expect(agent.describe()).toMatchObject(nothingAlive);
  expect(world.faults).toEqual([]);
}

describe("a call through a proxy", () => {
  test("rings, is answered, and ends from either side, all by way of the proxy", async () => {
    const { world, proxy } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const bob = await phone(world, "10.0.0.3", "bob");
    for (const ender of ["caller", "callee"]) {
      const { heard } = ring(ann.agent);
      await world.clock.run(settle);
      expect(heard.progress).toEqual([180]);
      const theirs = bob.answer();
      await world.clock.run(settle);
      const ours = heard.dialogs[0] ?? expect.fail("no answer was heard");
      expect(bob.calls.at(-1)?.request.headers.values("Via")).toHaveLength(2);
      expect(bob.calls.at(-1)?.request.headers.values("Record-Route")).toHaveLength(2);
      expect(bob.calls.at(-1)?.request.headers.maxForwards).toBe(69);
      const [outcome] = await Promise.all([(ender === "caller" ? ours : theirs).bye(), world.clock.run(settle)]);
      expect(outcome).toMatchObject({ ok: true });
      expect(heard.ends).toMatchObject([{ cause: "bye", by: ender === "caller" ? "local" : "remote" }]);
    }
    expect(bob.ends.map(({ by }) => by)).toEqual(["remote", "local"]);
    await allIsOver(world, proxy, ann.agent, bob.agent);
  });

  test("re-INVITEs and other requests of the dialog go the same way, and nobody is asked about them", async () => {
    const { world, asked } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const bob = await phone(world, "10.0.0.3", "bob");
    const { heard } = ring(ann.agent);
    await world.clock.run(settle);
    bob.answer();
    await world.clock.run(settle);
    const questions = asked.length;
    const theirs = bob.dialogs[0] ?? expect.fail();
    const [info, again] = [heard.dialogs[0]?.request("OPTIONS"), theirs.reinvite({ body: "v=0" })];
    await world.clock.run(settle);
    expect(await info).toMatchObject({ ok: true });
    // The caller of this test serves no re-INVITE; what matters is that its own answer came back.
    expect(await again).toMatchObject({ status: 488 });
    expect(asked).toHaveLength(questions);
  });

  test("a phone behind NAT, whose Contact leads nowhere, is reached over its flow in the dialog too", async () => {
    const { world } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const bob = await world.puppet("10.0.0.3");
    bob.request("REGISTER", {
      uri: `sip:${SERVER}`,
      To: "<sip:bob@example.org>",
      Contact: "<sip:bob@192.168.1.2:5060>",
    });
    await world.clock.run(settle);
    const { heard } = ring(ann.agent);
    await world.clock.run(settle);
    const invite = bob.requests("INVITE")[0] ?? expect.fail("no INVITE came");
    expect(invite.uri).toBe("sip:bob@192.168.1.2:5060");
    bob.respond(invite, 200, {
      fields: [
        ["Contact", "<sip:bob@192.168.1.2:5060>"],
        ...invite.headers.all("Record-Route").map((value) => ["Record-Route", value] as const),
      ],
    });
    await world.clock.run(settle);
    expect(bob.requests("ACK")).toHaveLength(1);
    void heard.dialogs[0]?.bye();
    await world.clock.run(settle);
    expect(bob.requests("BYE")[0]?.headers.has("Route")).toBe(false);
  });
});

describe("a call to several phones", () => {
  test("the first that answers has it, and the others stop ringing and know why", async () => {
    const { world, proxy } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const desk = await phone(world, "10.0.0.3", "bob");
    const mobile = await phone(world, "10.0.0.4", "bob");
    const { heard } = ring(ann.agent);
    await world.clock.run(settle);
    expect([desk.calls.length, mobile.calls.length]).toEqual([1, 1]);
    mobile.answer();
    await world.clock.run(settle);
    expect(desk.cancels).toEqual(['SIP;cause=200;text="Call completed elsewhere"']);
    expect(heard).toMatchObject({ progress: [180, 180], failures: [] });
    expect(heard.dialogs).toHaveLength(1);
    void heard.dialogs[0]?.bye();
    await allIsOver(world, proxy, ann.agent, desk.agent, mobile.agent);
    expect(mobile.ends).toHaveLength(1);
  });

  test("two that answer in one moment are both told to the caller, who keeps one", async () => {
    const { world } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const desk = await phone(world, "10.0.0.3", "bob");
    const mobile = await phone(world, "10.0.0.4", "bob");
    const { heard } = ring(ann.agent);
    await world.clock.run(settle);
    desk.answer();
    mobile.answer();
    await world.clock.run(settle);
    expect(heard.dialogs).toHaveLength(1);
    expect([...desk.ends, ...mobile.ends]).toMatchObject([{ by: "remote", cause: "bye" }]);
  });

  test("a lower preference rings only after the higher one has failed", async () => {
    const { world } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const mobile = await phone(world, "10.0.0.4", "bob", "0.5");
    const desk = await phone(world, "10.0.0.3", "bob", "1");
    const { heard } = ring(ann.agent);
    await world.clock.run(settle);
    expect([desk.calls.length, mobile.calls.length]).toEqual([1, 0]);
    desk.calls[0]?.reject(486);
    await world.clock.run(settle);
    expect(mobile.calls).toHaveLength(1);
    mobile.calls[0]?.reject(480);
    await world.clock.run(settle);
    expect(heard.failures).toEqual([486]);
  });

  test("a caller who gives up stops all of them, and its reason reaches them", async () => {
    const { world, proxy } = await house();
    const ann = await phone(world, "10.0.0.2", "ann");
    const desk = await phone(world, "10.0.0.3", "bob");
    const mobile = await phone(world, "10.0.0.4", "bob");
    const { call, heard } = ring(ann.agent);
    await world.clock.run(settle);
    call.cancel('SIP;cause=200;text="changed my mind"');
    await world.clock.run(settle);
    const reason = 'SIP;cause=200;text="changed my mind"';
    expect([desk.cancels, mobile.cancels]).toEqual([[reason], [reason]]);
    expect(heard.failures).toEqual([487]);
    await allIsOver(world, proxy, ann.agent, desk.agent, mobile.agent);
  });

  test("the second preference is tried when the first has rung for long enough", async () => {
    const targets: readonly Target[] = [{ uri: "sip:desk@10.0.0.3" }, { uri: "sip:mobile@10.0.0.4", qMilli: 500 }];
    const { world } = await house({ route: () => ({ targets, ringMs: ms(20_000) }) });
    const ann = await world.agent("10.0.0.2");
    const desk = await world.puppet("10.0.0.3");
    const mobile = await world.puppet("10.0.0.4");
    const { heard } = ring(ann);
    await world.clock.run(settle);
    desk.respond(desk.requests("INVITE")[0] ?? expect.fail(), 180);
    await world.clock.run(ms(19_000));
    expect(mobile.heard).toEqual([]);
    await world.clock.run(ms(2_000));
    expect(desk.requests("CANCEL")).not.toEqual([]);
    mobile.respond(mobile.requests("INVITE")[0] ?? expect.fail(), 200);
    await world.clock.run(settle);
    expect(heard.dialogs).toHaveLength(1);
  });
});

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

test("a request that two proxies pass to each other for ever is stopped by the first that knows it again", async () => {
  const { world, proxy } = await house({
    route: () => ({ targets: [{ uri: "sip:bob@example.org", route: ["<sip:10.0.0.9;lr>"] }] }),
  });
  const other = await world.agent("10.0.0.9");
  const passed: string[] = [];
  other.proxy({
    route: ({ request }) => {
      passed.push(request.uri);
      return { targets: [{ uri: "sip:bob@10.0.0.1" }] };
    },
  });
  const ann = await world.agent("10.0.0.2");
  const { heard } = ring(ann);
  await world.clock.run(settle);
  expect(heard.failures).toEqual([482]);
  expect(passed).toHaveLength(1);
  await allIsOver(world, proxy, other, ann);
});

test("calls through a proxy end right on both sides in bad weather", async () => {
  // Targets without flows: they are reached by their Contacts in the dialog too.
  const targets = [{ uri: "sip:bob@10.0.0.3" }, { uri: "sip:bob@10.0.0.4" }];
  const { world, proxy } = await house({ route: () => ({ targets }) });
  const ann = await phone(world, "10.0.0.2", "ann");
  const desk = await phone(world, "10.0.0.3", "bob");
  const mobile = await phone(world, "10.0.0.4", "bob");
  world.network.setWeather({ loss: 0.15, duplication: 0.1, delayMs: [5, 200] });
  let answered = 0;
  for (let i = 0; i < 60; i++) {
    const { heard } = ring(ann.agent);
    await world.clock.run(ms(4_000));
    const winner = i % 2 === 0 ? desk : mobile;
    const isAnswered = winner.calls.at(-1)?.isEnded === false;
    if (isAnswered) winner.answer();
    await world.clock.run(ms(60_000));
    const outcome = heard.dialogs[0]?.bye();
    await world.clock.run(ms(400_000));
    if (heard.dialogs.length > 0) expect(await outcome).toMatchObject({ ok: true });
    expect(heard.dialogs.length + heard.failures.length).toBe(1);
    answered += heard.dialogs.length;
  }
  expect(answered).toBeGreaterThan(50);
  for (const { agent } of [ann, desk, mobile]) expect(agent.describe()).toMatchObject({ dialogs: 0, calls: 0 });
  await allIsOver(world, proxy, ann.agent, desk.agent, mobile.agent);
});
