import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type {
  Dialog,
  DialogEnd,
  EarlyDialog,
  IncomingCall,
  IncomingRequest,
  SipAgentOptions,
  SipRequest,
} from "../src/index.ts";
import { bodyText } from "../src/index.ts";
import { talking } from "./pair.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const supports = { Supported: "100rel" };

/** A call from a peer without a stack to an agent that has its provisional responses acknowledged. */
async function called(
  reliable: SipAgentOptions["reliable"] = "always",
  fields: Readonly<Record<string, string>> = supports,
) {
  const world = makeWorld();
  const agent = await world.agent(SERVER, reliable === undefined ? {} : { reliable });
  const peer = await world.puppet("10.0.0.2");
  const calls: IncomingCall[] = [];
  const ends: DialogEnd[] = [];
  agent.onCall((call) => void calls.push(call));
  const run = (time = 5): Promise<void> => world.clock.run(ms(time));
  peer.request("INVITE", fields, "v=0");
  await run();
  const call = (): IncomingCall => calls[0] ?? expect.fail("no call came");
  const numbers = (): readonly (string | undefined)[] =>
    peer.responses().flatMap(({ status, headers }) => (status > 100 && status < 200 ? [headers.get("RSeq")] : []));
  let sent = 1;
  const prack = async (rack: string, body = ""): Promise<number | undefined> => {
    const to = peer.responses().at(-1)?.headers.get("To") ?? "";
    peer.request("PRACK", { To: to, CSeq: `${++sent} PRACK`, RAck: rack }, body);
    await run();
    return peer.responses().findLast(({ headers }) => headers.cseq?.method === "PRACK")?.status;
  };
  const prackLast = (body = ""): Promise<number | undefined> => prack(`${numbers().at(-1)} 1 INVITE`, body);
  const ack = async (): Promise<void> => {
    peer.request("ACK", { To: peer.responses().at(-1)?.headers.get("To") ?? "", CSeq: "1 ACK" });
    await run();
  };
  const answer = (): Dialog | undefined => call().answer({ body: "v=0" }, { onEnd: (end) => void ends.push(end) });
  const accepted = (): number =>
    peer.responses().filter(({ status, headers }) => status === 200 && headers.cseq?.method === "INVITE").length;
  return { world, agent, peer, call, calls, ends, run, numbers, prack, prackLast, ack, answer, accepted };
}

