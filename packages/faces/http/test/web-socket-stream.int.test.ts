import { once } from "node:events";
import { ms } from "@cordboard/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { EventsWorld } from "./events-world.ts";
import { makeEventsWorld } from "./events-world.ts";
import type { RawWebSocket } from "./raw-web-socket.ts";
import { masked, openWebSocket, RefusedUpgrade } from "./raw-web-socket.ts";

let world: EventsWorld;
beforeEach(async () => {
  world = await makeEventsWorld();
});
afterEach(async () => {
  await world.close();
  expect(world.face.describe()).toMatchObject({ clients: 0, waiting: 0, rooms: 0, queuedBytes: 0, queuedEvents: 0 });
  expect(world.clock.pending).toBe(0);
});

const all = { "x-api-key": "all" };
const anna = { authorization: `Basic ${btoa("101:101")}` };
const open = (headers: Record<string, string> = all, path = "/events") =>
  openWebSocket({ port: world.port, path, headers });
const types = (client: RawWebSocket) => client.texts.map((text) => (JSON.parse(text) as { type: string }).type);
const seqs = (client: RawWebSocket) => client.texts.map((text) => (JSON.parse(text) as { seq: number }).seq);
const isType = (type: string) => (text: string) => text.startsWith(`{"type":"${type}"`);
const untilSeq = (client: RawWebSocket, seq: number) =>
  client.until((text) => isType("event")(text) && text.includes(`"seq":${seq},`));

const refusal = async (headers: Record<string, string>, path = "/events"): Promise<string> => {
  const refused = await open(headers, path).catch((error: unknown) => error);
  if (!(refused instanceof RefusedUpgrade)) throw new Error("the upgrade was not refused");
  return `${refused.message} ${refused.answer.slice(refused.answer.indexOf('{"error"')).split('","')[0]}`;
};

describe("a stream begins", () => {
  test("with hello and the state, then the events, each exactly as documented", async () => {
    const id = world.company.startCall("101");
    const client = await open();
    world.company.endCall(id);
    const event = JSON.parse(await untilSeq(client, 2)) as object;
    expect(client.texts[0]).toBe('{"type":"hello","epoch":"run1","seq":1}');
    expect(JSON.parse(client.texts[1] ?? "")).toMatchObject({
      type: "snapshot",
      epoch: "run1",
      seq: 1,
      state: { calls: { call_1: { id: "call_1" } }, devices: {} },
    });
    expect(Object.keys(event)).toEqual(["type", "epoch", "seq", "at", "event", "data"]);
    expect(event).toMatchObject({ at: "2025-06-19T10:30:00.000Z", event: "call.ended.v1", data: { call: { id } } });
  });

  test("with hello and what was missed", async () => {
    for (let i = 0; i < 600; i++) world.company.startCall("101");
    const client = await open(all, "/events?since=run1:10");
    await untilSeq(client, 600);
    world.company.startCall("101");
    await untilSeq(client, 601);
    expect(types(client).filter((type) => type !== "event")).toEqual(["hello"]);
    expect(seqs(client)).toEqual([600, ...Array.from({ length: 591 }, (_, i) => i + 11)]);
  });

  test("with nothing but hello for one who has missed nothing", async () => {
    world.company.startCall("101");
    const client = await open(all, "/events?since=run1:1");
    world.company.startCall("101");
    await untilSeq(client, 2);
    expect(seqs(client)).toEqual([1, 2]);
  });

  test.each(["run0:1", "run1:2", "run1:-1", "run1", "nonsense", "run1:1:2", `run1:${"9".repeat(40)}`])(
    "with hello, gap and the state after since=%s",
    async (since) => {
      world.company.startCall("101");
      const client = await open(all, `/events?since=${since}`);
      await client.until(isType("snapshot"));
      expect(types(client)).toEqual(["hello", "gap", "snapshot"]);
    },
  );

  test("at zero with all that has ever been", async () => {
    world.company.startCall("101");
    const client = await open(all, "/events?since=run1:0");
    await untilSeq(client, 1);
    expect(types(client)).toEqual(["hello", "event"]);
  });
});

