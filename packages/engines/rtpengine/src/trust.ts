import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { CallFigures } from "./readings.ts";
import type { Seat } from "./seat.ts";

/** Packets that are no accident any more: one or two may pass before rtpengine knows where the peer is. */
const ENOUGH = 4;
/** How long rtpengine weighs where packets from elsewhere come from; after that what it has found holds. */
const SOUGHT_FOR: Millis = ms(3500);

/** Looks at what has come of a leg since its peer was named, and draws the conclusion. Browsers are found by ICE. */
export function reviewTrust(seat: Seat, figures: CallFigures, now: Millis): void {
  const { rtp, rtcp } = figures.get(seat.outer) ?? {};
  const { trust } = seat;
  if (rtp === undefined || seat.isWebRtc || seat.told === undefined) return;
  if (trust.in === "named") {
    if (trust.before === undefined) seat.trust = { in: "named", before: seat.figures };
    else if (!isHeard(seat) && seat.figures.packetsForeign - trust.before.packetsForeign >= ENOUGH)
      seat.trust = { in: "sought", since: now, hasOffered: false };
  } else if (trust.in === "sought" && rtp.isConfirmed && now - trust.since >= SOUGHT_FOR)
    seat.trust = { in: "found", at: { ...rtp.endpoint, rtcpPort: rtcp?.endpoint.port ?? rtp.endpoint.port + 1 } };
}

/** The peer's side has made an offer: a peer that is sought is being sought from now on. */
export function hasOffered(seat: Seat): void {
  if (seat.trust.in === "sought") seat.trust = { ...seat.trust, hasOffered: true };
}

/** Nothing more is to be found out soon of where a leg's peer is. */
export const isSettled = (seat: Seat): boolean =>
  seat.media === undefined || seat.isWebRtc || seat.trust.in === "found" || isHeard(seat);

/** Whether a peer is where it was said to be. */
const isHeard = ({ trust, figures }: Seat): boolean =>
  trust.in === "named" &&
  trust.before !== undefined &&
  figures.packetsReceived - trust.before.packetsReceived >= ENOUGH;
