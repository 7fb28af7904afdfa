import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readOrder } from "./read-order.ts";

const read = (text: string): unknown => {
  const order = readOrder(Buffer.from(text));
  return order.ok ? `${order.value.extension} > ${order.value.number}` : order.error;
};

describe("a body is read by what it looks like", () => {
  test.each([
    ['{"extension":"309","phonenumber":"15808675309"}', "309 > 15808675309"],
    ['{"phonenumber":"15808675309","extension":"309","more":{}}', "309 > 15808675309"],
    [' \r\n{"extension":" 309 ","phonenumber":"+1 (580) 867-5309"}', "309 > +1 (580) 867-5309"],
    ['{"extension":309,"phonenumber":15808675309}', "309 > 15808675309"],
    ["extension=309&phonenumber=15808675309", "309 > 15808675309"],
    ["extension=309&phonenumber=%2B1+580", "309 > +1 580"],
    ['{"extension":"309"}', "invalid-number"],
    ['{"extension":"309","phonenumber":""}', "invalid-number"],
    ['{"extension":"309","phonenumber":null}', "invalid-number"],
    ['{"extension":"309","phonenumber":1.5}', "invalid-number"],
    ['{"extension":"309","phonenumber":1e300}', "invalid-number"],
    ['{"extension":"309","phonenumber":["1"]}', "invalid-number"],
    [`{"extension":"309","phonenumber":"${"1".repeat(65)}"}`, "invalid-number"],
    ['{"phonenumber":"15808675309"}', "invalid-extension"],
    ['{"extension":-1,"phonenumber":"1"}', "invalid-extension"],
    ['{"extension":true,"phonenumber":"1"}', "invalid-extension"],
    ['{"extension":{"a":1},"phonenumber":"1"}', "invalid-extension"],
    ['{"__proto__":{"extension":"309","phonenumber":"1"}}', "invalid-extension"],
    ["", "invalid-extension"],
    ["hello", "invalid-extension"],
    ["{}", "invalid-extension"],
    ["[]", "bad-request"],
    ['["309","1"]', "bad-request"],
    ['{"extension":"309",', "bad-request"],
  ])("%j: %s", (text, expected) => expect(read(text)).toBe(expected));

  test("bytes that are no text are refused", () =>
    expect(readOrder(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual({ ok: false, error: "bad-request" }));

  test("any bytes give an order or a refusal", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.json().map((json) => Buffer.from(json)),
        ),
        (bytes) => {
          const order = readOrder(bytes);
          if (order.ok) expect(order.value.number.length).toBeLessThanOrEqual(64);
        },
      ),
    );
  });
});
