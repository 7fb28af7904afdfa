import type { Instant, LegId } from "@cordboard/kernel";
import type { HistoryDisposition, OpenRow, RowEnd } from "../history/index.ts";
import type { LegQuality } from "../media/index.ts";
import type { EndReason, EndWhy } from "./end-reason.ts";
import type { Call, Leg } from "./types.ts";

/** The first state of a call's history row. */
export function openRow(call: Call): OpenRow {
  const { destination, from, to } = call;
  return {
    id: call.id,
    tenant: call.tenant,
    start: call.startedAt,
    src: from.number,
    dst: to.number,
    fromName: from.name,
    fromNumber: from.number,
    toName: to.name,
    toNumber: to.number,
    lastapp: destination?.kind === "service" ? destination.service.kind : "dial",
    lastdata: destination?.kind === "trunk" ? destination.trunk.name : to.number,
    channel: channelOf(call.legs.find(({ side }) => side === "caller")),
  };
}

/** What is known of the call when its last leg has ended. */
export function closeRow(call: Call, end: EndReason, at: Instant): RowEnd {
  const quality: Record<LegId, LegQuality> = {};
  for (const leg of call.legs)
    if (leg.quality !== null) quality[leg.id] = { ...rounded(leg.quality), ...silenceOf(leg, at), ...troubleOf(leg) };
  return {
    id: call.id,
    tenant: call.tenant,
    answer: call.answeredAt,
    end: at,
    disposition: call.answeredAt === null ? dispositionOf(end.why) : "ANSWERED",
    lastapp: openRow(call).lastapp,
    dstchannel: channelOf(calleeOf(call)),
    cause: end.cause,
    sipStatus: end.sip,
    endedBy: end.party,
    quality,
  };
}

/** How long its peer sent nothing though it should have, where that ever was noticed. */
function silenceOf({ silentFor, silentSince, endedAt }: Leg, at: Instant): Pick<LegQuality, "silentSeconds"> {
  const silence = silentFor + (silentSince === null ? 0 : (endedAt ?? at) - silentSince);
  return silence === 0 ? {} : { silentSeconds: Math.round(silence / 1000) };
}

/** What kept its sound from getting through, where it was given up for that. */
const troubleOf = ({ trouble }: Leg): Pick<LegQuality, "trouble"> => (trouble === null ? {} : { trouble });

/** Figures to two decimals: more says nothing about sound. */
function rounded(quality: LegQuality): LegQuality {
  const round = (figure: number): number => Math.round(figure * 100) / 100;
  const orNothing = (figure: number | undefined): number | undefined =>
    figure === undefined ? undefined : round(figure);
  return {
    ...quality,
    remoteLossRatio: orNothing(quality.remoteLossRatio),
    jitterMs: round(quality.jitterMs),
    roundTripMs: orNothing(quality.roundTripMs),
    mos: orNothing(quality.mos),
  };
}

/** The callee that counts: who answered, else the first that was called. */
export function calleeOf(call: Call): Leg | undefined {
  const callees = call.legs.filter(({ side }) => side === "callee");
  return callees.find(({ answeredAt }) => answeredAt !== null) ?? callees[0];
}

/** A leg's name in older programs: `SIP/<extension>-<8 hexadecimal digits>`, derived from the random end of its id. */
export function channelOf(leg: Leg | undefined): string {
  if (leg === undefined) return "";
  let bits = 0;
  for (const char of leg.id.slice(-7)) bits = (bits * 32 + Number.parseInt(char, 36)) >>> 0;
  const who = leg.at.kind === "user" ? leg.at.extension : leg.at.name;
  return `SIP/${who}-${bits.toString(16).padStart(8, "0")}`;
}

function dispositionOf(why: EndWhy): HistoryDisposition {
  switch (why) {
    case "busy":
      return "BUSY";
    // Who was rung for a command had answered, and hung up before anybody else did.
    case "normal-clearing":
    case "cancelled":
    case "no-answer":
    case "no-devices":
    case "not-registered":
    case "timed-out":
    case "declined":
      return "NO ANSWER";
    default:
      return "FAILED";
  }
}