test("nobody misses an event when thousands are published at once", async () => {
  const [client, anna2] = [await open(), await open(anna)];
  for (let i = 0; i < 5_000; i++) world.company.endCall(world.company.startCall("101"));
  await Promise.all([untilSeq(client, 10_000), untilSeq(anna2, 10_000)]);
  for (const { texts } of [client, anna2]) {
    expect(texts.slice(2).map((text) => (JSON.parse(text) as { seq: number }).seq)).toEqual(
      Array.from({ length: 10_000 }, (_, i) => i + 1),
    );
  }
  expect(world.face.describe().losses).toBe(0);
});

test.each([10, 40_000, 400_000])("a usual WebSocket library reads events of %i bytes", async (length) => {
  const library = new WebSocket(`ws://localhost:${world.port}/events`, { headers: all });
  const texts: string[] = [];
  const whole = new Promise<void>((done) => {
    library.on("message", (data, isBinary) => {
      texts.push(isBinary ? "binary" : String(data));
      if (texts.length === 2) world.company.startCall("101", length);
      if (texts.length === 3) done();
    });
  });
  await whole;
  expect(texts[2]).toContain(`"name":"${"n".repeat(length)}"`);
  library.close();
  await once(library, "close");
});

describe("everybody sees what it may", () => {
  test("a colleague's call without the other side, and no devices of others", async () => {
    const client = await open(anna);
    world.company.publish("config.changed.v1", { kind: "trunk", id: "trk_1" });
    world.company.startCall("102");
    const { data } = JSON.parse(await untilSeq(client, 2)) as { data: { call: object } };
    expect(data.call).toMatchObject({ from: { name: "", number: "102" }, to: { name: "", number: "" } });
    expect(types(client)).toEqual(["hello", "snapshot", "event"]);
  });

  test("a key of one extension nothing of the others", async () => {
    const client = await open({ authorization: "Bearer 103" });
    world.company.startCall("102");
    world.company.startCall("103");
    await untilSeq(client, 2);
    expect(types(client)).toEqual(["hello", "snapshot", "event"]);
  });

  test("whoever else looked at the same moment", async () => {
    world.company.startCall("102");
    for (const headers of [all, anna, { authorization: "Bearer 103" }, all]) {
      const client = await open(headers);
      const { state } = JSON.parse(await client.until(isType("snapshot"))) as { state: { calls: object } };
      const numbers = JSON.stringify(state).match(/00441134960000/g) ?? [];
      const expected = headers === all ? [1, 1] : headers === anna ? [1, 0] : [0, 0];
      expect([Object.keys(state.calls).length, numbers.length]).toEqual(expected);
    }
  });

  test("only the topics that were asked for", async () => {
    world.company.startCall("101");
    const client = await open(all, "/events?topics=config,presence");
    world.company.startCall("101");
    world.company.publish("config.changed.v1", { kind: "trunk", id: "trk_1" });
    await untilSeq(client, 3);
    expect(client.texts[1]).toContain('"state":{"calls":{},"devices":{},"presences":{}}');
    expect(seqs(client)).toEqual([1, 1, 3]);
  });
});

describe("a client says who it is", () => {
  test("by a first frame", async () => {
    const client = await open({});
    expect(world.face.describe()).toMatchObject({ clients: 0, waiting: 1 });
    client.sendText('{"type":"auth","token":"all"}');
    await client.until(isType("snapshot"));
    expect(world.face.describe()).toMatchObject({ clients: 1, waiting: 0 });
    world.clock.advance(ms(5_000));
    world.company.startCall("101");
    await untilSeq(client, 1);
  });

  test("by a cookie", async () => {
    const client = await open({ cookie: "__Host-session=anna" });
    await client.until(isType("snapshot"));
  });

  test("within five seconds", async () => {
    const client = await open({});
    world.clock.advance(ms(4_999));
    expect(world.face.describe().waiting).toBe(1);
    world.clock.advance(ms(1));
    expect(await client.closed).toBe(1008);
  });

  test.each([
    ["a wrong token", masked(1, Buffer.from('{"type":"auth","token":"bad"}')), 1008],
    ["something else", masked(1, Buffer.from('{"type":"hello"}')), 1008],
    ["no JSON", masked(1, Buffer.from("{")), 1008],
    ["bytes", masked(2, Buffer.from("all")), 1003],
    ["too much", masked(1, Buffer.alloc(5_000, 32)), 1009],
  ])("or is turned away: %s", async (_name, frame, code) => {
    const client = await open({});
    client.send(frame);
    expect(await client.closed).toBe(code);
  });

  test("in the request, or hears before the upgrade that it is wrong", async () => {
    expect(await refusal({ "x-api-key": "bad" })).toBe('HTTP/1.1 401 Unauthorized {"error":"unauthenticated');
    expect(await refusal({ authorization: `Basic ${btoa("101:bad")}` })).toContain("401");
    expect(await refusal({ authorization: "nonsense" })).toContain("401");
  });
});

