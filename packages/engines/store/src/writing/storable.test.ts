import fc from "fast-check";
import { expect, test } from "vitest";
import { storable, storableJson } from "./storable.ts";

test("text that PostgreSQL refuses is made into text that it takes", () => {
  expect(storable("a\0b\ud800c😀")).toBe("ab\ufffdc😀");
});

test("any text becomes well formed and free of zeros, within JSON too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const kept: unknown = JSON.parse(storableJson({ text }));
      expect(storable(text).isWellFormed()).toBe(true);
      expect(kept).toEqual({ text: storable(text) });
      expect(storable(text)).not.toContain("\0");
    }),
  );
});

test("names of fields are made storable as well", () => {
  expect(storableJson({ "a\0b": { "\ud800": 1 } })).toBe('{"ab":{"\ufffd":1}}');
});
