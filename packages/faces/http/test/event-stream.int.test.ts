import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request } from "node:http";
import { seconds } from "@cordboard/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventsWorld } from "./events-world.ts";
import { makeEventsWorld } from "./events-world.ts";

let world: EventsWorld;
let open: ClientRequest[];
beforeEach(async () => {
  world = await makeEventsWorld();
  open = [];
});
afterEach(async () => {
  for (const one of open) one.destroy();
  await world.close();
  expect(world.face.describe()).toMatchObject({ clients: 0, rooms: 0 });
  expect(world.clock.pending).toBe(0);
});

interface Stream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  text(): string;
  /** Settles when the text so far holds `part`. */
  until(part: string): Promise<void>;
  readonly ended: Promise<void>;
  readonly response: IncomingMessage;
}

function listen(headers: Record<string, string>, path = "/events"): Promise<Stream> {
  return new Promise((settle, fail) => {
    const sent = request({ host: "127.0.0.1", port: world.port, path, headers, agent: false }, (response) => {
      let text = "";
      const looks = new Set<() => void>();
      const ended = Promise.withResolvers<void>();
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        for (const look of looks) look();
      });
      response.on("error", () => {});
      response.on("close", () => ended.resolve());
      const until = (part: string) =>
        new Promise<void>((found) => {
          const look = () => {
            if (text.includes(part)) found();
          };
          looks.add(look);
          look();
        });
      const { statusCode: status = 0, headers: answered } = response;
      settle({ status, headers: answered, text: () => text, until, ended: ended.promise, response });
    });
    sent.on("error", fail);
    open.push(sent);
    sent.end();
  });
}
const all = { "x-api-key": "all" };

test("a stream is what the WebSocket says, with places to resume from", async () => {
  const stream = await listen({ ...all, accept: "text/event-stream" });
  expect(stream.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",
  });
  await stream.until("snapshot");
  world.company.publish("config.changed.v1", { kind: "trunk", id: "trk_1" });
  await stream.until("trk_1");
  world.clock.advance(seconds(15));
  await stream.until("ping");
  expect(stream.text()).toBe(
    [
      "retry: 2000",
      'data: {"type":"hello","epoch":"run1","seq":0}',
      'id: run1:0\ndata: {"type":"snapshot","epoch":"run1","seq":0,"state":{"calls":{},"devices":{},"presences":{}}}',
      'id: run1:1\ndata: {"type":"event","epoch":"run1","seq":1,"at":"2025-06-19T10:30:00.000Z","event":"config.changed.v1","data":{"kind":"trunk","id":"trk_1"}}',
      'id: run1:1\ndata: {"type":"ping","epoch":"run1","seq":1}',
      "",
    ].join("\n\n"),
  );
});

test("Last-Event-ID resumes, before since", async () => {
  for (let i = 0; i < 5; i++) world.company.publish("config.changed.v1", { kind: "trunk", id: `trk_${i}` });
  const stream = await listen({ ...all, "last-event-id": "run1:3" }, "/events?since=run1:1");
  await stream.until("trk_4");
  expect(stream.text().match(/"seq":\d/g)).toEqual(['"seq":5', '"seq":4', '"seq":5']);
  const lost = await listen({ ...all, "last-event-id": "run0:3" });
  await lost.until('{"type":"snapshot"');
  expect(lost.text()).toContain('data: {"type":"gap","epoch":"run1","seq":5}');
});

describe("a stream is refused", () => {
  test.each([
    [{}, 401],
    [{ "x-api-key": "bad" }, 401],
    [{ ...all, accept: "application/json" }, 406],
    [{ ...all, host: "evil.example" }, 421],
    [{ ...all, "x-forwarded-for": "198.51.100.7" }, 403],
  ])("%o: %d", async (headers, status) => {
    const stream = await listen(headers);
    expect(stream.status).toBe(status);
    await stream.ended;
  });
});

test("a stream ends when its actor is no longer what it was, and when the server stops", async () => {
  const [key, anna] = [await listen(all), await listen({ authorization: `Basic ${btoa("101:101")}` })];
  world.gone.add("key_ALL");
  world.company.publish("config.changed.v1", { kind: "key", id: "key_ALL" });
  await key.ended;
  expect(world.face.describe().clients).toBe(1);
  await Promise.all([world.face.close(), anna.ended]);
});

test("a user is shown as present while one of its streams is open, a key never", async () => {
  await (await listen(all)).until("snapshot");
  expect(world.present).toEqual([]);
  const anna = { authorization: `Basic ${btoa("101:101")}` };
  const streams = [await listen(anna), await listen(anna)];
  expect(world.present).toEqual(["usr_101", "usr_101"]);
  streams[0]?.response.destroy();
  await expect.poll(() => world.present).toEqual(["usr_101"]);
  streams[1]?.response.destroy();
  await expect.poll(() => world.present).toEqual([]);
});

test("a peer that takes nothing for a minute is dropped", async () => {
  const stream = await listen(all);
  await stream.until("snapshot");
  stream.response.socket.pause();
  const { losses } = world.face.describe();
  while (world.face.describe().losses === losses) {
    world.company.endCall(world.company.startCall("101", 256 * 1024));
    await new Promise((next) => setImmediate(next));
  }
  world.clock.advance(seconds(90));
  await expect.poll(() => world.face.describe().clients).toBe(0);
  stream.response.socket.resume();
  await stream.ended;
});
