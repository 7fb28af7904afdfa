import { describe, expect, test } from "vitest";
import { addressBytes, sourceOf } from "./source.ts";

test.each([
  { address: "192.0.2.1", bytes: [192, 0, 2, 1] },
  { address: "::1", bytes: [...new Array(15).fill(0), 1] },
  { address: "2001:db8::5", bytes: [0x20, 1, 0x0d, 0xb8, ...new Array(11).fill(0), 5] },
  { address: "1:2:3:4:5:6:7:8", bytes: [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8] },
  { address: "2001:db8::", bytes: [0x20, 1, 0x0d, 0xb8, ...new Array(12).fill(0)] },
  { address: "fe80::1%eth0", bytes: [0xfe, 0x80, ...new Array(13).fill(0), 1] },
  { address: "::ffff:192.0.2.1", bytes: [...new Array(10).fill(0), 255, 255, 192, 0, 2, 1] },
])("the bytes of $address", ({ address, bytes }) => expect(addressBytes(address)).toEqual(bytes));

describe("one source", () => {
  test("is an IPv4 address", () => expect(sourceOf("192.0.2.1")).not.toBe(sourceOf("192.0.2.2")));
  test("is a network of IPv6, whatever is used of it", () => {
    expect(sourceOf("2001:db8:1:2::5")).toBe(sourceOf("2001:db8:1:2:a:b:c:d"));
    expect(sourceOf("2001:db8:1:2::5")).not.toBe(sourceOf("2001:db8:1:3::5"));
  });
});
