import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerBinding, isStun } from "./stun.ts";

/** Bytes of hexadecimal digits; blanks do not count. */
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const shown = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("hex");

/** RFC 5769 §2.2 and §2.3: this transaction's XOR-MAPPED-ADDRESS of these two addresses. */
const ID = "2112a442 b7e7a701bc34d686fa87dfae";
const ask = (attributes = ""): Uint8Array => {
  const body = hex(attributes);
  return hex(`0001 ${body.length.toString(16).padStart(4, "0")} ${ID} ${attributes}`);
};

describe("a binding request", () => {
  test.each([
    { address: "192.0.2.1", port: 32853, mapped: "0020 0008 0001 a147 e112a643" },
    {
      address: "2001:db8:1234:5678:11:2233:4455:6677",
      port: 32853,
      mapped: "0020 0014 0002 a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9",
    },
  ])("from $address is told the address that it came from", ({ address, port, mapped }) => {
    const attribute = hex(mapped);
    const expected = hex(`0101 ${attribute.length.toString(16).padStart(4, "0")} ${ID} ${mapped}`);
    expect(shown(answerBinding(ask(), { address, port }))).toBe(shown(expected));
  });

  test("with credentials, software and padding is answered like any other", () => {
    const software = "8022 0003 61626300";
    const username = "0006 0005 6576746a 3a000000";
    expect(shown(answerBinding(ask(`${software} ${username}`), { address: "192.0.2.1", port: 1 }))).toMatch(
      /^0101000c/,
    );
  });

  test("with what must be understood, and is not, is told so", () => {
    const answer = answerBinding(ask("0003 0004 00000006  0019 0000"), { address: "192.0.2.1", port: 1 });
    expect(shown(answer)).toBe(shown(hex(`0111 0010 ${ID} 0009 0004 00000414  000a 0004 00030019`)));
  });

  test("that is one long list of such things gets a short answer", () => {
    const answer = answerBinding(ask("7fff0000".repeat(100)), { address: "192.0.2.1", port: 1 });
    expect(answer).toHaveLength(20 + 8 + 12);
  });

  test("with a fingerprint gets one", () => {
    const fingered = answerBinding(hex(FINGERED), { address: "192.0.2.1", port: 32853 });
    expect(shown(fingered)).toMatch(/^01010014.*80280004[0-9a-f]{8}$/);
    expect(shown(fingered)?.slice(-8)).toBe(fingerprintOf(shown(fingered)?.slice(0, -16) ?? ""));
  });
});

/** A binding request with nothing but a fingerprint: CRC-32 of the 20 bytes before it, mixed with `STUN`. */
const FINGERED = `0001 0008 ${ID} 8028 0004 ${fingerprintOf(`0001 0008 ${ID}`)}`;

/** By the polynomial, bit by bit, so that it is not our own code that tells. */
function fingerprintOf(text: string): string {
  let crc = 0xffff_ffff;
  for (const byte of hex(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ((crc ^ 0xffff_ffff ^ 0x5354_554e) >>> 0).toString(16).padStart(8, "0");
}

describe("what gets no answer", () => {
  const source = { address: "192.0.2.1", port: 1 };
  test.each([
    { name: "another cookie", bytes: `0001 0000 00000000 ${"00".repeat(12)}` },
    { name: "another method", bytes: `0002 0000 ${ID}` },
    { name: "an indication", bytes: `0011 0000 ${ID}` },
    { name: "an answer", bytes: `0101 0000 ${ID}` },
    { name: "a length that says more", bytes: `0001 0004 ${ID}` },
    { name: "a length that says less", bytes: `0001 0000 ${ID} 80220000` },
    { name: "an attribute beyond the end", bytes: `0001 0004 ${ID} 80220004` },
    { name: "a wrong fingerprint", bytes: `0001 0008 ${ID} 8028 0004 00000000` },
    { name: "half a header", bytes: "0001 0000 2112a442" },
    { name: "more than a keep-alive says", bytes: `0001 0228 ${ID} ${"80220000".repeat(138)}` },
  ])("$name", ({ bytes }) => expect(answerBinding(hex(bytes), source)).toBeUndefined());

  test("SIP is not taken for STUN", () => {
    expect(isStun(new TextEncoder().encode("OPTIONS sip:a SIP/2.0\r\n\r\n"))).toBe(false);
    expect(isStun(new TextEncoder().encode("\r\n\r\nOPTIONS sip:a SIP/2.0"))).toBe(false);
  });

  test("any bytes after a good header give a small answer or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (rest) => {
        const bytes = new Uint8Array([...hex(`0001 0000 ${ID}`), ...rest]);
        new DataView(bytes.buffer).setUint16(2, rest.length);
        expect(answerBinding(bytes, source)?.length ?? 0).toBeLessThanOrEqual(bytes.length + 32);
      }),
    );
  });
});
