import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entity } from "./body-parts.ts";
import { bodyParts } from "./body-parts.ts";
import { Headers } from "./headers.ts";
import { encodeUtf8 } from "./utf8.ts";

const entity = (body: string | Uint8Array, boundary = "b"): Entity => ({
  headers: Headers.of([["Content-Type", `multipart/mixed;boundary="${boundary}"`]]),
  body: typeof body === "string" ? encodeUtf8(body) : body,
});

const bodiesIn = (of: Entity): readonly string[] | string => {
  const parts = bodyParts(of);
  return parts.ok ? parts.value.map(({ body }) => new TextDecoder().decode(body)) : parts.error;
};

describe("the parts of a body", () => {
  test.each([
    { name: "one", body: "--b\r\nContent-Type: x/y\r\n\r\nhi\r\n--b--", parts: ["hi"] },
    { name: "one without header fields", body: "--b\r\n\r\nhi\r\n--b--", parts: ["hi"] },
    { name: "an empty one", body: "--b\r\n\r\n\r\n--b--", parts: [""] },
    { name: "none", body: "--b--", parts: [] },
    {
      name: "words before and behind",
      body: "see\r\n--b\r\n\r\n1\r\n--b  \r\n\r\n2\r\n--b--\r\nbye",
      parts: ["1", "2"],
    },
    {
      name: "dashes that are no delimiter",
      body: "--b\r\n\r\n--a\r\n-\r\n x--b\r\n--b--",
      parts: ["--a\r\n-\r\n x--b"],
    },
    { name: "no end", body: "--b\r\n\r\nhi", parts: "no-end" },
    { name: "no beginning", body: "hi", parts: "no-end" },
    { name: "more behind a delimiter", body: "--b\r\n\r\n1\r\n--bc\r\n\r\n2\r\n--b--", parts: "no-end" },
    { name: "a part without an empty line", body: "--b\r\nX: 1\r\n--b--", parts: "bad-part" },
    { name: "a part with a line that is no field", body: "--b\r\nhello\r\n\r\n\r\n--b--", parts: "bad-part" },
    { name: "too many", body: `${"--b\r\n\r\n\r\n".repeat(33)}--b--`, parts: "too-many-parts" },
    { name: "a part of too many fields", body: `--b\r\n${"X: 1\r\n".repeat(33)}\r\n\r\n--b--`, parts: "bad-part" },
  ])("are found: $name", ({ body, parts }) => expect(bodiesIn(entity(body))).toEqual(parts));

  test.each(["", " ", "a".repeat(71), "a\u00e9", "a "])("have no boundary like %j", (boundary) =>
    expect(bodiesIn(entity("--a--", boundary))).toBe("no-boundary"),
  );

  test("come out byte for byte, whatever is in them", () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (bodies) => {
        const line = (text: string): number[] => [...encodeUtf8(`${text}\r\n`)];
        const all = bodies.flatMap((body) => [
          ...line("--a long boundary"),
          ...line("X: 1"),
          ...line(""),
          ...body,
          ...line(""),
        ]);
        const parts = bodyParts(entity(Uint8Array.from([...all, ...line("--a long boundary--")]), "a long boundary"));
        expect(parts.ok && parts.value.map(({ body }) => [...body])).toEqual(bodies.map((body) => [...body]));
      }),
    );
  });

  test("are never an exception, whatever the bytes", () => {
    const pieces = fc.constantFrom("--b", "--b--", "\r\n", "\n", "--", "X: 1", " ", "\0", "\u00e9");
    fc.assert(
      fc.property(fc.array(pieces), (all) => void bodyParts(entity(all.join("")))),
      { numRuns: 1_000 },
    );
  });
});