describe("a provisional response that is acknowledged (RFC 3262 §3)", () => {
  test("is sent again, each time after twice as long, until its PRACK comes", async () => {
    const { call, run, numbers, prackLast, peer } = await called();
    expect(call().progress(180)).toBe(true);
    await run();
    expect(peer.responses().at(-1)?.headers.get("Require")).toBe("100rel");
    await run(500);
    expect(numbers()).toHaveLength(2);
    await run(1000);
    expect(numbers()).toHaveLength(3);
    await run(14_000);
    expect(numbers()).toHaveLength(6);
    expect(new Set(numbers()).size).toBe(1);
    expect(await prackLast()).toBe(200);
    await run(30_000);
    expect(numbers()).toHaveLength(6);
    expect(call().isEnded).toBe(false);
  });

  test.each([
    { name: "another number", rack: (rseq: number) => `${rseq + 1} 1 INVITE` },
    { name: "another INVITE", rack: (rseq: number) => `${rseq} 2 INVITE` },
    { name: "another method", rack: (rseq: number) => `${rseq} 1 UPDATE` },
    { name: "nothing that can be read", rack: () => "INVITE" },
  ])("is not acknowledged by a PRACK for $name", async ({ rack }) => {
    const { call, run, numbers, prack } = await called();
    call().progress(180);
    await run();
    expect(await prack(rack(Number(numbers()[0])))).toBe(481);
    await run(600);
    expect(numbers()).toHaveLength(2);
  });

  test("that is never acknowledged ends the call with 504", async () => {
    const { call, run, agent, peer } = await called();
    let isCancelled = false;
    call().onCancel(() => {
      isCancelled = true;
    });
    call().progress(180);
    await run(32_500);
    expect(peer.statuses()).toContain(504);
    expect([call().isEnded, isCancelled]).toEqual([true, true]);
    await run(64_000);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("lets the next one wait for its PRACK, and no more than eight", async () => {
    const { call, run, numbers, prackLast, peer } = await called();
    call().progress(180);
    const kept = Array.from({ length: 9 }, () => call().progress(183));
    expect(kept).toEqual([true, true, true, true, true, true, true, true, false]);
    await run();
    expect(peer.statuses().filter((status) => status === 183)).toEqual([]);
    await prackLast();
    expect(numbers().map(Number)).toEqual([Number(numbers()[0]), Number(numbers()[0]) + 1]);
  });

  test("holds the answer back when it carries a session description", async () => {
    const { call, run, prackLast, answer, accepted, ends, ack } = await called();
    call().progress(183, { body: "v=0" });
    await run();
    const dialog = answer();
    await run(1000);
    expect(accepted()).toBe(0);
    expect(await prackLast()).toBe(200);
    expect(accepted()).toBe(1);
    await ack();
    await run(40_000);
    expect([dialog?.isEnded, ends.length]).toEqual([false, 0]);
  });

  test("without one does not, and its PRACK may come after the answer", async () => {
    const { call, run, prackLast, answer, accepted, numbers } = await called();
    call().progress(180);
    await run();
    answer();
    await run();
    expect(accepted()).toBe(1);
    expect(await prackLast()).toBe(200);
    await run(10_000);
    expect(numbers()).toHaveLength(1);
  });

  test("whose caller gives up while the answer is held back ends the dialog", async () => {
    const { call, run, answer, ends, peer, agent } = await called();
    call().progress(183, { body: "v=0" });
    await run();
    answer();
    peer.request("CANCEL", { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-p0", CSeq: "1 CANCEL" });
    await run();
    expect(peer.statuses()).toContain(487);
    expect(ends).toMatchObject([{ by: "remote", cause: "bye" }]);
    await run(64_000);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("that is never acknowledged takes the answer that it holds back with it", async () => {
    const { call, run, answer, ends, peer, agent } = await called();
    call().progress(183, { body: "v=0" });
    await run();
    answer();
    await run(33_000);
    expect(peer.statuses()).toContain(504);
    expect(ends).toMatchObject([{ by: "local", cause: "no-ack" }]);
    await run(64_000);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("lets a BYE wait for the answer that it holds back, and for its ACK", async () => {
    const { call, run, answer, peer, prackLast, ack, accepted } = await called();
    call().progress(183, { body: "v=0" });
    await run();
    void answer()?.bye();
    await run(100);
    expect(peer.requests("BYE")).toHaveLength(0);
    await prackLast();
    expect([accepted(), peer.requests("BYE").length]).toEqual([1, 0]);
    await ack();
    expect(peer.requests("BYE")).toHaveLength(1);
  });

  test("whose PRACK has a body is the owner's to answer", async () => {
    const { call, run, prackLast, peer } = await called();
    call().onRequest((incoming) => void incoming.respond(200, { body: `${bodyText(incoming.request)} answered` }));
    call().progress(183, { body: "v=0" });
    await run();
    expect(await prackLast("v=0 offer")).toBe(200);
    expect(bodyText(peer.responses().at(-1) ?? expect.fail())).toBe("v=0 offer answered");
  });

  test.each([
    { reliable: "always", fields: {}, isReliable: false },
    { reliable: "always", fields: supports, isReliable: true },
    { reliable: "asked", fields: supports, isReliable: false },
    { reliable: "asked", fields: { Require: "100rel" }, isReliable: true },
    { reliable: undefined, fields: supports, isReliable: false },
  ] as const)(
    "goes out ($reliable) to a caller with $fields: $isReliable",
    async ({ reliable, fields, isReliable }) => {
      const world = makeWorld();
      const agent = await world.agent(SERVER, reliable === undefined ? {} : { reliable });
      const peer = await world.puppet("10.0.0.2");
      agent.onCall((call) => void call.progress(180));
      peer.request("INVITE", fields, "v=0");
      await world.clock.run(ms(5));
      expect(peer.responses().at(-1)?.headers.has("RSeq")).toBe(isReliable);
      await agent.close();
      expect(agent.describe()).toMatchObject(nothingAlive);
    },
  );

  test("is refused to callers who require it where it is switched off", async () => {
    const world = makeWorld();
    const agent = await world.agent(SERVER);
    const peer = await world.puppet("10.0.0.2");
    agent.onCall((call) => void call.progress(180));
    peer.request("INVITE", { Require: "100rel" }, "v=0");
    await world.clock.run(ms(5));
    expect(peer.statuses()).toEqual([420]);
  });
});

describe("a reliable provisional response to a call of ours (RFC 3262 §4)", () => {
  async function calling(options: Partial<SipAgentOptions> = { reliable: "asked" }) {
    const world = makeWorld();
    const agent = await world.agent(SERVER, options);
    const peer = await world.puppet("10.0.0.2");
    const progress: number[] = [];
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@x", body: "v=0" },
      {
        onProgress: (status) => void progress.push(status),
        onReliable: ({ status }) => ({ body: `v=0 to ${status}` }),
        onAnswer: () => ({ handlers: { onEnd() {} } }),
        onFailure() {},
      },
    );
    await world.clock.run(ms(5));
    const invite: SipRequest = peer.requests("INVITE")[0] ?? expect.fail("no call");
    const say = async (status: number, rseq: number, tag = "bob"): Promise<void> => {
      peer.respond(invite, status, {
        tag,
        fields: [
          ["Require", "100rel"],
          ["RSeq", String(rseq)],
        ],
        body: "v=0",
      });
      await world.clock.run(ms(5));
      for (const each of peer.requests("PRACK")) peer.respond(each, 200);
    };
    const pracks = () =>
      peer.requests("PRACK").map((each) => [each.headers.get("RAck"), each.headers.toTag, bodyText(each)]);
    return { invite, say, pracks, progress };
  }

  test("is acknowledged once, in its order and its branch, with what the owner answers", async () => {
    const { invite, say, pracks, progress } = await calling();
    const cseq = invite.headers.cseq?.number;
    expect(invite.headers.values("Supported")).toContain("100rel");
    await say(180, 40);
    await say(180, 40);
    await say(183, 42);
    await say(183, 41);
    await say(180, 7, "carol");
    expect(pracks()).toEqual([
      [`40 ${cseq} INVITE`, "bob", "v=0 to 180"],
      [`41 ${cseq} INVITE`, "bob", "v=0 to 183"],
      [`7 ${cseq} INVITE`, "carol", "v=0 to 180"],
    ]);
    expect(progress).toEqual([180, 183, 180]);
  });

  test("is a response like any other where it is switched off", async () => {
    const { invite, say, pracks, progress } = await calling({});
    expect(invite.headers.has("Supported")).toBe(false);
    await say(180, 40);
    expect([pracks(), progress]).toEqual([[], [180]]);
  });
});

describe("UPDATE before the answer (RFC 3311)", () => {
  test("goes both ways between two of ours, whose ringing is acknowledged", async () => {
    const world = makeWorld();
    const ann = await world.agent(SERVER, { reliable: "always" });
    const bob = await world.agent("10.0.0.2", { reliable: "always" });
    const early: (EarlyDialog | undefined)[] = [];
    const asked: string[] = [];
    const serve = (who: string) => (incoming: IncomingRequest) => {
      asked.push(`${who}: ${incoming.request.method} ${bodyText(incoming.request)}`);
      incoming.respond(200, { body: "v=0 answer" });
    };
    const calls: IncomingCall[] = [];
    let hers: Dialog | undefined;
    bob.onCall((call) => {
      calls.push(call);
      call.onRequest(serve("bob"));
      call.progress(183, { body: "v=0" });
    });
    ann.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@x", body: "v=0" },
      {
        onProgress: (_status, _response, each) => void early.push(each),
        onRequest: serve("ann"),
        onAnswer: (dialog) => {
          hers = dialog;
          return { handlers: { onEnd() {} } };
        },
        onFailure: (status) => expect.fail(`failed: ${status}`),
      },
    );
    await world.clock.run(ms(100));
    const hersToHim = early[0]?.request("UPDATE", { body: "v=0 hers" });
    await world.clock.run(ms(50));
    const hisToHer = calls[0]?.send("UPDATE", { body: "v=0 his" });
    await world.clock.run(ms(50));
    expect([(await hersToHim)?.status, (await hisToHer)?.status]).toEqual([200, 200]);
    expect(asked).toEqual(["bob: UPDATE v=0 hers", "ann: UPDATE v=0 his"]);
    const his = calls[0]?.answer({ body: "v=0" }, { onEnd() {} });
    await world.clock.run(ms(100));
    const info = his?.request("OPTIONS");
    await world.clock.run(ms(50));
    expect((await info)?.status).toBe(200);
    void hers?.bye();
    await world.clock.run(ms(64_000));
    expect(await calls[0]?.send("UPDATE")).toMatchObject({ ok: false, status: 481 });
    expect([ann.describe(), bob.describe()]).toMatchObject([nothingAlive, nothingAlive]);
    expect(world.faults).toEqual([]);
  });
});

describe("UPDATEs with offers in a dialog (RFC 3311 §5.2)", () => {
  test("that cross get 491 on both sides", async () => {
    const onRequest = (incoming: IncomingRequest): void => void incoming.respond(200, { body: "v=0" });
    const { hers, his, world } = await talking({ hers: { onRequest }, his: { onRequest } });
    const both = Promise.all([hers.request("UPDATE", { body: "v=0" }), his.request("UPDATE", { body: "v=0" })]);
    await world.clock.run(ms(100));
    expect((await both).map(({ status }) => status)).toEqual([491, 491]);
    const again = hers.request("UPDATE", { body: "v=0" });
    await world.clock.run(ms(100));
    expect((await again).status).toBe(200);
  });

  test("come one after the other: the second is refused at home, and a re-INVITE beside it", async () => {
    const { hers, world } = await talking({ his: { onRequest: (incoming) => void incoming.respond(200) } });
    const first = hers.request("UPDATE", { body: "v=0" });
    expect(await hers.request("UPDATE", { body: "v=0" })).toMatchObject({ status: 491 });
    expect(await hers.reinvite({ body: "v=0" })).toMatchObject({ status: 491 });
    await world.clock.run(ms(100));
    expect(await first).toMatchObject({ ok: true });
  });

  test("while one is not answered get 500 with Retry-After", async () => {
    const world = makeWorld();
    const agent = await world.agent(SERVER);
    const peer = await world.puppet("10.0.0.2");
    const asked: IncomingRequest[] = [];
    agent.onCall((call) => call.answer({ body: "v=0" }, { onEnd() {}, onRequest: (each) => void asked.push(each) }));
    peer.request("INVITE", {}, "v=0");
    await world.clock.run(ms(5));
    const to = peer.responses().at(-1)?.headers.get("To") ?? "";
    peer.request("ACK", { To: to, CSeq: "1 ACK" });
    for (const number of [2, 3]) {
      peer.request("UPDATE", { To: to, CSeq: `${number} UPDATE` }, "v=0");
      await world.clock.run(ms(5));
    }
    expect(asked).toHaveLength(1);
    const last = peer.responses().at(-1);
    expect([last?.status, Number(last?.headers.get("Retry-After")) <= 10]).toEqual([500, true]);
    asked[0]?.respond(200, { body: "v=0" });
    peer.request("UPDATE", { To: to, CSeq: "4 UPDATE" }, "v=0");
    await world.clock.run(ms(5));
    expect(asked).toHaveLength(2);
  });
});
