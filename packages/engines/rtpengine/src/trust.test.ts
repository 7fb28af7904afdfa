import type { LegId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { CallFigures, StreamFigures } from "./readings.ts";
import type { Seat } from "./seat.ts";
import { newSeat, nothingCarried } from "./seat.ts";
import { hasOffered, isSettled, reviewTrust } from "./trust.ts";

const elsewhere = { address: "198.51.100.7", port: 5000 };
const stream = (changes: Partial<StreamFigures> = {}): StreamFigures => ({
  packets: 0,
  errors: 0,
  endpoint: elsewhere,
  isConfirmed: false,
  ...changes,
});

/** A seat whose peer was named, and of which so much has come since. */
function named(packetsReceived: number, packetsForeign: number, changes: Partial<Seat> = {}): Seat {
  const seat = newSeat("leg_A" as LegId, { isIPv6: false, isWebRtc: false });
  const before = { ...nothingCarried, packetsReceived: 10, packetsForeign: 20 };
  const figures = {
    ...nothingCarried,
    packetsReceived: 10 + packetsReceived,
    packetsForeign: 20 + packetsForeign,
  };
  const media = {
    remote: { ...elsewhere, rtcpPort: 1 },
    codecs: [],
    digitsPayload: undefined,
    direction: "sendrecv",
  } as const;
  return { ...seat, media, told: "", trust: { in: "named", before }, figures, ...changes };
}

const look = (seat: Seat, at: number, rtp: Partial<StreamFigures> = {}): Seat["trust"]["in"] => {
  const figures: CallFigures = new Map([
    [seat.outer, { rtp: stream(rtp), rtcp: stream({ endpoint: { ...elsewhere, port: 5007 } }), report: undefined }],
  ]);
  reviewTrust(seat, figures, ms(at));
  return seat.trust.in;
};

describe("a peer that was named", () => {
  test.each([
    ["is believed to be there while nothing comes", 0, 0, "named"],
    ["is there when packets come from there, whatever comes from elsewhere", 4, 400, "named"],
    ["is there, as far as is known, when little comes from elsewhere", 0, 3, "named"],
    ["is sought when packets come from elsewhere alone", 0, 4, "sought"],
    ["is sought when but a stray packet came from there", 3, 40, "sought"],
  ] as const)("%s", (_what, received, foreign, expected) => expect(look(named(received, foreign), 0)).toBe(expected));

  test("is judged by what comes after rtpengine was told its name", () => {
    const seat = named(0, 400, { trust: { in: "named", before: undefined } });
    expect(look(seat, 0)).toBe("named");
    expect(seat.trust).toMatchObject({ before: { packetsForeign: 420 } });
    expect(look(named(0, 400, { told: undefined }), 0)).toBe("named");
  });

  test("is left to ICE when it is a browser", () => expect(look(named(0, 400, { isWebRtc: true }), 0)).toBe("named"));

  test("is settled once it is heard, or found", () => {
    expect([named(0, 0), named(3, 0), named(4, 0)].map(isSettled)).toEqual([false, false, true]);
    expect(isSettled(named(0, 0, { media: undefined }))).toBe(true);
    expect(isSettled(named(0, 0, { trust: { in: "found", at: { ...elsewhere, rtcpPort: 1 } } }))).toBe(true);
    expect(isSettled(named(0, 0, { trust: { in: "sought", since: ms(0), hasOffered: true } }))).toBe(false);
  });
});

test("a peer that is sought is found where rtpengine has long been sure that it is", () => {
  const seat = named(0, 4);
  look(seat, 1000);
  hasOffered(seat);
  expect(seat.trust).toEqual({ in: "sought", since: 1000, hasOffered: true });
  expect(look(seat, 4499, { isConfirmed: true })).toBe("sought");
  expect(look(seat, 4500)).toBe("sought");
  expect(look(seat, 4500, { isConfirmed: true })).toBe("found");
  expect(seat.trust).toEqual({ in: "found", at: { ...elsewhere, rtcpPort: 5007 } });
  hasOffered(seat);
  expect(look(seat, 9000)).toBe("found");
});
