import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { webSocketFramer } from "./web-socket-framer.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("frames of a WebSocket", () => {
  test.each([
    { name: "two line ends are a ping", frame: "\r\n\r\n", frames: [{ type: "ping" }] },
    { name: "one line end is a pong, which wants nothing", frame: "\r\n", frames: [] },
    { name: "an empty frame wants nothing", frame: "", frames: [] },
    {
      name: "anything else is one message",
      frame: "OPTIONS sip:x SIP/2.0\r\n\r\n",
      frames: [{ type: "message", bytes: bytes("OPTIONS sip:x SIP/2.0\r\n\r\n") }],
    },
    {
      name: "a message may begin with line ends",
      frame: "\r\n\r\nOPTIONS",
      frames: [{ type: "message", bytes: bytes("\r\n\r\nOPTIONS") }],
    },
  ])("$name", ({ frame, frames }) => {
    expect(webSocketFramer().push(bytes(frame))).toEqual({ frames, isBroken: false });
  });

  test("a frame over the limit breaks the connection", () => {
    const framer = webSocketFramer({ head: 10, body: 5 });
    expect(framer.push(new Uint8Array(15).fill(65)).isBroken).toBe(false);
    expect(framer.push(new Uint8Array(16).fill(65))).toEqual({ frames: [], isBroken: true });
  });

  test("no frame holds anything back or throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (frame) => {
        const framer = webSocketFramer();
        expect(framer.push(frame).frames.length).toBeLessThanOrEqual(1);
        expect(framer.held).toBe(0);
      }),
    );
  });
});
