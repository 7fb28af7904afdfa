import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, webSocketText } from "./frames.ts";
import { readStreamQuery } from "./stream-query.ts";

test.each([
  [0, "8100"],
  [125, "817d"],
  [126, "817e007e"],
  [65_535, "817effff"],
  [65_536, "817f0000000000010000"],
])("a text of %i bytes is framed after %s (RFC 6455 §5.2)", (length, header) => {
  const text = "x".repeat(length);
  expect(webSocketText(text).toString("latin1")).toBe(`${Buffer.from(header, "hex").toString("latin1")}${text}`);
});

test("a frame counts bytes, not characters", () => expect(webSocketText("ü€").toString("hex")).toBe("8105c3bce282ac"));

test("a line break in the data does not break an event stream", () => {
  const json = JSON.stringify({ name: "a\n\nid: evil\r\ndata: b" });
  expect(encodeFrame({ json, id: "e:1" }, "event-stream").toString()).toBe(`id: e:1\ndata: ${json}\n\n`);
  expect(json).not.toMatch(/[\r\n]/);
});

describe("what a client asks of the stream", () => {
  const all = ["calls", "voicemail", "devices", "presence", "messages", "history", "config"];

  test.each([
    ["/events", undefined, undefined, all],
    ["/events?since=e1:7&topics=calls", undefined, { epoch: "e1", seq: 7 }, ["calls"]],
    ["/events?since=a:b:7", undefined, { epoch: "a:b", seq: 7 }, all],
    ["/events?since=e1:7", "e1:9", { epoch: "e1", seq: 9 }, all],
    ["/events?since=", undefined, undefined, all],
    ["/events?since=7", undefined, "unknown", all],
    ["/events?since=e1:-7", undefined, "unknown", all],
    ["/events?since=e1:1e3", undefined, "unknown", all],
    ["/events?topics=Config,DEVICES,weather", undefined, undefined, ["devices", "config"]],
    ["/events?topics=weather", undefined, undefined, []],
  ])("%s with Last-Event-ID %s", (target, lastEventId, since, topics) => {
    const query = readStreamQuery(target, lastEventId);
    expect(query.since).toEqual(since);
    expect([...query.topics]).toEqual(topics);
  });

  test("is read from any target", () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (target, lastEventId) => {
        const { since } = readStreamQuery(`/events?${target}`, lastEventId);
        if (typeof since === "object") expect(Number.isSafeInteger(since.seq)).toBe(true);
      }),
    );
  });
});
