import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Frame } from "./stream-framer.ts";
import { StreamFramer } from "./stream-framer.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const message = (body: string, length = `Content-Length: ${encodeUtf8(body).length}\r\n`): string =>
  `MESSAGE sip:a@b SIP/2.0\r\nX: grüße\r\n${length}\r\n${body}`;

const texts = (frames: readonly Frame[]): readonly string[] =>
  frames.map((frame) => (frame.type === "ping" ? "ping" : decodeUtf8(frame.bytes)));

describe("the stream framer", () => {
  test("cuts messages and pings out of one piece", () => {
    const framer = new StreamFramer();
    const stream = `\r\n${message("one")}\r\n\r\n${message("")}${message("zwölf", "l : 6\r\n")}`;
    expect(texts(framer.push(encodeUtf8(stream)).frames)).toEqual([
      message("one"),
      "ping",
      message(""),
      message("zwölf", "l : 6\r\n"),
    ]);
    expect(framer.held).toBe(0);
  });

  test("puts pieces together, wherever they are cut", () => {
    const stream = encodeUtf8(`${message("one")}${message("two", "")}${message("three")}`.replace("two", ""));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        const framer = new StreamFramer();
        const found: string[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          found.push(...texts(framer.push(stream.slice(at, at + size)).frames));
          at += size;
        }
        expect(found).toEqual([message("one"), message("", ""), message("three")]);
      }),
    );
  });

  test("a ping that comes in two pieces, between messages, is still a ping", () => {
    const framer = new StreamFramer();
    const found = ["\r\n", "\r\n", message("x"), "\r", "\n\r", "\n"].flatMap((piece) =>
      texts(framer.push(encodeUtf8(piece)).frames),
    );
    expect(found).toEqual(["ping", message("x"), "ping"]);
  });

  test.each([
    { name: "a Content-Length that is no number", text: message("", "Content-Length: many\r\n") },
    { name: "a negative one", text: message("", "Content-Length: -5\r\n") },
    { name: "two different ones", text: message("", "Content-Length: 1\r\nl: 2\r\n") },
    { name: "one that is too big", text: message("", "Content-Length: 32769\r\n") },
  ])("$name breaks the stream, after the head has been given out", ({ text }) => {
    const framer = new StreamFramer();
    const { frames, isBroken } = framer.push(encodeUtf8(`${text}more`));
    expect(texts(frames)).toEqual([text]);
    expect(isBroken).toBe(true);
    expect(framer.push(encodeUtf8(message("x")))).toEqual({ frames: [], isBroken: true });
  });

  test("a head without end is held up to its bound and no further", () => {
    const framer = new StreamFramer({ head: 1_000, body: 1_000 });
    const piece = encodeUtf8("X: 1\r\n");
    let isBroken = false;
    let most = 0;
    for (let i = 0; i < 1_000 && !isBroken; i++) {
      isBroken = framer.push(piece).isBroken;
      most = Math.max(most, framer.held);
    }
    expect(isBroken).toBe(true);
    expect(most).toBeLessThanOrEqual(1_000);
  });

  test("any bytes give frames, never an exception", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), (pieces) => {
        const framer = new StreamFramer({ head: 200, body: 100 });
        for (const piece of pieces) framer.push(piece);
        expect(framer.held).toBeLessThanOrEqual(400);
      }),
    );
  });
});
