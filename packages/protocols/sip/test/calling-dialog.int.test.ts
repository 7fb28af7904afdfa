import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { Caller } from "./caller.ts";
import { makeCaller } from "./caller.ts";
import { nothingAlive } from "./world.ts";

const long = ms(200_000);

describe("the dialog of a call of ours", () => {
  let world: Caller["world"];
  let agent: Caller["agent"];
  let peer: Caller["peer"];
  let heard: Caller["heard"];
  let place: Caller["place"];
  let invited: Caller["invited"];
  let answered: Caller["answered"];

  beforeEach(async () => {
    ({ world, agent, peer, heard, place, invited, answered } = await makeCaller());
  });

  test("goes by the route set, nearest hop first, to the peer's contact", async () => {
    place();
    const dialog = await answered([["Record-Route", "<sip:far.example;lr;n=2>, <sip:10.0.0.2;lr;n=1>"]]);
    const [ack] = peer.requests("ACK");
    expect(ack?.headers.values("Route")).toEqual(["<sip:10.0.0.2;lr;n=1>", "<sip:far.example;lr;n=2>"]);
    expect(ack?.uri).toBe(dialog.remoteTarget);
    expect(dialog.remoteTarget).toBe("sip:bob@10.0.0.2:5060");
  });

  test("goes by a strict router as that wants it: addressed to it, the peer's contact last", async () => {
    place();
    const dialog = await answered([["Record-Route", "<sip:far.example;lr>, <sip:10.0.0.2;n=1>"]]);
    void dialog.request("INFO");
    await world.clock.run(ms(5));
    for (const request of [...peer.requests("ACK"), ...peer.requests("INFO")]) {
      expect(request.uri).toBe("sip:10.0.0.2;n=1");
      expect(request.headers.values("Route")).toEqual(["<sip:far.example;lr>", "<sip:bob@10.0.0.2:5060>"]);
    }
    expect(peer.requests("INFO")).toHaveLength(1);
  });

  test("requests in it prove themselves at once, under the next count of the nonce", async () => {
    place({ credentials: { username: "101", password: "open sesame" } });
    const challenge = 'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256';
    peer.respond(await invited(), 407, { fields: [["Proxy-Authenticate", challenge]] });
    await world.clock.run(ms(5));
    const dialog = await answered();
    void dialog.bye();
    await world.clock.run(ms(5));
    const proofs = [...peer.requests("INVITE"), ...peer.requests("BYE")].map(
      ({ headers }) => /nc=(\d+)/.exec(headers.get("Proxy-Authorization") ?? "")?.[1],
    );
    expect(proofs).toEqual([undefined, "00000001", "00000002"]);
  });

  test.each([
    { name: "the answer", acknowledge: () => ({ body: "v=0\r\nanswer" }), body: "v=0\r\nanswer" },
    {
      name: "nothing, when its owner throws",
      acknowledge: () => {
        throw new Error("oops");
      },
      body: "",
    },
  ])("a re-INVITE that asks for the peer's offer acknowledges it with $name", async ({ acknowledge, body }) => {
    place();
    const dialog = await answered();
    const offers: string[] = [];
    const outcome = dialog.reinvite({}, (response) => {
      offers.push(new TextDecoder().decode(response.body));
      return acknowledge();
    });
    const reinvite = await invited();
    expect([reinvite.body.length, reinvite.headers.toTag]).toEqual([0, "bob"]);
    for (let i = 0; i < 2; i++) peer.respond(reinvite, 200, { body: "v=0\r\noffer" });
    await world.clock.run(ms(5));
    expect(await outcome).toMatchObject({ ok: true });
    expect(offers).toEqual(["v=0\r\noffer"]);
    const acks = peer.requests("ACK").slice(1);
    expect(acks.map((ack) => new TextDecoder().decode(ack.body))).toEqual([body, body]);
    expect(acks[0]?.headers.cseq?.number).toBe(reinvite.headers.cseq?.number);
  });

  test("a re-INVITE of ours is acknowledged and may move the peer", async () => {
    place();
    const dialog = await answered();
    const outcome = dialog.reinvite({ body: "v=0\r\nagain" });
    await world.clock.run(ms(5));
    const reinvite = peer.requests("INVITE").at(-1) ?? expect.fail();
    expect(reinvite.headers.toTag).toBe("bob");
    peer.send(
      `SIP/2.0 200 OK\r\nVia: ${reinvite.headers.get("Via")}\r\nFrom: ${reinvite.headers.get("From")}\r\nTo: ${reinvite.headers.get("To")}\r\nCall-ID: ${reinvite.headers.callId}\r\nCSeq: ${reinvite.headers.get("CSeq")}\r\nContact: <sip:moved@10.0.0.2>\r\nContent-Length: 0\r\n\r\n`,
    );
    await world.clock.run(ms(5));
    expect(await outcome).toMatchObject({ ok: true, status: 200 });
    expect(peer.requests("ACK").at(-1)?.uri).toBe("sip:moved@10.0.0.2");
    expect(dialog.remoteTarget).toBe("sip:moved@10.0.0.2");
  });

  test("answers the peer's re-INVITE, resends that 200 until the ACK, and takes only one at a time", async () => {
    place();
    await answered();
    const invite = await invited();
    const from = `<sip:bob@10.0.0.2>;tag=bob`;
    const to = invite.headers.get("From") ?? "";
    const callId = invite.headers.callId ?? "";
    peer.request("INVITE", { From: from, To: to, "Call-ID": callId, CSeq: "10 INVITE" });
    peer.request("INVITE", { From: from, To: to, "Call-ID": callId, CSeq: "11 INVITE" });
    await world.clock.run(ms(5));
    expect(heard.reinvites).toHaveLength(1);
    expect(peer.statuses()).toEqual([500]);
    heard.reinvites[0]?.respond(200, { body: "v=0" });
    await world.clock.run(ms(600));
    const oks = (): number => peer.statuses().filter((status) => status === 200).length;
    expect(oks()).toBe(2);
    peer.request("ACK", { From: from, To: to, "Call-ID": callId, CSeq: "10 ACK" });
    await world.clock.run(ms(5_000));
    expect(oks()).toBe(2);
  });

  test("a re-INVITE that is not answered yet gets 487 when we hang up (RFC 3261 §15.1.2)", async () => {
    place();
    const dialog = await answered();
    const to = (await invited()).headers.get("From") ?? "";
    peer.request("INVITE", {
      From: "<sip:bob@10.0.0.2>;tag=bob",
      To: to,
      "Call-ID": dialog.id.callId,
      CSeq: "7 INVITE",
    });
    await world.clock.run(ms(5));
    expect(heard.reinvites).toHaveLength(1);
    void dialog.bye();
    await world.clock.run(ms(5));
    const answers = peer.responses().filter(({ headers }) => headers.cseq?.method === "INVITE");
    expect(answers.map(({ status }) => status)).toEqual([487]);
    expect(heard.reinvites[0]?.respond(200)).toBe(false);
    await world.clock.run(ms(100_000));
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a re-INVITE that times out ends the dialog as lost", async () => {
    place();
    const dialog = await answered();
    const outcome = dialog.reinvite({ body: "v=0" });
    await world.clock.run(ms(33_000));
    expect(await outcome).toMatchObject({ ok: false, status: 408, cause: "timeout" });
    expect(heard.ends).toEqual([{ by: "remote", cause: "lost" }]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });
});
