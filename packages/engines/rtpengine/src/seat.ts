import type { NegotiatedMedia } from "@cordboard/core";
import type { LegId, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { PeerReport } from "./readings.ts";

/** A place on the network. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Both places of one side. */
export interface Endpoints {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** Where rtpengine passes a leg's sound. */
export type Path =
  /** Nowhere. */
  | { readonly to: "nobody" }
  /** To the leg's second leg, in the built-in engine. */
  | { readonly to: "builtin"; readonly at: Endpoints }
  /** To another leg of the same call, both ways. */
  | { readonly to: "leg"; readonly leg: LegId };

/** What went by at a leg. */
export interface SeatFigures {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** From elsewhere, dropped. */
  readonly packetsForeign: number;
  /** Packets of its peer that did not reach whom the leg was joined with, as far as those reported it. */
  readonly packetsLost: number;
  /** What the peer of whom it was joined with last reports of what it hears of this leg. */
  readonly isHeard: PeerReport | undefined;
  /** What the leg's own peer reports of what it hears. */
  readonly hears: PeerReport | undefined;
}

/** Figures of a leg that has carried nothing. */
export const nothingCarried: SeatFigures = {
  packetsReceived: 0,
  packetsSent: 0,
  packetsForeign: 0,
  packetsLost: 0,
  isHeard: undefined,
  hears: undefined,
};

/**
 * Whose packets are believed to be the peer's. Whoever sends from where the description says is listened to alone. Only when nothing
 * comes from there, but something from elsewhere, the peer is taken to be behind a translating router, and rtpengine may find out
 * where; from then on that is where it is.
 *
 *     named ──packets from elsewhere alone──▶ sought ──rtpengine is sure──▶ found
 */
export type Trust =
  /** With what had come before rtpengine knew the name, once that is known: until then it lets everything pass. */
  | { readonly in: "named"; readonly before: SeatFigures | undefined }
  | { readonly in: "sought"; readonly since: Millis; readonly hasOffered: boolean }
  | { readonly in: "found"; readonly at: Endpoints };

/**
 * A leg's place in a call of rtpengine. It has two tags: `outer` faces the peer, `inner` us; who is behind `inner` changes, the
 * ports of `outer` never do.
 */
export interface Seat {
  readonly leg: LegId;
  readonly outer: string;
  readonly inner: string;
  readonly isIPv6: boolean;
  readonly isWebRtc: boolean;
  state: "opening" | "open" | "closing";
  /** The port at which the peer's sound arrives, once it is open. */
  port: number | undefined;
  media: NegotiatedMedia | undefined;
  wants: Path;
  /** The leg with which rtpengine joins it now. */
  joined: LegId | undefined;
  /** Legs with which it was joined before: their peers take for lost what went elsewhere since. */
  readonly partedFrom: Set<LegId>;
  /** Packets of its peer that were lost until then. */
  lostBefore: number;
  /** How many reports its peer has made, and had made when the leg was joined last. */
  reports: number;
  reportsBefore: number;
  /** What rtpengine was told last of where it belongs; undefined before. */
  told: string | undefined;
  /** Whose packets are believed to be the peer's. */
  trust: Trust;
  figures: SeatFigures;
  /** Packets that have come from its inner side. */
  fromInner: number;
  /** When it was first known that so much had come. */
  heardAt: Millis;
}

/** A seat that has not been opened. */
export function newSeat(leg: LegId, place: { readonly isIPv6: boolean; readonly isWebRtc: boolean }): Seat {
  return {
    leg,
    outer: leg,
    inner: `${leg}/in`,
    ...place,
    state: "opening",
    port: undefined,
    media: undefined,
    wants: { to: "nobody" },
    joined: undefined,
    partedFrom: new Set(),
    lostBefore: 0,
    reports: 0,
    reportsBefore: 0,
    told: undefined,
    trust: { in: "named", before: undefined },
    figures: nothingCarried,
    fromInner: 0,
    heardAt: ms(0),
  };
}

/** rtpengine joins two legs. */
export function join(a: Seat, b: Seat): void {
  if (a.joined === b.leg && b.joined === a.leg) return;
  for (const seat of [a, b]) {
    part(seat);
    seat.reportsBefore = seat.reports;
  }
  [a.joined, b.joined] = [b.leg, a.leg];
}

/** rtpengine joins the leg with nobody any more. */
export function part(seat: Seat): void {
  if (seat.joined === undefined) return;
  seat.partedFrom.add(seat.joined);
  seat.lostBefore = seat.figures.packetsLost;
  seat.joined = undefined;
}
