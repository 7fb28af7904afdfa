import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Target } from "../src/index.ts";
import { allIsOver, house, phone, ring, settle } from "./proxy-house.ts";
import { SERVER } from "./world.ts";

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
