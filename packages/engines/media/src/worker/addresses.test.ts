import { expect, test } from "vitest";
import { canonicalAddress, isSendable } from "./addresses.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["::1", "::1"],
  ["FE80::1%eth0", "fe80::1%eth0"],
  ["phone.example", "phone.example"],
])("%s is spelt %s by the system", (given, expected) => {
  expect(canonicalAddress(given)).toBe(expected);
});

test.each([
  { address: "192.0.2.1", port: 4000, isPlace: true },
  { address: "::1", port: 4000, isPlace: true },
  { address: "fe80::1%eth0", port: 4000, isPlace: true },
  { address: "phone.example", port: 4000, isPlace: false },
  { address: "", port: 4000, isPlace: false },
  { address: "192.0.2.1", port: 0, isPlace: false },
  { address: "192.0.2.1", port: Number.NaN, isPlace: false },
  { address: "192.0.2.1", port: 65_536, isPlace: false },
  { address: "0.0.0.0", port: 4000, isPlace: false },
  { address: "::", port: 4000, isPlace: false },
  { address: "224.0.0.5", port: 4000, isPlace: false },
  { address: "ff02::1", port: 4000, isPlace: false },
  { address: "255.255.255.255", port: 4000, isPlace: false },
])("sound to $address:$port may be sent: $isPlace", ({ address, port, isPlace }) => {
  expect(isSendable({ address, port })).toBe(isPlace);
});
