import type { LegId, Millis } from "@cordboard/kernel";
import type { CallFigures, PeerReport } from "./readings.ts";
import type { Seat } from "./seat.ts";

/**
 * Adds up what the legs of a call have carried, from what rtpengine counts at each side and what peers report to each other through it.
 * What two joined legs hear is what comes from the other, so this has to be done before their ways part.
 */
export function tally(seats: ReadonlyMap<LegId, Seat>, figures: CallFigures, now: Millis): void {
  const before = new Map(
    [...seats].map(
      ([
        leg,
        {
          figures: { packetsReceived },
        },
      ]) => [leg, packetsReceived],
    ),
  );
  for (const seat of seats.values()) tallyOwn(seat, figures, now);
  for (const seat of seats.values()) {
    const other = seat.joined === undefined ? undefined : seats.get(seat.joined);
    if (other?.joined !== seat.leg) continue;
    const news = other.figures.packetsReceived - (before.get(other.leg) ?? 0);
    seat.figures = { ...seat.figures, packetsSent: seat.figures.packetsSent + news };
    if (!seat.partedFrom.has(other.leg)) takeReports(seat, other, figures);
  }
}

/** What came from the peer, and what came for it from the inner side. */
function tallyOwn(seat: Seat, figures: CallFigures, now: Millis): void {
  const { rtp: outer, report } = figures.get(seat.outer) ?? {};
  if (outer === undefined) return;
  seat.reports = report?.reports ?? seat.reports;
  const packetsReceived = outer.packets - outer.errors;
  if (packetsReceived > seat.figures.packetsReceived) seat.heardAt = now;
  const inner = figures.get(seat.inner)?.rtp;
  const fromInner = inner === undefined ? seat.fromInner : inner.packets - inner.errors;
  const packetsSent = seat.figures.packetsSent + fromInner - seat.fromInner;
  seat.fromInner = fromInner;
  seat.figures = { ...seat.figures, packetsReceived, packetsSent, packetsForeign: outer.errors };
}

function takeReports(seat: Seat, other: Seat, figures: CallFigures): void {
  const [hears, isHeard] = [newReport(seat, figures), newReport(other, figures)];
  if (hears !== undefined) seat.figures = { ...seat.figures, hears };
  if (isHeard === undefined) return;
  seat.figures = { ...seat.figures, isHeard, packetsLost: seat.lostBefore + isHeard.packetsLost };
}

/** What a peer says of what it hears since its leg was joined; undefined as long as it has said nothing. */
function newReport({ outer, reportsBefore }: Seat, figures: CallFigures): PeerReport | undefined {
  const report = figures.get(outer)?.report;
  return report === undefined || report.reports <= reportsBefore ? undefined : report;
}
