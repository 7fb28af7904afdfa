import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { IncomingCall, IncomingRefer, Outcome, ReferSubscription, Replaces } from "../src/index.ts";
import { bodyText, callExtensions } from "../src/index.ts";
import type { Meeting } from "./pair.ts";
import { requestsIn, responsesIn, talking } from "./pair.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

/** A pair whose answering side, as a switch does, takes what it is asked. */
async function referring(meeting: Meeting = {}) {
  const refers: IncomingRefer[] = [];
  const opened: ReferSubscription[] = [];
  const onRefer = (refer: IncomingRefer): void => {
    refers.push(refer);
    const subscription = refer.accept();
    if (subscription !== undefined) opened.push(subscription);
  };
  const pair = await talking({ his: { onRefer }, ...meeting });
  const run = (time = 50): Promise<void> => pair.world.clock.run(ms(time));
  const notifies = () =>
    requestsIn(pair.got, "NOTIFY").map((each) => [
      each.headers.get("Event"),
      each.headers.get("Subscription-State"),
      bodyText(each).trim(),
    ]);
  return { ...pair, refers, opened, run, notifies };
}

describe("a REFER in a dialog (RFC 3515)", () => {
  test("is accepted, and its sender hears at once and to the end what becomes of it", async () => {
    const { hers, refers, opened, run, got, notifies, world } = await referring();
    const progress: number[] = [];
    const referral = hers.refer("sip:carol@example.org", {
      referredBy: "sip:ann@example.org",
      onProgress: (status) => void progress.push(status),
    });
    await run();
    expect(await referral.accepted).toMatchObject({ ok: true, status: 202 });
    expect(refers[0]?.target).toMatchObject({ uri: "sip:carol@example.org", method: "INVITE", replaces: undefined });
    expect(refers[0]?.referredBy?.uri).toBe("sip:ann@example.org");
    opened[0]?.tell(180);
    await run();
    opened[0]?.tell(200);
    opened[0]?.tell(486);
    await run();
    expect(await referral.result).toBe(200);
    expect(progress).toEqual([100, 180, 200]);
    expect(notifies()).toEqual([
      ["refer", "active;expires=180", "SIP/2.0 100 Trying"],
      ["refer", "active;expires=180", "SIP/2.0 180 Ringing"],
      ["refer", "terminated;reason=noresource", "SIP/2.0 200 OK"],
    ]);
    const numbers = requestsIn(got, "NOTIFY").map(({ headers }) => headers.cseq?.number ?? 0);
    expect(numbers).toEqual([1, 2, 3]);
    expect(requestsIn(got, "NOTIFY")[0]?.headers.get("Content-Type")).toBe("message/sipfrag;version=2.0");
    expect(opened[0]?.isOver).toBe(true);
    await opened[0]?.settled;
    expect(world.faults).toEqual([]);
  });

  test("is settled when the peer has answered the last word, and not before", async () => {
    const { hers, opened, run, world } = await referring();
    hers.refer("sip:carol@example.org");
    await run();
    let isSettled = false;
    void opened[0]?.settled.then(() => {
      isSettled = true;
    });
    opened[0]?.tell(200);
    await world.clock.run(ms(0));
    expect([opened[0]?.isOver, isSettled]).toEqual([true, false]);
    await run();
    expect(isSettled).toBe(true);
  });

  test("carries the dialog whose place is to be taken", async () => {
    const { hers, refers, run } = await referring();
    const replaces: Replaces = { callId: "a@b", toTag: "x", fromTag: "y", isEarlyOnly: false };
    hers.refer("sip:carol@example.org", { replaces });
    await run();
    expect(refers[0]?.target).toMatchObject({ uri: "sip:carol@example.org", replaces });
  });

  test("tells statuses in order, and only the newest of those that wait", async () => {
    const { opened, hers, run, notifies } = await referring();
    const referral = hers.refer("sip:carol@example.org");
    await run();
    for (const status of [180, 183, 200]) opened[0]?.tell(status);
    await run();
    expect(await referral.result).toBe(200);
    expect(notifies().map(([, , body]) => body)).toEqual([
      "SIP/2.0 100 Trying",
      "SIP/2.0 180 Ringing",
      "SIP/2.0 200 OK",
    ]);
  });

  test("that wants to hear nothing is told so and told nothing (RFC 4488)", async () => {
    const { hers, opened, run, notifies, got } = await referring();
    const referral = hers.refer("sip:carol@example.org", { isSilent: true });
    await run();
    expect(await referral.result).toBeUndefined();
    opened[0]?.tell(200);
    await run();
    expect(notifies()).toEqual([]);
    expect(responsesIn(got, "REFER")[0]?.headers.get("Refer-Sub")).toBe("false");
  });

  test("names the subscriptions of a dialog from the second on, and has four at once", async () => {
    const { hers, opened, run, notifies, got } = await referring();
    const outcomes: Outcome[] = [];
    for (let i = 0; i < 5; i++) {
      void hers.refer(`sip:${i}@example.org`).accepted.then((outcome) => outcomes.push(outcome));
      await run();
    }
    expect(outcomes.map(({ status }) => status)).toEqual([202, 202, 202, 202, 491]);
    const numbers = responsesIn(got, "REFER").map(({ headers }) => headers.cseq?.number);
    expect(notifies().map(([event]) => event)).toEqual(["refer", ...numbers.slice(1).map((id) => `refer;id=${id}`)]);
    for (const each of opened) each.tell(200);
    await run();
    const again = hers.refer("sip:again@example.org");
    await run();
    expect(await again.accepted).toMatchObject({ status: 202 });
  });

  test("with several at the peer's end gets 491 from us too, whoever asks", async () => {
    const world = makeWorld();
    const agent = await world.agent(SERVER);
    const peer = await world.puppet("10.0.0.2");
    agent.onCall((call) => call.answer({ body: "v=0" }, { onEnd() {}, onRefer: (refer) => void refer.accept() }));
    peer.request("INVITE", {}, "v=0");
    await world.clock.run(ms(5));
    const to = peer.responses().at(-1)?.headers.get("To") ?? "";
    peer.request("ACK", { To: to, CSeq: "1 ACK" });
    for (let i = 2; i < 8; i++) {
      peer.request("REFER", { To: to, CSeq: `${i} REFER`, "Refer-To": "<sip:c@x>" });
      await world.clock.run(ms(5));
    }
    expect(peer.statuses().slice(-6)).toEqual([202, 202, 202, 202, 491, 491]);
    await agent.close();
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test.each([
    { name: "without Refer-To", fields: {} },
    { name: "with two targets", fields: { "Refer-To": "<sip:a@x>, <sip:b@x>" } },
    { name: "with a broken Replaces", fields: { "Refer-To": "<sip:a@x?Replaces=a>" } },
  ])("$name gets 400", async ({ fields }) => {
    const { hers, run, refers } = await referring();
    const outcome = hers.request("REFER", { headers: Object.entries(fields) });
    await run();
    expect(await outcome).toMatchObject({ status: 400 });
    expect(refers).toEqual([]);
  });

  test("that is refused leaves no subscription", async () => {
    const { hers, run, notifies } = await referring({ his: { onRefer: (refer) => void refer.reject(603) } });
    const referral = hers.refer("sip:carol@example.org");
    await run();
    expect(await referral.accepted).toMatchObject({ ok: false, status: 603 });
    expect(await referral.result).toBeUndefined();
    expect(notifies()).toEqual([]);
    expect(hers.isEnded).toBe(false);
  });

  test("is a request like any other for an owner who serves no calls to be sent on", async () => {
    const { hers, run } = await referring({ his: {} });
    const referral = hers.refer("sip:carol@example.org");
    await run();
    expect(await referral.accepted).toMatchObject({ status: 405 });
  });

  test("whose call never ends is told what is known after three minutes", async () => {
    const { hers, run, notifies, opened } = await referring();
    hers.refer("sip:carol@example.org");
    await run();
    opened[0]?.tell(180);
    await run(179_000);
    expect(opened[0]?.isOver).toBe(false);
    await run(2000);
    expect(notifies().at(-1)).toEqual(["refer", "terminated;reason=timeout", "SIP/2.0 180 Ringing"]);
    expect(opened[0]?.isOver).toBe(true);
  });

  test("goes on telling when the call has ended, and stops when nobody listens", async () => {
    const { hers, opened, run, notifies, bob, world } = await referring();
    const referral = hers.refer("sip:carol@example.org");
    await run();
    void hers.bye();
    await run();
    expect(await referral.result).toBeUndefined();
    opened[0]?.tell(200);
    await run();
    expect(notifies().at(-1)?.[2]).toBe("SIP/2.0 200 OK");
    await world.clock.run(ms(200_000));
    expect(bob.describe()).toMatchObject(nothingAlive);
  });

  test("a NOTIFY that is not heard does not end the call", async () => {
    const { hers, his, opened, run } = await referring({
      hers: { onRequest: (incoming) => void incoming.respond(481) },
    });
    void hers.request("REFER", { headers: [["Refer-To", "<sip:c@x>"]] });
    await run();
    expect(opened[0]?.isOver).toBe(true);
    expect(his.isEnded).toBe(false);
  });

  test("may be unsubscribed from, and prolonged no further than it lasts", async () => {
    const { hers, opened, run, notifies } = await referring();
    hers.refer("sip:carol@example.org");
    await run();
    const event = ["Event", "refer"] as const;
    const longer = hers.request("SUBSCRIBE", { headers: [event, ["Expires", "9999"]] });
    await run();
    expect((await longer).response?.headers.get("Expires")).toBe("180");
    const none = hers.request("SUBSCRIBE", { headers: [event, ["Expires", "0"]] });
    await run();
    expect((await none).response?.headers.get("Expires")).toBe("0");
    expect(notifies().at(-1)?.[1]).toBe("terminated;reason=timeout");
    expect(opened[0]?.isOver).toBe(true);
    const late = hers.request("SUBSCRIBE", { headers: [event] });
    await run();
    expect(await late).toMatchObject({ status: 481 });
  });

  test("whose peer tells nothing is over after the asker's patience", async () => {
    const { hers, run, world } = await referring({
      his: { onRequest: (incoming) => void incoming.respond(202) },
    });
    let result: number | undefined | "waits" = "waits";
    void hers.refer("sip:c@x", { patienceMs: ms(10_000) }).result.then((status) => {
      result = status;
    });
    await run(9000);
    expect(result).toBe("waits");
    await run(1100);
    expect(result).toBeUndefined();
    expect(world.faults).toEqual([]);
  });
});

describe("a call with Replaces (RFC 3891)", () => {
  /** A switch that keeps its callers, and a phone. */
  async function house(supported: readonly string[] = callExtensions) {
    const world = makeWorld();
    const agent = await world.agent(SERVER, { supported });
    const phone = await world.puppet("10.0.0.2");
    const calls: IncomingCall[] = [];
    agent.onCall((call) => {
      calls.push(call);
      call.progress(180);
    });
    const run = (): Promise<void> => world.clock.run(ms(5));
    phone.request("INVITE", {}, "v=0");
    await run();
    const toTag = phone.responses().at(-1)?.headers.toTag ?? "";
    return { world, agent, phone, calls, run, toTag };
  }

  test("reaches onCall with the dialog that it names, which the agent finds as it stands", async () => {
    const { agent, phone, calls, run, toTag } = await house();
    const value = `call-1;to-tag=${toTag};from-tag=ann`;
    phone.request("INVITE", { "Call-ID": "call-2", Require: "replaces", Replaces: value }, "v=0");
    await run();
    const replaces = calls[1]?.replaces;
    expect(replaces).toEqual({ callId: "call-1", toTag, fromTag: "ann", isEarlyOnly: false });
    if (replaces === undefined) return;
    const id = { callId: "call-1", localTag: toTag, remoteTag: "ann" };
    expect(agent.dialogOf(replaces)).toEqual({ id, at: "early", isCaller: false });
    calls[0]?.answer({ body: "v=0" }, { onEnd() {} });
    expect(agent.dialogOf(replaces)).toEqual({ id, at: "confirmed", isCaller: false });
    expect(agent.dialogOf({ ...replaces, fromTag: "eve" })).toBeUndefined();
    expect(agent.dialogOf({ ...replaces, toTag: "ann", fromTag: toTag })).toBeUndefined();
  });

  test("that cannot be read gets 400, and several get it too", async () => {
    const { phone, calls, run, toTag } = await house();
    for (const [i, value] of ["nonsense", `a;to-tag=${toTag};from-tag=b, c;to-tag=d;from-tag=e`].entries()) {
      phone.request("INVITE", { "Call-ID": `call-x${i}`, Replaces: value }, "v=0");
      await run();
      expect(phone.statuses().at(-1)).toBe(400);
    }
    expect(calls).toHaveLength(1);
  });

  test("is a call like any other where it is not supported, and 420 when it must be", async () => {
    const { phone, calls, run, toTag } = await house([]);
    phone.request("INVITE", { "Call-ID": "call-2", Replaces: `call-1;to-tag=${toTag};from-tag=ann` }, "v=0");
    await run();
    expect(calls[1]?.replaces).toBeUndefined();
    phone.request("INVITE", { "Call-ID": "call-3", Require: "replaces", Replaces: "x" }, "v=0");
    await run();
    expect(phone.statuses().at(-1)).toBe(420);
  });

  test("finds a call of ours that rings, and tells peers that it may be replaced", async () => {
    const { agent, phone, run } = await house();
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:switch@x", callId: "ours", body: "v=0" },
      { onAnswer: () => ({ handlers: { onEnd() {} } }), onFailure() {} },
    );
    await run();
    const invite = phone.requests("INVITE")[0] ?? expect.fail("no call");
    expect(invite.headers.values("Supported")).toEqual(["replaces", "norefersub"]);
    phone.respond(invite, 180);
    await run();
    const named = { callId: "ours", toTag: invite.headers.fromTag ?? "", fromTag: "bob" };
    expect(agent.dialogOf(named)).toMatchObject({ at: "early", isCaller: true });
    await agent.close();
  });
});
