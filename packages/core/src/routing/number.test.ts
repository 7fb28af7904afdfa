import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanNumber } from "./number.ts";

test.each([
  ["102", "102"],
  ["+1 (580) 867-5309", "+15808675309"],
  ["0039 045.555", "0039045555"],
  ["[06] 55–50", "065550"],
  ["*21#", "*21#"],
])("%s is dialled as %s", (written, dialled) => {
  expect(cleanNumber(written)).toEqual({ ok: true, value: dialled });
});

test.each([
  "",
  "   ",
  "+",
  "++39",
  "12+3",
  "12a",
  "sip:102@example.com",
  "102;ext=1",
  "１０２",
  "1".repeat(33),
  "102\r\nX: y",
])("%j is refused", (written) => {
  expect(cleanNumber(written)).toEqual({ ok: false, error: { code: "invalid-number" } });
});

test("whatever is written, what is dialled has dialable characters only", () => {
  fc.assert(
    fc.property(fc.string(), (written) => {
      const cleaned = cleanNumber(written);
      if (cleaned.ok) expect(cleaned.value).toMatch(/^\+?[0-9*#]{1,32}$/);
    }),
  );
});
