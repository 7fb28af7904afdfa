import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Dialog, DialogEnd, SipRequest } from "../src/index.ts";
import { requestsIn, responsesIn, talking } from "./pair.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const sessionTimers = { expiresSeconds: 600 };
const inDialog = ["UPDATE"];
const half = 300_000;

describe("a call with a timer between two of ours (RFC 4028)", () => {
  test("is refreshed by UPDATE at half its interval by who called, and lives on", async () => {
    const { world, hers, his, sent, got } = await talking({
      ann: { sessionTimers, inDialog },
      bob: { sessionTimers, inDialog },
    });
    const [invite] = requestsIn(sent, "INVITE");
    expect(invite?.headers.get("Session-Expires")).toBe("600");
    expect(invite?.headers.values("Supported")).toContain("timer");
    const [accepted] = responsesIn(got, "INVITE").filter(({ status }) => status === 200);
    expect(accepted?.headers.get("Session-Expires")).toBe("600;refresher=uac");
    expect(accepted?.headers.get("Require")).toBe("timer");
    await world.clock.run(ms(half - 1000));
    expect(requestsIn(sent, "UPDATE")).toHaveLength(0);
    await world.clock.run(ms(2000));
    const [update] = requestsIn(sent, "UPDATE");
    expect(update?.headers.get("Session-Expires")).toBe("600;refresher=uac");
    expect(update?.body.length).toBe(0);
    await world.clock.run(ms(10 * half));
    expect(requestsIn(sent, "UPDATE")).toHaveLength(11);
    expect(requestsIn(got, "UPDATE")).toHaveLength(0);
    expect([hers.isEnded, his.isEnded]).toEqual([false, false]);
  });

  test("is refreshed by a re-INVITE of its owner where UPDATE is not taken", async () => {
    const dialogs: { hers?: Dialog } = {};
    let asked = 0;
    const { world, hers, his, sent } = await talking({
      ann: { sessionTimers },
      bob: { sessionTimers },
      hers: {
        onRefreshDue: () => {
          asked++;
          void dialogs.hers?.reinvite({ body: "v=0" });
        },
      },
      his: { onReinvite: (incoming) => void incoming.respond(200, { body: "v=0" }) },
    });
    dialogs.hers = hers;
    await world.clock.run(ms(5 * half - 1000));
    expect(asked).toBe(4);
    expect(requestsIn(sent, "INVITE")).toHaveLength(5);
    expect([hers.isEnded, his.isEnded]).toEqual([false, false]);
  });

  test("is over for both when the refresher is gone, with a BYE and its reason", async () => {
    const ends: DialogEnd[] = [];
    const { world, ann, bob, got } = await talking({
      ann: { sessionTimers, inDialog },
      bob: { sessionTimers, inDialog },
      his: { onEnd: (end) => void ends.push(end) },
    });
    await ann.close();
    await world.clock.run(ms(567_000));
    expect(ends).toEqual([]);
    await world.clock.run(ms(2000));
    expect(ends).toMatchObject([{ by: "remote", cause: "lost" }]);
    expect(requestsIn(got, "BYE")[0]?.headers.get("Reason")).toBe('SIP;cause=408;text="Session expired"');
    await world.clock.run(ms(64_000));
    expect(bob.describe()).toMatchObject(nothingAlive);
  });

  test("leaves no timer when it ends by itself", async () => {
    const { world, hers, ann, bob } = await talking({ ann: { sessionTimers }, bob: { sessionTimers } });
    void hers.bye();
    await world.clock.run(ms(64_000));
    expect(ann.describe()).toMatchObject(nothingAlive);
    expect(bob.describe()).toMatchObject(nothingAlive);
  });

  test("has no timer when nobody switches it on", async () => {
    const { world, hers, sent, got } = await talking();
    expect(requestsIn(sent, "INVITE")[0]?.headers.has("Session-Expires")).toBe(false);
    await world.clock.run(ms(10 * half));
    expect([hers.isEnded, requestsIn(got, "BYE").length]).toEqual([false, 0]);
  });

  test("is refreshed by the side that has timers when the other has none", async () => {
    const { world, hers, his, got } = await talking({
      ann: { inDialog },
      bob: { sessionTimers },
      hers: { onRequest: (each) => void each.respond(200) },
    });
    await world.clock.run(ms(half + 1000));
    expect(requestsIn(got, "UPDATE")).toHaveLength(1);
    expect([hers.isEnded, his.isEnded]).toEqual([false, false]);
  });
});

/** A peer without a stack, and an agent with timers that takes its calls. */
async function answering(minSeconds = 90) {
  const world = makeWorld();
  const agent = await world.agent(SERVER, { sessionTimers: { expiresSeconds: 600, minSeconds } });
  const peer = await world.puppet("10.0.0.2");
  const ends: DialogEnd[] = [];
  let due = 0;
  agent.onCall((call) => {
    call.answer(
      { body: "v=0" },
      {
        onEnd: (end) => void ends.push(end),
        onReinvite: (incoming) => void incoming.respond(200, { body: "v=0" }),
        onRefreshDue: () => void due++,
      },
    );
  });
  const run = (time = 5): Promise<void> => world.clock.run(ms(time));
  return { world, agent, peer, ends, run, due: () => due };
}

