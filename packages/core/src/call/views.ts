import type { Instant } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { Call, Leg } from "./types.ts";
import type { CallView, LegView } from "./view.ts";

/** Views of legs, which change less often than their call is shown: events of one call share them in memory. */
const known = new WeakMap<Leg, LegView>();

/** The call as the outside sees it. `endedAt` is given when it is over. */
export function callView(call: Call, endedAt: Instant | null = null): CallView {
  return {
    id: call.id,
    state: endedAt === null ? stateOf(call) : "ended",
    origin: call.origin,
    startedAt: isoText(call.startedAt),
    answeredAt: textOrNull(call.answeredAt),
    endedAt: textOrNull(endedAt),
    parkedAt: call.parked?.number ?? null,
    from: call.from,
    to: call.to,
    joined: call.joined,
    legs: call.legs.map(viewOf),
  };
}

function viewOf(leg: Leg): LegView {
  const view = known.get(leg) ?? legView(leg);
  known.set(leg, view);
  return view;
}

function stateOf(call: Call): CallView["state"] {
  if (call.answeredAt !== null) return "talking";
  return call.legs.some(({ state }) => state === "ringing") ? "ringing" : "setup";
}

function legView(leg: Leg): LegView {
  return {
    id: leg.id,
    side: leg.side,
    extension: leg.at.kind === "user" ? leg.at.extension : null,
    trunk: leg.at.kind === "trunk" ? leg.at.name : null,
    state: leg.state,
    isRecorded: leg.recording !== null && leg.recording.by !== "attendant",
    role: leg.role.kind,
    isHolding: leg.hold !== null,
    isSilent: leg.state === "answered" && leg.silentSince !== null,
    sipCallId: leg.sipCallId,
    startedAt: isoText(leg.startedAt),
    answeredAt: textOrNull(leg.answeredAt),
    endedAt: textOrNull(leg.endedAt),
    end: leg.end,
  };
}

const textOrNull = (at: Instant | null): string | null => (at === null ? null : isoText(at));
