import fc from "fast-check";
import { expect, test } from "vitest";
import { addressBytes, addressText } from "../address.ts";
import { parseCandidate, printCandidate } from "../candidate.ts";
import { unknownAttribute } from "../checks.ts";
import { nodeStunCrypto as crypto } from "../transport/stun-crypto.ts";
import type { StunMessage } from "./message.ts";
import { attributeType, parseStun, printStun } from "./message.ts";
import { errorAttribute, errorOf, mappedAddress, mappedAddressOf, numberOf, usernameOf } from "./values.ts";

/** The sample request of RFC 5769 §2.1. */
const SAMPLE = Buffer.from(
  "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e740024000" +
    "46e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5" +
    "b2d3f249c1b571a280280004e57a3bcf",
  "hex",
);
const PASSWORD = Buffer.from("VOkJxbRl1RmTxUk/WvJxBt");

test("the sample request of RFC 5769 is read, and its signature is the password's", () => {
  const parsed = parseStun(SAMPLE);
  if (!parsed.ok) throw new Error(parsed.error);
  expect(usernameOf(parsed.value)).toBe("evtj:h6vY");
  expect(numberOf(parsed.value, attributeType.priority)).toBe(0x6e00_01ff);
  expect(parsed.value.isSignedWith(PASSWORD, crypto)).toBe(true);
  expect(parsed.value.isSignedWith(Buffer.from("another"), crypto)).toBe(false);
});

test("the sample responses of RFC 5769 tell the addresses that they should", () => {
  const ipv4 =
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
  const parsed = parseStun(Buffer.from(ipv4, "hex"));
  if (!parsed.ok) throw new Error(parsed.error);
  expect(mappedAddressOf(parsed.value)).toEqual({ address: "192.0.2.1", port: 32_853 });
  expect(parsed.value.isSignedWith(PASSWORD, crypto)).toBe(true);
});

test("any changed bit of a signed message is noticed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 * SAMPLE.length - 1 }), (bit) => {
      const changed = Uint8Array.from(SAMPLE);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const parsed = parseStun(changed);
      expect(parsed.ok && parsed.value.isSignedWith(PASSWORD, crypto)).toBe(false);
    }),
  );
});

const messages: fc.Arbitrary<StunMessage> = fc.record({
  class: fc.constantFrom("request", "indication", "success", "error"),
  transaction: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  attributes: fc.array(
    fc.record({ type: fc.constantFrom(6, 9, 0x24, 0x25, 0x8029, 0x7777), value: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 8 },
  ),
});

test("what is printed is read as it was, signed or not", () => {
  fc.assert(
    fc.property(messages, fc.boolean(), (message, isSigned) => {
      const signing = isSigned ? { key: PASSWORD, crypto } : undefined;
      const parsed = parseStun(printStun(message, signing));
      if (!parsed.ok) throw new Error(parsed.error);
      const { class: kind, transaction, attributes } = parsed.value;
      expect({ class: kind, transaction, attributes }).toEqual(message);
      expect(parsed.value.isSigned).toBe(isSigned);
      expect(parsed.value.isSignedWith(PASSWORD, crypto)).toBe(isSigned);
    }),
  );
});

test("any bytes get an answer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      expect(typeof parseStun(bytes).ok).toBe("boolean");
      const head = Uint8Array.of(0, 1, 0, bytes.length & 0xfc, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12));
      expect(typeof parseStun(Uint8Array.of(...head, ...bytes)).ok).toBe("boolean");
    }),
  );
});

