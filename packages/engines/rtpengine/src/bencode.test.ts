import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Bencoded } from "./bencode.ts";
import { dictionary, printBencode, readBencode } from "./bencode.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string): unknown => {
  const result = readBencode(bytes(text));
  return result.ok ? result.value.value : result.error.code;
};

const anyValue: fc.Arbitrary<Bencoded> = fc.letrec<{ value: Bencoded }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.string({ unit: "grapheme" }),
    fc.maxSafeInteger(),
    fc.array(tie("value"), { maxLength: 6 }),
    fc.array(fc.tuple(fc.string({ unit: "grapheme" }), tie("value")), { maxLength: 6 }).map((list) => new Map(list)),
  ),
})).value;

describe("bencode", () => {
  test.each([
    ["4:pong", "pong"],
    ["0:", ""],
    ["3:äx", "äx"],
    ["i42e", 42],
    ["i0e", 0],
    ["i-7e", -7],
    ["le", []],
    ["l1:ai1ee", ["a", 1]],
    ["d6:result4:ponge", new Map([["result", "pong"]])],
    ["de", new Map()],
  ])("%s is a value", (text, value) => expect(read(text)).toEqual(value));

  test.each([
    ["", "cut"],
    ["4:pon", "cut"],
    ["4", "cut"],
    ["i4", "cut"],
    ["l", "cut"],
    ["d", "cut"],
    ["d1:a", "cut"],
    ["ie", "malformed"],
    ["i-e", "malformed"],
    ["i-0e", "malformed"],
    ["i007e", "malformed"],
    ["i1.5e", "malformed"],
    ["i99999999999999999e", "malformed"],
    ["i9999999999999999e", "malformed"],
    ["01:a", "malformed"],
    ["-1:a", "malformed"],
    ["99999999:a", "malformed"],
    ["di1e1:ae", "malformed"],
    ["x", "malformed"],
    ["e", "malformed"],
  ])("%s is none", (text, why) => expect(read(text)).toBe(why));

  test("what lies too deep, or is too much, is none", () => {
    expect(read("l".repeat(40))).toBe("too-much");
    expect(read(`l${"0:".repeat(60_000)}e`)).toBe("too-much");
  });

  test("a name that objects have of their own is a name like any other", () =>
    expect(read("d9:__proto__1:ae")).toEqual(new Map([["__proto__", "a"]])));

  test("what is undefined is left out of a dictionary", () =>
    expect(dictionary({ a: 1, b: undefined })).toEqual(new Map([["a", 1]])));

  test("what was printed is read again, and where it ended", () =>
    fc.assert(
      fc.property(anyValue, fc.uint8Array({ maxLength: 5 }), (value, after) => {
        const printed = printBencode(value);
        expect(readBencode(Buffer.concat([printed, after]))).toEqual({
          ok: true,
          value: { value, end: printed.length },
        });
      }),
    ));

  test("each beginning of a value is cut, and never another value", () =>
    fc.assert(
      fc.property(anyValue, fc.double({ min: 0, max: 0.999, noNaN: true }), (value, share) => {
        const printed = printBencode(value);
        const result = readBencode(printed.subarray(0, Math.floor(share * printed.length)));
        expect(result).toEqual({ ok: false, error: { code: "cut" } });
      }),
    ));

  test("any bytes give a value or a fault", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(fc.constantFrom(..."dlie0123:-ab")).map((l) => bytes(l.join(""))),
        ),
        (any) => {
          const result = readBencode(any);
          if (result.ok) expect(result.value.end).toBeLessThanOrEqual(any.length);
          else expect(["cut", "malformed", "too-much"]).toContain(result.error.code);
        },
      ),
    ));
});
