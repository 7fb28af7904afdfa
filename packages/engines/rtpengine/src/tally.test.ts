import type { LegId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { CallFigures, PeerReport, SideFigures } from "./readings.ts";
import type { Seat } from "./seat.ts";
import { join, newSeat, part } from "./seat.ts";
import { tally } from "./tally.ts";

const legs = ["leg_A", "leg_B", "leg_C"] as LegId[];
const newSeats = (): readonly Seat[] => legs.map((leg) => newSeat(leg, { isIPv6: false, isWebRtc: false }));

const side = (packets: number, errors = 0, report?: PeerReport): SideFigures => ({
  rtp: { packets, errors, endpoint: { address: "192.0.2.1", port: 4000 }, isConfirmed: true },
  rtcp: undefined,
  report,
});

const report = (reports: number, packetsLost: number): PeerReport => ({
  reports,
  packetsLost,
  jitterMs: 2,
  roundTripMs: 10,
});

const take = (seats: readonly Seat[], figures: Readonly<Record<string, SideFigures>>, at = 0): void => {
  const told: CallFigures = new Map(Object.entries(figures));
  tally(new Map(seats.map((seat) => [seat.leg, seat])), told, ms(at));
};

/** Three seats, of which the first two are joined. */
function joined(): readonly [Seat, Seat, Seat] {
  const [a, b, c] = newSeats();
  if (a === undefined || b === undefined || c === undefined) throw new Error("too few");
  join(a, b);
  return [a, b, c];
}

describe("what legs have carried", () => {
  test("is what came from the peer, without what was dropped, and what the other leg's peer sent", () => {
    const [a, b] = joined();
    take([a, b], { leg_A: side(100, 5), leg_B: side(60) }, 20);
    expect(a.figures).toMatchObject({ packetsReceived: 95, packetsForeign: 5, packetsSent: 60 });
    expect(b.figures).toMatchObject({ packetsReceived: 60, packetsForeign: 0, packetsSent: 95 });
    take([a, b], { leg_A: side(100, 9), leg_B: side(70) }, 40);
    expect(a.figures).toMatchObject({ packetsReceived: 91, packetsSent: 70 });
    expect([a.heardAt, b.heardAt]).toEqual([20, 40]);
  });

  test("of one that has a double is what that one sent", () => {
    const [a, b] = joined();
    take([a, b], { leg_A: side(10), leg_B: side(10) });
    part(a);
    part(b);
    take([a, b], { leg_A: side(30), "leg_A/in": side(25, 1), leg_B: side(50) });
    expect(a.figures).toMatchObject({ packetsReceived: 30, packetsSent: 34 });
    expect(b.figures).toMatchObject({ packetsReceived: 50, packetsSent: 10 });
  });

  test("stays as it was of one of which nothing is told", () => {
    const [a, b] = joined();
    take([a, b], { leg_A: side(10) });
    take([a, b], {});
    expect([a.figures.packetsReceived, b.figures.packetsSent]).toEqual([10, 10]);
  });
});

describe("what peers report", () => {
  test("says of each leg how it is heard, and how it hears", () => {
    const [a, b] = joined();
    take([a, b], { leg_A: side(10), leg_B: side(10, 0, report(1, 4)) });
    expect(a.figures).toMatchObject({ packetsLost: 4, isHeard: report(1, 4), hears: undefined });
    expect(b.figures).toMatchObject({ packetsLost: 0, isHeard: undefined, hears: report(1, 4) });
  });

  test("is not believed of two that are joined again: what went elsewhere meanwhile was not lost", () => {
    const [a, b] = joined();
    take([a, b], { leg_A: side(10), leg_B: side(10, 0, report(1, 4)) });
    part(a);
    part(b);
    join(a, b);
    take([a, b], { leg_A: side(2000), leg_B: side(2000, 0, report(2, 1500)) });
    expect(a.figures.packetsLost).toBe(4);
  });

  test("adds up over those with whom a leg is joined, each from the first report that it makes then", () => {
    const [a, b, c] = joined();
    const before = { leg_B: side(10, 0, report(2, 4)), leg_C: side(0, 0, report(7, 99)) };
    take([a, b, c], { ...before, leg_A: side(10) });
    join(a, c);
    expect(b.joined).toBe(a.leg);
    take([a, b, c], { ...before, leg_A: side(20) });
    expect(a.figures.packetsLost).toBe(4);
    take([a, b, c], { ...before, leg_A: side(30), leg_C: side(20, 0, report(8, 1)) });
    expect(a.figures.packetsLost).toBe(5);
    expect(b.figures).toMatchObject({ packetsLost: 0, hears: report(2, 4) });
  });
});