describe("the doors stand before every upgrade", () => {
  test.each([
    [{ host: "evil.example" }, "421 Misdirected Request", "unknown-host"],
    [{ origin: "https://evil.example" }, "403 Forbidden", "foreign-origin"],
    [{ origin: "null" }, "403 Forbidden", "foreign-origin"],
    [{ "x-forwarded-for": "198.51.100.7" }, "403 Forbidden", "tls-required"],
  ])("%o: %s", async (headers, status, code) => {
    expect(await refusal({ ...all, ...headers })).toBe(`HTTP/1.1 ${status} {"error":"${code}`);
  });

  test("and other paths lead nowhere", async () =>
    expect(await refusal(all, "/elsewhere")).toBe('HTTP/1.1 404 Not Found {"error":"not-found'));

  test("an allowed origin may come in", async () => {
    const client = await open({ ...all, origin: "https://crm.example" });
    await client.until(isType("snapshot"));
  });
});

describe("while a stream is open", () => {
  test("it is pinged every fifteen seconds with how far it has come", async () => {
    const [client, witness] = [await open({ authorization: "Bearer 103" }), await open()];
    const pinged = (seq: number) => client.until((text) => text === `{"type":"ping","epoch":"run1","seq":${seq}}`);
    for (let seq = 1; seq < 6; seq++) {
      world.company.startCall("101");
      await untilSeq(witness, seq);
      world.clock.advance(ms(15_000));
      await pinged(seq);
      await Promise.all([client.heard(), witness.heard()]);
    }
    expect(types(client).filter((type) => type === "ping")).toHaveLength(5);
  });

  test("a peer that answers no ping is dropped", async () => {
    const client = await open();
    await client.until(isType("snapshot"));
    client.pause();
    world.clock.advance(ms(15_000));
    world.clock.advance(ms(15_000));
    world.clock.advance(ms(15_000));
    client.resume();
    expect(await client.closed).toBe("cut");
  });

  test.each([
    ["text that is no pong", masked(1, Buffer.from('{"type":"auth","token":"all"}')), 1008],
    ["bytes", masked(2, Buffer.from("x")), 1003],
    ["too much", masked(1, Buffer.alloc(5_000, 32)), 1009],
  ])("%s ends it", async (_name, frame, code) => {
    const client = await open();
    client.sendText('{"type":"pong"}');
    client.send(frame);
    expect(await client.closed).toBe(code);
  });

  test("it is closed when its actor is no longer what it was", async () => {
    const [client, other] = [await open(), await open(anna)];
    world.company.publish("config.changed.v1", { kind: "key", id: "key_ALL" });
    world.gone.add("key_ALL").add("usr_101");
    world.company.publish("config.changed.v1", { kind: "key", id: "key_ALL" });
    expect(await client.closed).toBe(1008);
    world.company.startCall("101");
    await untilSeq(other, 3);
  });

  test("it is closed as going away when the server stops", async () => {
    const client = await open();
    const waiting = await open({});
    await world.face.close();
    expect(await client.closed).toBe(1001);
    expect(await waiting.closed).toBe("cut");
    expect(await refusal(all)).toContain("shutting-down");
  });
});

describe("there is an end to how many may look on", () => {
  test("of one actor, in all, and unknown from one address", async () => {
    await world.close();
    world = await makeEventsWorld({ limits: { maxClients: 3, maxClientsPerActor: 2, maxWaitingPerAddress: 1 } });
    const first = await open();
    await open();
    expect(await refusal(all)).toBe('HTTP/1.1 429 Too Many Requests {"error":"too-many-streams');
    await open(anna);
    expect(await refusal({ "x-api-key": "103" })).toContain("too-many-streams");
    const unknown = await open({});
    expect(await refusal({})).toContain("too-many-streams");
    unknown.sendText('{"type":"auth","token":"103"}');
    expect(await unknown.closed).toBe(1013);
    first.destroy();
    await first.closed;
    await expect.poll(() => world.face.describe().clients).toBe(2);
    await open();
  });
});