test("a message that was changed anywhere, or cut, gets an answer, and so does whatever stands in it", () => {
  const values = (message: StunMessage): readonly unknown[] => [
    usernameOf(message),
    numberOf(message, attributeType.priority),
    errorOf(message),
    mappedAddressOf(message),
    unknownAttribute(message),
  ];
  const edits = fc.array(fc.tuple(fc.nat(SAMPLE.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(edits, fc.nat(SAMPLE.length), fc.boolean(), (changes, length, isCut) => {
      const bytes = Uint8Array.from(isCut ? SAMPLE.subarray(0, length) : SAMPLE);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      const parsed = parseStun(bytes);
      if (parsed.ok) expect(values(parsed.value)).toHaveLength(5);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(messages, (message) => {
      expect(values(message)).toHaveLength(5);
    }),
  );
});

test("any text gets an answer where an address or a candidate should stand", () => {
  const words = fc.array(fc.constantFrom("1", "udp", "typ", "host", "::", "1.2.3.4", ":", "%", " ", "99999", "f:"), {
    maxLength: 24,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 100 }),
        words.map((parts) => parts.join("")),
      ),
      (text) => {
        const bytes = addressBytes(text);
        if (bytes !== undefined) expect(addressBytes(addressText(bytes))).toEqual(bytes);
        const candidate = parseCandidate(text);
        if (candidate !== undefined) expect(parseCandidate(printCandidate(candidate))).toEqual(candidate);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("attributes behind the signature are not believed", () => {
  const signed = printStun(
    { class: "request", transaction: new Uint8Array(12), attributes: [] },
    { key: PASSWORD, crypto },
  );
  // In place of the checksum, an attribute that nobody signed.
  const forged = Uint8Array.of(...signed.subarray(0, -8), 0, 0x25, 0, 0);
  forged[3] = forged.length - 20;
  const parsed = parseStun(forged);
  expect(parsed.ok && parsed.value.attributes).toEqual([]);
});

test.each(["192.0.2.1", "::", "::1", "2001:db8:1234:5678:11:2233:4455:6677", "fe80::1", "1:0:0:2::3"])(
  "%s survives its bytes, in a message too",
  (address) => {
    expect(addressText(addressBytes(address) ?? new Uint8Array(0))).toBe(address);
    const transaction = Uint8Array.from({ length: 12 }, (_, i) => i);
    const attribute = mappedAddress({ address, port: 65_535 }, transaction);
    const message = { class: "success", transaction, attributes: attribute === undefined ? [] : [attribute] } as const;
    expect(mappedAddressOf(message)).toEqual({ address, port: 65_535 });
  },
);

test.each([
  "",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1:2",
  "1::2::3",
  "::g",
  "1:2:3:4:5:6:7:8:9",
  "name.local",
  "::1.2.3",
])("%j is no address", (text) => expect(addressBytes(text)).toBeUndefined());

test("errors have their numbers", () => {
  const message = { class: "error", transaction: new Uint8Array(12), attributes: [errorAttribute(487)] } as const;
  expect(errorOf(message)).toBe(487);
  expect(errorOf({ ...message, attributes: [] })).toBeUndefined();
});

test("a browser's candidate is read, whatever follows its type", () => {
  const text =
    "842163049 1 udp 1677729535 192.0.2.3 55996 typ srflx raddr 10.0.0.3 rport 4711 generation 0 ufrag ab network-cost 999";
  const candidate = parseCandidate(text);
  expect(candidate).toEqual({
    foundation: "842163049",
    priority: 1_677_729_535,
    address: "192.0.2.3",
    port: 55_996,
    type: "srflx",
  });
  if (candidate !== undefined) expect(parseCandidate(printCandidate(candidate))).toEqual(candidate);
});

test("an address is known by one spelling, whichever the peer uses", () => {
  expect(parseCandidate("1 1 UDP 1 2001:0DB8:0:0::00:9 5 typ host")?.address).toBe("2001:db8::9");
});

test.each([
  "1 1 udp 1 fe80::1%eth0 5 typ host",
  "1 1 udp 1 010.0.0.1 5 typ host",
  "1 2 udp 1 192.0.2.3 5 typ host",
  "1 1 tcp 1 192.0.2.3 9 typ host tcptype active",
  "1 1 udp 1 c0ffee.local 5 typ host",
  "1 1 udp 0 192.0.2.3 5 typ host",
  "1 1 udp 1 192.0.2.3 0 typ host",
  "1 1 udp 1 192.0.2.3 70000 typ host",
  "1 1 udp 1 192.0.2.3 5 typ odd",
  "",
])("%j is no candidate of use", (text) => expect(parseCandidate(text)).toBeUndefined());