describe("a call from a phone with a timer of its own", () => {
  test("that asks for too little gets 422 with what is wanted", async () => {
    const { peer, run } = await answering(300);
    peer.request("INVITE", { Supported: "timer", "Session-Expires": "120" }, "v=0");
    await run();
    const [refusal] = peer.responses();
    expect([refusal?.status, refusal?.headers.get("Min-SE")]).toEqual([422, "300"]);
  });

  test("may require the extension", async () => {
    const { peer, run } = await answering();
    peer.request("INVITE", { Supported: "timer", Require: "timer", "Session-Expires": "120" }, "v=0");
    await run();
    expect(peer.responses().at(-1)?.headers.get("Session-Expires")).toBe("120;refresher=uac");
  });

  test("that it refreshes by re-INVITE lives on; a re-INVITE for too little gets 422", async () => {
    const { peer, run, ends } = await answering(200);
    peer.request("INVITE", { Supported: "timer", "Session-Expires": "600" }, "v=0");
    await run();
    const to = peer.responses().at(-1)?.headers.get("To") ?? "";
    peer.request("ACK", { To: to, CSeq: "1 ACK" });
    const again = async (number: number, seconds: string): Promise<void> => {
      peer.request(
        "INVITE",
        { To: to, CSeq: `${number} INVITE`, Supported: "timer", "Session-Expires": seconds },
        "v=0",
      );
      await run();
      peer.request("ACK", { To: to, CSeq: `${number} ACK` });
    };
    for (let number = 2; number < 6; number++) {
      await run(half);
      await again(number, "600;refresher=uac");
      expect(peer.responses().at(-1)?.headers.get("Session-Expires")).toBe("600;refresher=uac");
    }
    await again(7, "199");
    expect(peer.responses().at(-1)?.status).toBe(422);
    await run(560_000);
    expect(ends).toEqual([]);
    await run(10_000);
    expect(ends).toMatchObject([{ cause: "lost" }]);
  });

  test("that leaves the refreshing to us is refreshed, again and again while it is refused, and ended when it never is", async () => {
    const { peer, run, ends, due } = await answering();
    peer.request(
      "INVITE",
      { Supported: "timer", "Session-Expires": "600;refresher=uas", Allow: "INVITE, ACK, BYE, UPDATE" },
      "v=0",
    );
    await run();
    const to = peer.responses().at(-1)?.headers.get("To") ?? "";
    peer.request("ACK", { To: to, CSeq: "1 ACK" });
    const updates = (): readonly SipRequest[] => peer.requests("UPDATE");
    await run(half);
    expect(updates()).toHaveLength(1);
    peer.respond(updates()[0] ?? expect.fail(), 500, { fields: [["Retry-After", "7"]] });
    await run(6900);
    expect(updates()).toHaveLength(1);
    await run(200);
    expect(updates()).toHaveLength(2);
    peer.respond(updates()[1] ?? expect.fail(), 200, { fields: [["Session-Expires", "600;refresher=uac"]] });
    await run(half + 100);
    const third = updates()[2] ?? expect.fail();
    peer.respond(third, 405);
    await run(100);
    expect(due()).toBe(1);
    await run(268_000);
    expect(due()).toBeGreaterThan(20);
    expect(ends).toMatchObject([{ cause: "lost" }]);
    const asked = due();
    await run(64_000);
    expect(due()).toBe(asked);
  });
});

describe("a call of ours to somebody who wants longer sessions", () => {
  async function calling(...replies: readonly (readonly [status: number, minSeconds: string])[]) {
    const world = makeWorld();
    const agent = await world.agent(SERVER, { sessionTimers });
    const peer = await world.puppet("10.0.0.2");
    const ended: number[] = [];
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@x", body: "v=0" },
      { onAnswer: () => ({ handlers: { onEnd() {} } }), onFailure: (status) => void ended.push(status) },
    );
    await world.clock.run(ms(5));
    for (const [status, min] of replies) {
      peer.respond(peer.requests("INVITE").at(-1) ?? expect.fail(), status, { fields: [["Min-SE", min]] });
      await world.clock.run(ms(5));
    }
    const asked = peer.requests("INVITE").map(({ headers }) => [headers.get("Session-Expires"), headers.get("Min-SE")]);
    return { asked, ended, invites: peer.requests("INVITE"), agent };
  }

  test("asks again for what a 422 wants, with the next number in the same call", async () => {
    const { asked, invites, ended } = await calling([422, "900"]);
    expect(asked).toEqual([
      ["600", undefined],
      ["900", "900"],
    ]);
    expect(new Set(invites.map(({ headers }) => headers.callId)).size).toBe(1);
    const numbers = invites.map(({ headers }) => headers.cseq?.number ?? 0);
    expect(numbers[1]).toBe((numbers[0] ?? 0) + 1);
    expect(ended).toEqual([]);
  });

  test.each([
    {
      name: "the same",
      replies: [
        [422, "900"],
        [422, "900"],
      ],
    },
    { name: "nothing", replies: [[422, ""]] },
    {
      name: "ever more",
      replies: [
        [422, "601"],
        [422, "602"],
        [422, "603"],
        [422, "604"],
        [422, "605"],
      ],
    },
    { name: "more than a day", replies: [[422, "90000"]] },
  ] as const)("gives up when a 422 wants $name", async ({ replies }) => {
    const { ended } = await calling(...replies);
    expect(ended).toEqual([422]);
  });
});
