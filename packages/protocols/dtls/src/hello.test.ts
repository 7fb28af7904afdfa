import { joined } from "@cordboard/kernel";
import { mutated, seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { number, vector } from "./bytes.ts";
import {
  parseCertificate,
  parseCertificateVerify,
  parseClientKeyExchange,
  parseServerKeyExchange,
  printCertificate,
  printCertificateVerify,
  printClientKeyExchange,
  printServerKeyExchange,
} from "./exchange.ts";
import { parseClientHello, parseServerHello, parseVerifyRequest, printClientHello, printServerHello } from "./hello.ts";
import { contentType, isDtls, parseRecords, printRecord } from "./record.ts";

const random = new Uint8Array(32).fill(7);
const clientHello = printClientHello({ random, cookie: Uint8Array.of(1, 2), profiles: [7, 1] });
const read = parseClientHello(clientHello);
if (read === undefined) throw new Error("our own hello cannot be read");
const serverHello = printServerHello({ random, profile: 7, to: read });

test("a client's hello is read as it was printed", () => {
  expect(read).toMatchObject({
    version: 0xfefd,
    random,
    cookie: Uint8Array.of(1, 2),
    profiles: [7, 1],
    groups: [29, 23],
    hasExtendedMaster: true,
    knowsRenegotiation: true,
    hasNoCompression: true,
    keyIdentifier: new Uint8Array(0),
  });
});

test("a server's hello is read as it was printed", () => {
  expect(parseServerHello(serverHello)).toMatchObject({
    version: 0xfefd,
    suite: 0xc02b,
    compression: 0,
    profiles: [7],
    hasExtendedMaster: true,
  });
});

test("an extension that comes twice makes no hello", () => {
  const twice = vector(2, ...[0, 0].map(() => joined(number(23, 2), vector(2))));
  const head = joined(number(0xfefd, 2), random, vector(1), number(0xc02b, 2), number(0, 1));
  expect(parseServerHello(joined(head, vector(2, joined(number(23, 2), vector(2)))))).toBeDefined();
  expect(parseServerHello(joined(head, twice))).toBeUndefined();
});

test("a hello whose end is missing, or is followed by something, is none", () => {
  for (let length = 0; length < clientHello.length; length++) {
    const isBare = parseClientHello(clientHello.subarray(0, length))?.hasExtendedMaster === false;
    // A hello without extensions is whole where they would begin.
    if (!isBare) expect(parseClientHello(clientHello.subarray(0, length))).toBeUndefined();
  }
  expect(parseClientHello(joined(clientHello, Uint8Array.of(0)))).toBeUndefined();
});

describe("any bytes are read without an exception", () => {
  const genuine: readonly Uint8Array[] = [
    clientHello,
    serverHello,
    printCertificate(new Uint8Array(300)),
    printServerKeyExchange(joined(Uint8Array.of(3, 0, 29), vector(1, random)), new Uint8Array(70)),
    printClientKeyExchange(random),
    printCertificateVerify(new Uint8Array(70)),
  ];
  const readers: readonly ((bytes: Uint8Array) => unknown)[] = [
    parseClientHello,
    parseServerHello,
    parseVerifyRequest,
    parseCertificate,
    parseServerKeyExchange,
    parseClientKeyExchange,
    parseCertificateVerify,
    parseRecords,
    isDtls,
  ];

  test("of chance", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readers.forEach((each) => void each(bytes))));
  });

  test("that were genuine once", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = seededRandom(seed);
        const bytes = mutated(genuine[dice.between(0, genuine.length - 1)] ?? random, dice, genuine);
        for (const each of readers) each(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test("as records, of which a datagram holds few, none longer than it may be", () => {
    const record = printRecord({ type: contentType.handshake, epoch: 0, sequence: 2 ** 48 - 1, body: random });
    expect(parseRecords(record)).toEqual([{ type: 22, epoch: 0, sequence: 2 ** 48 - 1, body: random }]);
    expect(parseRecords(joined(...Array.from({ length: 100 }, () => record))).length).toBe(32);
    const long = printRecord({ type: 22, epoch: 0, sequence: 0, body: new Uint8Array(16_384 + 257) });
    expect(parseRecords(long)).toEqual([]);
    expect(parseRecords(joined(record, record.subarray(0, -1))).length).toBe(1);
  });
});
