import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Dialog, EarlyDialog, IncomingRequest, InviteOptions, Outcome, SipRequest } from "../src/index.ts";
import { remoteControl, takesEvent } from "../src/index.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

/** A call of ours that rings at a phone without a stack, which names the packages that it takes. */
async function ringing(options: Partial<InviteOptions> = {}, fields: readonly (readonly [string, string])[] = []) {
  const world = makeWorld();
  const agent = await world.agent(SERVER);
  const phone = await world.puppet("10.0.0.2");
  const earlies: (EarlyDialog | undefined)[] = [];
  const asked: IncomingRequest[] = [];
  const answers: number[] = [];
  const dialogs: Dialog[] = [];
  const failures: number[] = [];
  const call = agent.invite(
    { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org", body: "v=0", ...options },
    {
      onProgress: (_status, _response, early) => void earlies.push(early),
      onRequest: (incoming) => void asked.push(incoming),
      onAnswer: (dialog, { status }) => {
        answers.push(status);
        dialogs.push(dialog);
        return { handlers: { onEnd() {} } };
      },
      onFailure: (status) => void failures.push(status),
    },
  );
  const run = (time = 5): Promise<void> => world.clock.run(ms(time));
  await run();
  const invite: SipRequest = phone.requests("INVITE")[0] ?? expect.fail("no call");
  phone.respond(invite, 180, { fields });
  await run();
  const early = earlies[0] ?? expect.fail("nobody rings");
  const notified = (): SipRequest => phone.requests("NOTIFY").at(-1) ?? expect.fail("no NOTIFY came");
  return { world, agent, phone, earlies, asked, answers, dialogs, failures, call, run, invite, early, notified };
}

const mayTalk = [["Allow-Events", "talk, hold"]] as const;

describe("a phone that rings, asked to take the call (Event: talk)", () => {
  test("says by its 180 whether it can be asked", async () => {
    const { early, phone, invite, run } = await ringing({}, mayTalk);
    expect([takesEvent(early.allowedEvents, "talk"), takesEvent(early.allowedEvents, "conference")]).toEqual([
      true,
      false,
    ]);
    phone.respond(invite, 180);
    await run();
    expect(early.allowedEvents).toEqual(["talk", "hold"]);
    expect((await ringing()).early.allowedEvents).toEqual([]);
    const loud = await ringing({}, [["Allow-Events", "TALK"]]);
    expect(takesEvent(loud.early.allowedEvents, "talk")).toBe(true);
  });

  test("is asked in the dialog that its 180 made, and takes the call", async () => {
    const { early, phone, invite, run, notified, answers, agent } = await ringing({}, mayTalk);
    const outcome = early.request("NOTIFY", remoteControl("talk"));
    await run();
    const { uri, headers } = notified();
    expect(uri).toBe("sip:bob@10.0.0.2:5060");
    expect([headers.get("Event"), headers.get("Subscription-State"), headers.toTag]).toEqual(["talk", "active", "bob"]);
    expect(headers.callId).toBe(invite.headers.callId);
    expect(headers.cseq?.number).toBe((invite.headers.cseq?.number ?? 0) + 1);
    phone.respond(notified(), 200);
    phone.respond(invite, 200, { body: "v=0" });
    await run();
    expect(await outcome).toMatchObject({ ok: true, status: 200 });
    expect(answers).toEqual([200]);
    await agent.close();
  });

  test("is reached along the route that its 180 told", async () => {
    const { early, run, notified } = await ringing({}, [["Record-Route", "<sip:far.example;lr>, <sip:10.0.0.2;lr>"]]);
    void early.request("NOTIFY", remoteControl("talk"));
    await run();
    expect(notified().headers.values("Route")).toEqual(["<sip:10.0.0.2;lr>", "<sip:far.example;lr>"]);
  });

  test("is reached over the flow that its call went by, whatever its contact says", async () => {
    const flow = {
      transport: "udp",
      local: { address: SERVER, port: 5060 },
      remote: { address: "10.0.0.2", port: 5060 },
    } as const;
    const { early, run, notified } = await ringing({ uri: "sip:bob@192.168.1.9", flow });
    void early.request("NOTIFY", remoteControl("talk"));
    await run();
    expect(notified().headers.get("Event")).toBe("talk");
  });

  test.each([405, 481, 489])("may refuse with %i, and rings on", async (status) => {
    const { early, phone, run, notified, answers, failures, invite } = await ringing();
    const outcome = early.request("NOTIFY", remoteControl("talk"));
    await run();
    phone.respond(notified(), status);
    await run();
    expect(await outcome).toMatchObject({ ok: false, status, cause: "rejected" });
    expect(failures).toEqual([]);
    phone.respond(invite, 200, { body: "v=0" });
    await run();
    expect(answers).toEqual([200]);
  });

  test("rings on when it does not answer the NOTIFY, and nothing is left behind", async () => {
    const { early, phone, run, invite, failures, agent, world } = await ringing();
    let outcome: Outcome | undefined;
    void early.request("NOTIFY", remoteControl("talk")).then((each) => {
      outcome = each;
    });
    await run(33_000);
    expect(outcome).toMatchObject({ ok: false, status: 408, cause: "timeout" });
    expect(failures).toEqual([]);
    phone.respond(invite, 486);
    await run(64_000);
    expect(failures).toEqual([486]);
    expect(agent.describe()).toMatchObject(nothingAlive);
    expect(await early.request("NOTIFY", remoteControl("talk"))).toMatchObject({ ok: false, cause: "closed" });
    expect(world.faults).toEqual([]);
  });

  test("counts on after the answer where the early dialog had come to", async () => {
    const { early, phone, run, invite, notified, dialogs } = await ringing();
    void early.request("NOTIFY", remoteControl("talk"));
    await run();
    phone.respond(notified(), 200);
    phone.respond(invite, 200, { body: "v=0" });
    await run();
    void dialogs[0]?.request("INFO");
    await run();
    const first = invite.headers.cseq?.number ?? 0;
    const numbers = ["ACK", "NOTIFY", "INFO"].map((method) => phone.requests(method)[0]?.headers.cseq?.number);
    expect(numbers).toEqual([first, first + 1, first + 2]);
  });

  test("outside any dialog gets its NOTIFY too, with its outcome", async () => {
    const { agent, phone, run, notified } = await ringing();
    const outcome = agent.send({
      method: "NOTIFY",
      uri: "sip:bob@10.0.0.2",
      from: "sip:ann@x",
      ...remoteControl("talk"),
    });
    await run();
    expect(notified().headers.toTag).toBeUndefined();
    phone.respond(notified(), 489);
    await run();
    expect(await outcome).toMatchObject({ ok: false, status: 489 });
  });
});

describe("a request of a peer that rings", () => {
  test("reaches the call's owner; a re-INVITE and one out of order do not", async () => {
    const { phone, invite, run, asked } = await ringing();
    const within = {
      From: "<sip:bob@10.0.0.2>;tag=bob",
      To: invite.headers.get("From") ?? "",
      "Call-ID": invite.headers.callId ?? "",
    };
    const ask = async (method: string, number: number): Promise<number | undefined> => {
      phone.request(method, { ...within, CSeq: `${number} ${method}` });
      await run();
      asked.at(-1)?.respond(200);
      await run();
      return phone.statuses().at(-1);
    };
    expect(await ask("UPDATE", 5)).toBe(200);
    expect(asked.map(({ request }) => request.method)).toEqual(["UPDATE"]);
    expect(await ask("INVITE", 6)).toBe(405);
    expect(await ask("OPTIONS", 7)).toBe(200);
    expect(await ask("INFO", 3)).toBe(500);
    expect(asked).toHaveLength(1);
  });
});
