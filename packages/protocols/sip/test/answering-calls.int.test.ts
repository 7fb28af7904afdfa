import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { Dialog, DialogEnd, IncomingCall, IncomingRequest, SipAgent } from "../src/index.ts";
import type { Puppet, World } from "./world.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const settle = ms(100);
const long = ms(200_000);

describe("routes of a call from outside", () => {
  test.each([
    {
      name: "loose",
      recorded: "<sip:10.0.0.2;lr>, <sip:far.example;lr>",
      uri: "sip:ann@10.0.0.7",
      routes: ["<sip:10.0.0.2;lr>", "<sip:far.example;lr>"],
    },
    {
      name: "strict",
      recorded: "<sip:10.0.0.2>, <sip:far.example;lr>",
      uri: "sip:10.0.0.2",
      routes: ["<sip:far.example;lr>", "<sip:ann@10.0.0.7>"],
    },
  ])("a $name next hop gets our BYE as it wants it", async ({ recorded, uri, routes }) => {
    const world = makeWorld();
    const agent = await world.agent(SERVER);
    const peer = await world.puppet("10.0.0.2");
    let dialog: Dialog | undefined;
    agent.onCall((call) => {
      dialog = call.answer({ body: "v=0" }, { onEnd() {} });
    });
    peer.request("INVITE", { "Record-Route": recorded, Contact: "<sip:ann@10.0.0.7>" }, "v=0");
    await world.clock.run(ms(5));
    const [ok] = peer.responses();
    expect(ok?.headers.get("Record-Route")).toBe(recorded);
    peer.request("ACK", { To: ok?.headers.get("To") ?? "", CSeq: "1 ACK" });
    void dialog?.bye();
    await world.clock.run(ms(5));
    const [bye] = peer.requests("BYE");
    expect(bye?.uri).toBe(uri);
    expect(bye?.headers.values("Route")).toEqual(routes);
    await agent.close();
  });
});

