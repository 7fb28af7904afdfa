import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { DialogEnd, IncomingCall, SipAgent } from "../src/index.ts";
import type { Puppet, World } from "./world.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const settle = ms(100);
const long = ms(200_000);

describe("what an agent answers by itself", () => {
  let world: World;
  let agent: SipAgent;
  let peer: Puppet;
  let calls: IncomingCall[];

  beforeEach(async () => {
    world = makeWorld();
    agent = await world.agent(SERVER, { supported: ["path"] });
    peer = await world.puppet("10.0.0.2");
    calls = [];
    agent.onCall((call) => void calls.push(call));
    agent.handle("MESSAGE", (incoming) => incoming.respond(202));
  });

  test.each([
    { name: "a method that nobody knows", method: "BREW", fields: {}, status: 501 },
    { name: "a method without a handler", method: "SUBSCRIBE", fields: {}, status: 405 },
    { name: "a handled method", method: "MESSAGE", fields: {}, status: 202 },
    { name: "OPTIONS", method: "OPTIONS", fields: {}, status: 200 },
    { name: "a tel: URI", method: "MESSAGE", fields: { uri: "tel:+3912345" }, status: 416 },
    { name: "a malformed Request-URI", method: "MESSAGE", fields: { uri: "sip:b@d@host" }, status: 400 },
    { name: "no hops left", method: "MESSAGE", fields: { "Max-Forwards": "0" }, status: 483 },
    { name: "an unknown extension", method: "MESSAGE", fields: { Require: "path, timewarp" }, status: 420 },
    { name: "a known extension", method: "MESSAGE", fields: { Require: "path" }, status: 202 },
    { name: "no CSeq", method: "MESSAGE", fields: { CSeq: null }, status: 400 },
    {
      name: "a request for a dialog that is not",
      method: "MESSAGE",
      fields: { To: "<sip:b@x>;tag=gone" },
      status: 481,
    },
    { name: "a CANCEL of nothing", method: "CANCEL", fields: {}, status: 481 },
    {
      name: "a call in another language than SDP",
      method: "INVITE",
      fields: { "Content-Type": "text/plain", body: "x" },
      status: 415,
    },
    { name: "a call that hears no SDP", method: "INVITE", fields: { Accept: "text/plain" }, status: 406 },
  ])("$name gets $status", async ({ method, fields, status }) => {
    const { body = "", ...headers } = fields as Record<string, string | null>;
    peer.request(method, headers, body ?? "");
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([status]);
    expect(peer.responses()[0]?.headers.toTag).toEqual(expect.any(String));
    expect(world.faults).toEqual([]);
  });

  const inParts = (type: string, ...parts: readonly string[]) =>
    [
      { "Content-Type": `multipart/${type};boundary="cut here"` },
      `${parts.map((part) => `--cut here\r\n${part}\r\n`).join("")}--cut here--\r\n`,
    ] as const;
  const sdp = "Content-Type: application/sdp\r\n\r\nv=0";

  test.each([
    {
      name: "with a description among others that may be passed over",
      parts: inParts("mixed", "Content-Type: text/x\r\nContent-Disposition: render;handling=optional\r\n\r\n.", sdp),
    },
    {
      name: "with a description as one of two alternatives",
      parts: inParts("alternative", "Content-Type: text/x\r\n\r\n.", sdp),
    },
  ])("a call $name is served", async ({ parts: [fields, body] }) => {
    peer.request("INVITE", fields, body);
    await world.clock.run(settle);
    expect(calls).toHaveLength(1);
    expect(peer.statuses()).toEqual([]);
  });

  test.each([
    {
      name: "with a part that must be understood",
      parts: inParts("mixed", "Content-Type: text/x\r\n\r\n.", sdp),
      status: 415,
    },
    {
      name: "in parts without an end",
      parts: [{ "Content-Type": "multipart/mixed;boundary=x" }, "--x\r\n\r\n."] as const,
      status: 400,
    },
  ])("a call $name gets $status", async ({ parts: [fields, body], status }) => {
    peer.request("INVITE", fields, body);
    await world.clock.run(settle);
    expect(calls).toEqual([]);
    expect(peer.statuses()).toEqual([status]);
  });

  test("405 and 501 tell what is allowed, 420 what is not supported", async () => {
    peer.request("BREW");
    peer.request("MESSAGE", { Require: "a, path, b", CSeq: "2 MESSAGE" });
    await world.clock.run(settle);
    expect(peer.responses()[0]?.headers.get("Allow")).toBe("INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE");
    expect(peer.responses()[1]?.headers.get("Unsupported")).toBe("a, b");
  });

  test("another version gets 505, a stray ACK and a stray response nothing", async () => {
    peer.send("OPTIONS sip:a@b SIP/7.0\r\nVia: SIP/7.0/UDP 10.0.0.2\r\nFrom: x\r\n\r\n");
    peer.request("ACK", { To: "<sip:b@x>;tag=gone" });
    peer.send(
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
    );
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([505]);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("the same request by two ways is merged once and refused once", async () => {
    peer.request("MESSAGE");
    peer.request("MESSAGE");
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([202, 482]);
  });

  test("a request that was challenged may come again with the same CSeq, as some phones send it", async () => {
    agent.handle("MESSAGE", (incoming) => incoming.respond(incoming.request.headers.has("Authorization") ? 200 : 401));
    peer.request("MESSAGE");
    await world.clock.run(settle);
    peer.request("MESSAGE", { Authorization: "Digest x=y" });
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([401, 200]);
  });

  test("a repeated request gets the same response again, and its handler hears it once", async () => {
    let heard = 0;
    agent.handle("MESSAGE", (incoming) => {
      heard++;
      incoming.respond(200);
    });
    const via = { Via: "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-same" };
    peer.request("MESSAGE", via);
    peer.request("MESSAGE", via);
    await world.clock.run(settle);
    expect([heard, ...peer.statuses()]).toEqual([1, 200, 200]);
    await world.clock.run(long);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("notes where a request came from, and answers there when asked by rport", async () => {
    peer.request("MESSAGE", { Via: "SIP/2.0/UDP phone.local:9999;rport;branch=z9hG4bK-r" });
    await world.clock.run(settle);
    expect(peer.responses()[0]?.headers.get("Via")).toBe(
      "SIP/2.0/UDP phone.local:9999;rport=5060;branch=z9hG4bK-r;received=10.0.0.2",
    );
  });

  test("a handler that throws does no harm, and one that never answers is forgotten", async () => {
    agent.handle("INFO", () => {
      throw new Error("oops");
    });
    peer.request("INFO");
    await world.clock.run(long);
    expect(world.faults).toHaveLength(1);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("admission is asked before any work, and only for new calls", async () => {
    const guarded = await world.agent("10.0.0.9", { admit: () => ({ retryAfterSeconds: 7 }) });
    guarded.onCall(() => expect.fail("a refused call came through"));
    peer.send(
      "INVITE sip:b@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKq\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: q\r\nCSeq: 1 INVITE\r\n\r\n",
      "10.0.0.9",
    );
    peer.send(
      "OPTIONS sip:b@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKo\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\n\r\n",
      "10.0.0.9",
    );
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([503, 200]);
    expect(peer.responses()[0]?.headers.get("Retry-After")).toBe("7");
    expect(guarded.describe().serverTransactions).toBe(1);
  });

  test("a full table refuses with 503 and grows no further", async () => {
    const small = await world.agent("10.0.0.8", { limits: { transactions: 3 } });
    small.onCall(() => {});
    for (let i = 0; i < 6; i++) {
      peer.send(
        `OPTIONS sip:b@10.0.0.8 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK${i}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: ${i}\r\nCSeq: 1 OPTIONS\r\n\r\n`,
        "10.0.0.8",
      );
    }
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([200, 200, 200, 503, 503, 503]);
    expect(small.describe().serverTransactions).toBe(3);
  });

  test("made-up CANCELs do not fill the table", async () => {
    const small = await world.agent("10.0.0.8", { limits: { transactions: 3 } });
    for (let i = 0; i < 6; i++) {
      peer.send(
        `CANCEL sip:b@10.0.0.8 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK${i}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: ${i}\r\nCSeq: 1 CANCEL\r\n\r\n`,
        "10.0.0.8",
      );
    }
    await world.clock.run(settle);
    expect(peer.statuses()).toEqual([481, 481, 481, 481, 481, 481]);
    expect(small.describe().serverTransactions).toBe(3);
  });

  test("a peer cannot fill the table from within its dialog, and can still hang up", async () => {
    const small = await world.agent("10.0.0.8", { limits: { transactions: 3 } });
    const ends: DialogEnd[] = [];
    small.onCall((each) => void each.answer({ body: "v=0" }, { onEnd: (end) => void ends.push(end) }));
    const request = (method: string, number: number, to: string): string =>
      `${method} sip:b@10.0.0.8 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKd${number}\r\nFrom: <sip:a@b>;tag=1\r\nTo: ${to}\r\nCall-ID: d\r\nCSeq: ${number} ${method}\r\nContact: <sip:a@10.0.0.2>\r\n\r\n`;
    peer.send(request("INVITE", 1, "<sip:b@b>"), "10.0.0.8");
    await world.clock.run(ms(5));
    const to = peer.responses()[0]?.headers.get("To") ?? "";
    for (let number = 2; number < 12; number++) peer.send(request("INFO", number, to), "10.0.0.8");
    await world.clock.run(ms(5));
    expect(small.describe().serverTransactions).toBe(6);
    expect(peer.statuses().slice(1)).toEqual([405, 405, 405, 405, 405, 503, 503, 503, 503, 503]);
    peer.send(request("BYE", 20, to), "10.0.0.8");
    await world.clock.run(ms(5));
    expect(ends).toMatchObject([{ by: "remote", cause: "bye" }]);
  });

  test("says 100 by itself after 200 ms, or at once on demand", async () => {
    peer.request("INVITE");
    await world.clock.run(ms(150));
    expect(peer.statuses()).toEqual([]);
    await world.clock.run(ms(100));
    expect(peer.statuses()).toEqual([100]);
    peer.request("INVITE", { "Call-ID": "call-2" });
    await world.clock.run(ms(5));
    calls[1]?.trying();
    await world.clock.run(ms(5));
    expect(peer.statuses()).toEqual([100, 100]);
    expect(peer.responses()[0]?.headers.toTag).toBeUndefined();
  });

  test.each([
    { expires: "30", after: 30_000, status: 487 },
    { expires: "0", after: 3_600_000, status: 480 },
    { expires: "99999", after: 3_600_000, status: 480 },
  ])("a call that expires after $expires s gets $status after $after ms", async ({ expires, after, status }) => {
    peer.request("INVITE", { Expires: expires });
    await world.clock.run(ms(after - 100));
    expect(peer.statuses()).toEqual([100]);
    await world.clock.run(ms(200));
    expect(peer.statuses().slice(0, 2)).toEqual([100, status]);
    expect([calls[0]?.isEnded, agent.describe().calls]).toEqual([true, 0]);
  });

  test("a call that nobody answers for an hour gets 480", async () => {
    peer.request("INVITE");
    await world.clock.run(ms(3_600_100));
    expect(peer.statuses().slice(0, 2)).toEqual([100, 480]);
    expect(agent.describe().calls).toBe(0);
  });
});
