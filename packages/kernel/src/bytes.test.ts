import { expect, test } from "vitest";
import { joined, sameBytes } from "./bytes.ts";

test("pieces are joined in their order, empty ones too", () => {
  expect(joined(Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3))).toEqual(Uint8Array.of(1, 2, 3));
  expect(joined()).toEqual(new Uint8Array(0));
});

test.each([
  { a: [], b: [], same: true },
  { a: [1, 2], b: [1, 2], same: true },
  { a: [1, 2], b: [1, 3], same: false },
  { a: [1, 2], b: [1], same: false },
  { a: [1], b: [1, 0], same: false },
  { a: [], b: [0], same: false },
])("$a and $b are the same: $same", ({ a, b, same }) => {
  expect(sameBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(same);
});