describe("a call from outside", () => {
  let world: World;
  let agent: SipAgent;
  let peer: Puppet;
  let call: IncomingCall;
  let ends: DialogEnd[];
  let infos: IncomingRequest[];

  beforeEach(async () => {
    world = makeWorld();
    agent = await world.agent(SERVER);
    peer = await world.puppet("10.0.0.2");
    ends = [];
    infos = [];
    const ringing = new Promise<IncomingCall>((resolve) => agent.onCall(resolve));
    peer.request("INVITE", {}, "v=0");
    await world.clock.run(ms(5));
    call = await ringing;
  });

  const toTag = (): string => peer.responses().at(-1)?.headers.toTag ?? "";
  const inDialog = (method: string, cseq: number, more: Record<string, string> = {}): void =>
    peer.request(method, { To: `<sip:bob@example.org>;tag=${toTag()}`, CSeq: `${cseq} ${method}`, ...more });

  async function answered(): Promise<Dialog> {
    const dialog = call.answer(
      { body: "v=0" },
      { onEnd: (end) => void ends.push(end), onRequest: (incoming) => void infos.push(incoming) },
    );
    await world.clock.run(ms(5));
    if (dialog === undefined) throw new Error("the call was over");
    return dialog;
  }

  test("rings, is answered, acknowledged and hung up by the caller", async () => {
    expect(call.progress(180)).toBe(true);
    const dialog = await answered();
    inDialog("ACK", 1);
    await world.clock.run(ms(5_000));
    expect(peer.statuses()).toEqual([180, 200]);
    const [ringing, ok] = peer.responses();
    expect(ringing?.headers.toTag).toBe(ok?.headers.toTag);
    expect(ok?.headers.get("Contact")).toBe("<sip:bob@10.0.0.1:5060>");
    inDialog("BYE", 2);
    await world.clock.run(settle);
    expect(ends).toMatchObject([{ by: "remote", cause: "bye", request: { method: "BYE" } }]);
    expect(dialog.isEnded).toBe(true);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("its 200 is sent again at growing gaps until the ACK comes", async () => {
    await answered();
    await world.clock.run(ms(7_600));
    // 0, 0.5, 1.5, 3.5, 7.5 s
    expect(peer.statuses()).toEqual([200, 200, 200, 200, 200]);
    inDialog("ACK", 1);
    await world.clock.run(ms(20_000));
    expect(peer.statuses()).toHaveLength(5);
  });

  test("without an ACK it ends by BYE after 64 × T1", async () => {
    await answered();
    await world.clock.run(ms(31_900));
    expect(ends).toEqual([]);
    await world.clock.run(ms(200));
    expect(ends).toEqual([{ by: "local", cause: "no-ack" }]);
    expect(peer.requests("BYE")).toHaveLength(1);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a BYE of ours waits for the ACK to our 200 (RFC 3261 §15)", async () => {
    const dialog = await answered();
    const outcome = dialog.bye();
    await world.clock.run(ms(100));
    expect(peer.requests("BYE")).toHaveLength(0);
    inDialog("ACK", 1);
    await world.clock.run(ms(5));
    const [bye] = peer.requests("BYE");
    expect(bye?.headers.get("CSeq")).toBe("1 BYE");
    expect(bye?.headers.toTag).toBe("ann");
    peer.respond(bye ?? expect.fail(), 200);
    await world.clock.run(settle);
    expect(await outcome).toMatchObject({ ok: true, status: 200 });
    expect(await dialog.bye()).toMatchObject({ ok: true });
    expect(ends).toEqual([{ by: "local", cause: "bye" }]);
  });

  test("a BYE of ours that still waits for the ACK ends when the peer's own BYE comes", async () => {
    const dialog = await answered();
    const outcome = dialog.bye();
    inDialog("BYE", 2);
    await world.clock.run(ms(5));
    peer.respond(peer.requests("BYE")[0] ?? expect.fail("no BYE came"), 481);
    await world.clock.run(settle);
    expect(await outcome).toMatchObject({ ok: false, status: 481 });
    expect(ends).toEqual([{ by: "local", cause: "bye" }]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("is cancelled: the CANCEL gets 200, the INVITE 487, the owner hears why", async () => {
    const heard: (string | undefined)[] = [];
    call.onCancel((cancel) => void heard.push(cancel?.headers.get("Reason")));
    const via = peer.responses()[0]?.headers.get("Via");
    expect(via).toBeUndefined();
    peer.request("CANCEL", { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-p0", Reason: "SIP;cause=200" });
    await world.clock.run(settle);
    expect([...peer.statuses()].sort()).toEqual([200, 487]);
    expect(new Set(peer.responses().map(({ headers }) => headers.toTag)).size).toBe(1);
    expect(heard).toEqual(["SIP;cause=200"]);
    expect(call.answer({}, { onEnd() {} })).toBeUndefined();
    expect(call.reject(486)).toBe(false);
    peer.request("ACK", { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-p0" });
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a CANCEL that crosses the 200 changes nothing", async () => {
    await answered();
    peer.request("CANCEL", { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-p0" });
    await world.clock.run(settle);
    expect(call.isEnded).toBe(true);
    expect(peer.statuses()[0]).toBe(200);
    expect(peer.statuses()).not.toContain(487);
    expect(ends).toEqual([]);
  });

  test("a caller that says BYE before the answer is taken at its word", async () => {
    call.progress(180);
    await world.clock.run(ms(5));
    inDialog("BYE", 2);
    await world.clock.run(settle);
    expect([...peer.statuses()].sort()).toEqual([180, 200, 487]);
    expect(call.isEnded).toBe(true);
  });

  test("a second INVITE before the answer has to wait (RFC 3261 §14.2), and counting goes on after it", async () => {
    call.progress(180);
    await world.clock.run(ms(5));
    inDialog("INVITE", 2);
    inDialog("INFO", 5);
    await world.clock.run(ms(5));
    expect(peer.statuses()).toEqual([180, 500, 491]);
    expect(Number(peer.responses()[1]?.headers.get("Retry-After"))).toBeLessThanOrEqual(10);
    await answered();
    inDialog("INFO", 4);
    await world.clock.run(ms(5));
    expect(peer.statuses().at(-1)).toBe(500);
  });

  test("a request of the caller's before the answer is the owner's, when the owner wants it", async () => {
    const asked: string[] = [];
    call.onRequest((incoming) => {
      asked.push(incoming.request.method);
      incoming.respond(incoming.request.method === "NOTIFY" ? 200 : 489);
    });
    call.progress(180);
    await world.clock.run(ms(5));
    inDialog("NOTIFY", 2);
    inDialog("INVITE", 3);
    inDialog("INFO", 4);
    inDialog("NOTIFY", 1);
    await world.clock.run(ms(5));
    expect(asked).toEqual(["NOTIFY", "INFO"]);
    expect(peer.statuses()).toEqual([180, 200, 500, 489, 500]);
  });

  test("a refusal is sent again until its ACK comes", async () => {
    call.reject(486, { reason: "Busy With Tea" });
    await world.clock.run(ms(1_600));
    expect(peer.statuses()).toEqual([486, 486, 486]);
    expect(peer.responses()[0]).toMatchObject({ reason: "Busy With Tea" });
    peer.request("ACK", { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-p0" });
    await world.clock.run(long);
    expect(peer.statuses()).toHaveLength(3);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("requests in the dialog reach its owner in order; an old one gets 500", async () => {
    await answered();
    inDialog("ACK", 1);
    inDialog("INFO", 5);
    await world.clock.run(settle);
    expect(infos.map(({ request }) => request.method)).toEqual(["INFO"]);
    infos[0]?.respond(200);
    inDialog("INFO", 4);
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([200, 200, 500]);
  });

  test.each(["INFO", "INVITE"])("%s in the dialog that requires what we do not know gets 420", async (method) => {
    await answered();
    inDialog("ACK", 1);
    inDialog(method, 2, { Require: "timewarp" });
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([200, 420]);
    expect(peer.responses()[1]?.headers.get("Unsupported")).toBe("timewarp");
    expect(infos).toEqual([]);
  });

  test("a BYE is taken whatever it requires", async () => {
    const dialog = await answered();
    inDialog("ACK", 1);
    inDialog("BYE", 2, { Require: "timewarp" });
    await world.clock.run(settle);
    expect([peer.statuses().at(-1), dialog.isEnded]).toEqual([200, true]);
  });

  describe("a re-INVITE that waits for its answer", () => {
    let reinvites: IncomingRequest[];
    const via = { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-again" };

    beforeEach(async () => {
      reinvites = [];
      call.answer(
        { body: "v=0" },
        { onEnd: (end) => void ends.push(end), onReinvite: (incoming) => void reinvites.push(incoming) },
      );
      await world.clock.run(ms(5));
      inDialog("ACK", 1);
      inDialog("INVITE", 2, via);
      await world.clock.run(ms(5));
    });

    test("is cancelled: 200 for the CANCEL, 487 for itself, and the call lives on", async () => {
      inDialog("CANCEL", 2, via);
      await world.clock.run(ms(5));
      expect([...peer.statuses()].sort()).toEqual([200, 200, 487]);
      expect(reinvites[0]?.respond(200)).toBe(false);
      inDialog("ACK", 2, via);
      inDialog("INVITE", 3);
      await world.clock.run(ms(5));
      expect([reinvites.length, ends.length]).toEqual([2, 0]);
    });

    test("gets 487 when the peer hangs up meanwhile (RFC 3261 §15.1.2)", async () => {
      inDialog("BYE", 3);
      await world.clock.run(ms(5));
      expect([...peer.statuses()].sort()).toEqual([200, 200, 487]);
      expect(ends).toMatchObject([{ by: "remote", cause: "bye" }]);
      inDialog("ACK", 2, via);
      await world.clock.run(long);
      expect(agent.describe()).toMatchObject(nothingAlive);
    });

    test("is repeated in vain: its owner hears it once", async () => {
      inDialog("INVITE", 2, via);
      await world.clock.run(ms(5));
      expect(reinvites).toHaveLength(1);
      reinvites[0]?.respond(200, { body: "v=0" });
      inDialog("INVITE", 2, via);
      await world.clock.run(ms(5));
      expect([reinvites.length, peer.statuses()]).toEqual([1, [200, 200]]);
      inDialog("ACK", 2);
      await world.clock.run(ms(5000));
      expect(peer.statuses()).toHaveLength(2);
    });
  });

  test("a re-INVITE without a handler gets 488 and the call lives on", async () => {
    const dialog = await answered();
    inDialog("ACK", 1);
    inDialog("INVITE", 2);
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([200, 488]);
    expect(dialog.isEnded).toBe(false);
  });

  test("re-INVITEs that cross get 491 (RFC 3261 §14.2)", async () => {
    const dialog = await answered();
    inDialog("ACK", 1);
    await world.clock.run(ms(5));
    const outcome = dialog.reinvite({ body: "v=0" });
    inDialog("INVITE", 2);
    await world.clock.run(ms(50));
    expect(peer.statuses()).toEqual([200, 491]);
    const [reinvite] = peer.requests("INVITE");
    peer.respond(reinvite ?? expect.fail(), 491);
    await world.clock.run(settle);
    expect(await outcome).toMatchObject({ ok: false, status: 491 });
    expect(dialog.isEnded).toBe(false);
  });

  test("a peer that lost the dialog ends it: 481 to our request", async () => {
    const dialog = await answered();
    inDialog("ACK", 1);
    await world.clock.run(ms(5));
    const outcome = dialog.request("INFO", { body: "x", contentType: "text/plain" });
    await world.clock.run(ms(5));
    peer.respond(peer.requests("INFO")[0] ?? expect.fail(), 481);
    await world.clock.run(settle);
    expect(await outcome).toMatchObject({ ok: false, status: 481 });
    expect(ends).toEqual([{ by: "remote", cause: "lost" }]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a request of ours that overtakes the 200 and gets 481 does not end the call", async () => {
    const dialog = await answered();
    const outcome = dialog.request("INFO", { body: "x", contentType: "text/plain" });
    await world.clock.run(ms(5));
    peer.respond(peer.requests("INFO")[0] ?? expect.fail(), 481);
    await world.clock.run(settle);
    expect(await outcome).toMatchObject({ ok: false, status: 481 });
    inDialog("ACK", 1);
    await world.clock.run(settle);
    expect([dialog.isEnded, ends]).toEqual([false, []]);
  });

  test("closing the agent ends the dialog without a word and leaves nothing", async () => {
    await answered();
    await agent.close();
    expect(ends).toEqual([{ by: "local", cause: "closed" }]);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });
});
