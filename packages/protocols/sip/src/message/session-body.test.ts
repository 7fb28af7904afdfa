import { describe, expect, test } from "vitest";
import type { Entity } from "./body-parts.ts";
import type { HeaderList } from "./header-field.ts";
import { Headers } from "./headers.ts";
import { sessionDescriptionOf } from "./session-body.ts";
import { encodeUtf8 } from "./utf8.ts";

const entity = (type: string | undefined, body: string, more: HeaderList = []): Entity => ({
  headers: Headers.of(type === undefined ? more : [["Content-Type", type], ...more]),
  body: encodeUtf8(body),
});

const joined = (parts: readonly string[], boundary = "b"): string =>
  `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--`;
const mixed = (...parts: readonly string[]): Entity => entity("multipart/mixed;boundary=b", joined(parts));
const alternative = (...parts: readonly string[]): Entity => entity("multipart/alternative; boundary=b", joined(parts));

const sdp = (text = "v=0", more = ""): string => `Content-Type: application/sdp\r\n${more}\r\n${text}`;
const optional = "Content-Type: image/x\r\nContent-Disposition: icon; handling=OPTIONAL\r\n\r\n!";
const required = "Content-Type: image/x\r\n\r\n!";
const nested = `Content-Type: multipart/mixed;boundary=c\r\n\r\n${joined([sdp("in"), optional], "c")}`;
const deep = `Content-Type: multipart/mixed;boundary=c\r\n\r\n${joined(
  [`Content-Type: multipart/mixed;boundary=d\r\n\r\n${joined([sdp()], "d")}`],
  "c",
)}`;

const textIn = (of: Entity): string | undefined | number => {
  const found = sessionDescriptionOf(of);
  return found.ok ? found.value && new TextDecoder().decode(found.value) : found.error.status;
};

describe("the session description in a message", () => {
  test.each([
    { name: "its body", of: entity("Application / SDP ;charset=utf-8", "v=0"), is: "v=0" },
    { name: "its body without a type", of: entity(undefined, "v=0"), is: "v=0" },
    { name: "nothing, without a body", of: entity("text/plain", ""), is: undefined },
    { name: "a part of its body", of: mixed(optional, sdp()), is: "v=0" },
    { name: "the first of several", of: mixed(sdp("1"), sdp("2")), is: "1" },
    { name: "the last of alternatives that we know", of: alternative(sdp("1"), sdp("2"), required), is: "2" },
    { name: "a part of a part", of: mixed(nested), is: "in" },
    { name: "nothing, when all else may be passed over", of: mixed(optional), is: undefined },
    {
      name: "nothing, when the body itself may be passed over",
      of: entity("text/x", "hi", [["Content-Disposition", "render;handling=optional"]]),
      is: undefined,
    },
    {
      name: "none for early media",
      of: mixed(sdp("e", "Content-Disposition: early-session;handling=optional\r\n"), sdp("s")),
      is: "s",
    },
  ])("is $name", ({ of, is }) => expect(textIn(of)).toBe(is));

  test.each([
    { name: "another body", of: entity("text/plain", "hi"), status: 415 },
    { name: "a malformed type", of: entity("sdp", "v=0"), status: 415 },
    { name: "a part that must be understood", of: mixed(sdp(), required), status: 415 },
    { name: "alternatives of which we know none", of: alternative(required), status: 415 },
    {
      name: "a body that is packed",
      of: entity("application/sdp", "v=0", [["Content-Encoding", "gzip"]]),
      status: 415,
    },
    { name: "a part in other letters", of: mixed(sdp("dj0w", "Content-Transfer-Encoding: base64\r\n")), status: 415 },
    { name: "parts without a boundary", of: entity("multipart/mixed", joined([sdp()])), status: 400 },
    { name: "bodies too deep within each other", of: mixed(deep), status: 400 },
  ])("is refused with $status for $name", ({ of, status }) => expect(textIn(of)).toBe(status));

  test("is refused with what would be understood", () => {
    expect(sessionDescriptionOf(entity("text/plain", "hi"))).toMatchObject({
      error: { headers: [["Accept", expect.stringContaining("application/sdp")]] },
    });
    expect(sessionDescriptionOf(entity("application/sdp", "v=0", [["Content-Encoding", "gzip"]]))).toMatchObject({
      error: { headers: [["Accept-Encoding", "identity"]] },
    });
  });
});
