import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dictionary } from "./bencode.ts";
import { printNg, readNg } from "./ng-message.ts";

const read = (text: string, start?: number): unknown => {
  const message = readNg(Buffer.from(text), start);
  return message.ok ? message.value : message.error.code;
};

describe("an ng message", () => {
  test("is a cookie and a dictionary", () =>
    expect(read("a1 d6:result4:ponge")).toEqual({ cookie: "a1", body: dictionary({ result: "pong" }), end: 19 }));

  test("may be followed by another", () => {
    expect(read("a dea1 de", 4)).toMatchObject({ cookie: "a1" });
    expect(read("a dea1 de")).toMatchObject({ cookie: "a", end: 4 });
  });

  test.each([
    ["", "cut"],
    ["a", "cut"],
    ["a ", "cut"],
    ["a d", "cut"],
    [" de", "malformed"],
    ["a 4:pong", "malformed"],
    ["a\nb de", "malformed"],
    ["ä de", "malformed"],
  ])("is not %j", (text, why) => expect(read(text)).toBe(why));

  test("has a cookie that ends", () => {
    expect(read(`${"a".repeat(255)} de`)).toMatchObject({ cookie: "a".repeat(255) });
    expect(read(`${"a".repeat(256)} de`)).toBe("malformed");
    expect(read("a".repeat(256))).toBe("malformed");
  });

  test("is read as it was printed", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,40}$/), fc.string(), (cookie, text) => {
        const printed = printNg({ cookie, body: dictionary({ text }) });
        expect(readNg(printed)).toEqual({
          ok: true,
          value: { cookie, body: dictionary({ text }), end: printed.length },
        });
      }),
    ));

  test("is never an exception, whatever the bytes are", () =>
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(typeof readNg(bytes).ok).toBe("boolean");
      }),
    ));
});
