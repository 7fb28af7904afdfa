import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { DialogEnd } from "../src/index.ts";
import type { Caller } from "./caller.ts";
import { makeCaller } from "./caller.ts";
import { nothingAlive } from "./world.ts";

const settle = ms(100);
const long = ms(200_000);

describe("a call of ours", () => {
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

  test("rings, is answered and acknowledged; hanging up leaves nothing", async () => {
    place();
    const invite = await invited();
    expect(invite.headers.get("From")).toMatch(/^"Ann" <sip:ann@example.org>;tag=[0-9a-f]{16}$/);
    expect(invite.headers.via?.params.get("branch")).toMatch(/^z9hG4bK[0-9a-f]{24}$/);
    expect(invite.headers.get("Contact")).toBe("<sip:10.0.0.1:5060>");
    peer.respond(invite, 100);
    peer.respond(invite, 180);
    peer.respond(invite, 200, { body: "v=0" });
    await world.clock.run(ms(5));
    expect(heard.progress).toEqual([180]);
    const [ack] = peer.requests("ACK");
    expect(ack?.uri).toBe("sip:bob@10.0.0.2:5060");
    expect(ack?.headers.get("CSeq")).toBe(invite.headers.get("CSeq")?.replace("INVITE", "ACK"));
    const outcome = heard.dialogs[0]?.bye();
    await world.clock.run(ms(5));
    const [bye] = peer.requests("BYE");
    expect(bye?.headers.cseq?.number).toBe((invite.headers.cseq?.number ?? 0) + 1);
    peer.respond(bye ?? expect.fail(), 200);
    await world.clock.run(ms(5));
    expect(await outcome).toMatchObject({ ok: true });
    expect(heard.ends).toEqual([{ by: "local", cause: "bye" }]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("acknowledges a repeated 200 each time, and tells its owner once", async () => {
    place();
    await answered();
    for (let i = 0; i < 3; i++) peer.respond(await invited(), 200, { body: "v=0" });
    await world.clock.run(settle);
    expect(peer.requests("ACK")).toHaveLength(4);
    expect(heard.dialogs).toHaveLength(1);
  });

  test("a BYE from within the answer goes out after the ACK", async () => {
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org" },
      {
        onAnswer: (dialog) => {
          void dialog.bye();
          return { handlers: { onEnd() {} } };
        },
        onFailure: () => expect.fail("the call failed"),
      },
    );
    peer.respond(await invited(), 200);
    await world.clock.run(ms(5));
    expect(peer.heard.map((message) => (message.type === "request" ? message.method : ""))).toEqual([
      "INVITE",
      "ACK",
      "BYE",
    ]);
  });

  test("an end that its owner brings about from within the answer is told to it", async () => {
    const ends: DialogEnd[] = [];
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org" },
      {
        onAnswer: (dialog) => {
          void dialog.bye();
          return { handlers: { onEnd: (end) => void ends.push(end) } };
        },
        onFailure: () => expect.fail("the call failed"),
      },
    );
    peer.respond(await invited(), 200);
    await world.clock.run(ms(5));
    expect(ends).toEqual([{ by: "local", cause: "bye" }]);
  });

  test("is ended when its owner throws at the answer, as nobody else would end it", async () => {
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org" },
      {
        onAnswer: () => {
          throw new Error("oops");
        },
        onFailure: () => expect.fail("the call failed"),
      },
    );
    peer.respond(await invited(), 200);
    await world.clock.run(ms(5));
    const [bye] = peer.requests("BYE");
    peer.respond(bye ?? expect.fail("no BYE came"), 200);
    await world.clock.run(long);
    expect(world.faults).toHaveLength(1);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("tells ringing branches apart; each is a dialog before one of them answers (RFC 3261 §12.1.2)", async () => {
    const tags: (string | undefined)[] = [];
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org" },
      {
        onProgress: (_status, _response, early) => void tags.push(early?.id.remoteTag),
        onAnswer: (dialog) => {
          heard.dialogs.push(dialog);
          return { handlers: { onEnd() {}, onRequest: (incoming) => void incoming.respond(200) } };
        },
        onFailure: () => expect.fail("the call failed"),
      },
    );
    const invite = await invited();
    for (const tag of ["desk", "cell", "desk"]) peer.respond(invite, 180, { tag });
    await world.clock.run(ms(5));
    expect(tags).toEqual(["desk", "cell", "desk"]);
    const early = agent.describe().dialogList.map(({ id, at }) => [id.remoteTag, at]);
    expect(early).toEqual([
      ["desk", "early"],
      ["cell", "early"],
    ]);
    const inBranch = (method: string, cseq: number): void =>
      peer.request(method, {
        From: "<sip:bob@10.0.0.2>;tag=cell",
        To: invite.headers.get("From") ?? "",
        "Call-ID": invite.headers.callId ?? "",
        CSeq: `${cseq} ${method}`,
      });
    inBranch("OPTIONS", 5);
    inBranch("UPDATE", 6);
    inBranch("OPTIONS", 4);
    await world.clock.run(ms(5));
    expect(peer.statuses()).toEqual([200, 405, 500]);
    peer.respond(invite, 200, { tag: "cell" });
    await world.clock.run(ms(5));
    inBranch("INFO", 5);
    inBranch("INFO", 7);
    await world.clock.run(ms(5));
    expect(peer.statuses().slice(3)).toEqual([500, 200]);
    expect(agent.describe().dialogList.map(({ id, at }) => [id.remoteTag, at])).toEqual([["cell", "confirmed"]]);
  });

  test("names a bounded number of ringing branches", async () => {
    place();
    const invite = await invited();
    for (let i = 0; i < 50; i++) peer.respond(invite, 180, { tag: `b${i}` });
    await world.clock.run(ms(5));
    expect(heard.progress).toHaveLength(50);
    expect(agent.describe().dialogList).toHaveLength(32);
    peer.respond(invite, 486);
    await world.clock.run(ms(5));
    expect(agent.describe().dialogList).toEqual([]);
  });

  test("the ACK carries the answer when the 200 carried the offer", async () => {
    agent.invite(
      { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org" },
      { onAnswer: () => ({ handlers: { onEnd() {} }, ack: { body: "v=0\r\nanswer" } }), onFailure() {} },
    );
    peer.respond(await invited(), 200, { body: "v=0\r\noffer" });
    await world.clock.run(ms(5));
    expect(new TextDecoder().decode(peer.requests("ACK")[0]?.body)).toBe("v=0\r\nanswer");
  });

  test("a second branch that answers is acknowledged and ended, the first lives on (RFC 3261 §13.2.2.4)", async () => {
    place();
    await answered();
    peer.respond(await invited(), 200, { tag: "late", body: "v=0" });
    await world.clock.run(ms(5));
    const [bye] = peer.requests("BYE");
    expect(peer.requests("ACK").map(({ headers }) => headers.toTag)).toEqual(["bob", "late"]);
    expect(bye?.headers.toTag).toBe("late");
    peer.respond(bye ?? expect.fail(), 200);
    peer.respond(await invited(), 200, { tag: "late", body: "v=0" });
    await world.clock.run(ms(5));
    expect(peer.requests("ACK").map(({ headers }) => headers.toTag)).toEqual(["bob", "late", "late"]);
    expect(heard.dialogs).toHaveLength(1);
    expect(heard.ends).toEqual([]);
    expect(agent.describe().dialogs).toBe(1);
  });

  test("is cancelled once it rings, and ends by 487", async () => {
    const call = place();
    call.cancel('SIP;cause=200;text="Call completed elsewhere"');
    const invite = await invited();
    expect(peer.requests("CANCEL")).toHaveLength(0);
    peer.respond(invite, 180);
    await world.clock.run(ms(5));
    const [cancel] = peer.requests("CANCEL");
    expect(cancel?.headers.get("Via")).toBe(invite.headers.get("Via"));
    expect(cancel?.headers.get("Reason")).toBe('SIP;cause=200;text="Call completed elsewhere"');
    expect(cancel?.headers.get("To")).toBe(invite.headers.get("To"));
    peer.respond(cancel ?? expect.fail(), 200);
    peer.respond(invite, 487);
    await world.clock.run(ms(5));
    expect(heard.failures).toEqual([[487, "cancelled"]]);
    expect(heard.progress).toEqual([]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a 200 that crosses the CANCEL is acknowledged and ended", async () => {
    const call = place();
    peer.respond(await invited(), 180);
    await world.clock.run(ms(5));
    call.cancel();
    peer.respond(await invited(), 200, { body: "v=0" });
    await world.clock.run(ms(5));
    expect(peer.heard.map((message) => (message.type === "request" ? message.method : ""))).toEqual([
      "INVITE",
      "CANCEL",
      "ACK",
      "BYE",
    ]);
    expect(heard).toMatchObject({ dialogs: [], failures: [[487, "cancelled"]] });
  });

  test("a peer that swallows the CANCEL is given up after 64 × T1", async () => {
    const call = place();
    peer.respond(await invited(), 180);
    await world.clock.run(ms(5));
    call.cancel();
    await world.clock.run(ms(31_900));
    expect(heard.failures).toEqual([]);
    await world.clock.run(ms(200));
    expect(heard.failures).toEqual([[487, "cancelled"]]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("is cancelled by itself when its time is up", async () => {
    place({ deadlineMs: ms(10_000) });
    peer.respond(await invited(), 180);
    await world.clock.run(ms(10_000));
    peer.respond(await invited(), 487);
    await world.clock.run(ms(5));
    expect(peer.requests("CANCEL")).toHaveLength(1);
    expect(heard.failures).toEqual([[408, "timeout"]]);
  });

  test("to a peer that says nothing is sent seven times and fails after 64 × T1", async () => {
    place();
    await world.clock.run(ms(32_100));
    expect(peer.requests("INVITE")).toHaveLength(7);
    expect(heard.failures).toEqual([[408, "timeout"]]);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("to nowhere fails at once, but not before `invite` returns", async () => {
    for (const uri of ["sip:bob@nowhere.example", "tel:+39123", "sip:bob@[2001:db8::1]"]) {
      heard.failures.length = 0;
      place({ uri });
      await world.clock.run(ms(1));
      expect(heard.failures).toEqual([[503, "transport"]]);
    }
  });

  test("is refused, and the refusal acknowledged", async () => {
    place();
    peer.respond(await invited(), 486);
    await world.clock.run(ms(5));
    expect(heard.failures).toEqual([[486, "rejected"]]);
    const [ack] = peer.requests("ACK");
    expect(ack?.headers.get("Via")).toBe(peer.requests("INVITE")[0]?.headers.get("Via"));
    expect(ack?.headers.toTag).toBe("bob");
  });

  test("answers a challenge by itself: the refusal is acknowledged, the next INVITE and its ACK carry the proof", async () => {
    place({ credentials: { username: "101", password: "open sesame" } });
    const first = await invited();
    const challenge = 'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256';
    peer.respond(first, 407, { fields: [["Proxy-Authenticate", challenge]] });
    await world.clock.run(ms(5));
    const second = await invited();
    expect(peer.requests("ACK")).toHaveLength(1);
    expect(second.headers.get("Proxy-Authorization")).toMatch(
      /^Digest username="101", realm="r", nonce="n1", uri="sip:bob@10.0.0.2", response="[0-9a-f]{64}"/,
    );
    expect([second.headers.fromTag, second.headers.callId]).toEqual([first.headers.fromTag, first.headers.callId]);
    expect(second.headers.cseq?.number).toBe((first.headers.cseq?.number ?? 0) + 1);
    peer.respond(second, 200, { body: "v=0" });
    await world.clock.run(ms(5));
    expect(heard.dialogs).toHaveLength(1);
    expect(peer.requests("ACK").at(-1)?.headers.get("Proxy-Authorization")).toBe(
      second.headers.get("Proxy-Authorization"),
    );
  });

  test("does not answer the same challenge twice, unless its nonce had grown old", async () => {
    place({ credentials: { username: "101", password: "guess" } });
    const ask = async (nonce: string, more = ""): Promise<void> =>
      peer.respond(await invited(), 401, {
        fields: [["WWW-Authenticate", `Digest realm="r", nonce="${nonce}", qop="auth"${more}`]],
      });
    await ask("n1");
    await ask("n2", ", stale=true");
    await ask("n3");
    await world.clock.run(settle);
    expect(peer.requests("INVITE")).toHaveLength(3);
    expect(heard.failures).toEqual([[401, "rejected"]]);
  });

  test("closing the agent fails what waits and leaves nothing", async () => {
    place();
    const sent = agent.send({ method: "OPTIONS", uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org" });
    await world.clock.run(ms(5));
    await agent.close();
    expect(heard.failures).toEqual([[503, "closed"]]);
    expect(await sent).toMatchObject({ ok: false, cause: "closed" });
    expect(agent.describe()).toMatchObject(nothingAlive);
  });
});
