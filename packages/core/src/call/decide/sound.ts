import type { TenantId } from "@cordboard/kernel";
import type { SoundSource } from "../../media/index.ts";
import type { CallDraft } from "../draft.ts";
import type { Attendant, Call, Leg } from "../types.ts";

const music: SoundSource = { kind: "music" };
const silence: SoundSource = { kind: "silence" };
const ringback: SoundSource = { kind: "tone", tone: "ringback" };

/**
 * What an answered leg hears over whom it is joined with; null: them, or nothing. A function of the call alone, so that sound always
 * fits the state, whichever way that was come to.
 */
export function heardBy(call: Call, leg: Leg): SoundSource | null {
  switch (call.phase) {
    case "ringing-caller":
      return null;
    case "calling":
      return whileCalling(call, leg);
    case "talking":
      return inTalk(call, leg);
    case "closing":
      return leg.hears;
    default:
      return null;
  }
}

function whileCalling(call: Call, leg: Leg): SoundSource | null {
  if (leg.isLeaving) return null;
  if (call.end !== null) return { kind: "tone", tone: call.end.why === "busy" ? "busy" : "congestion" };
  if (call.joined.includes(leg.id)) return null;
  const rung = call.round?.legs ?? [];
  if (call.legs.some(({ id, state }) => state === "ringing" && rung.includes(id))) return ringback;
  return call.answeredAt === null ? null : music;
}

function inTalk(call: Call, leg: Leg): SoundSource | null {
  if (leg.hold === "command") return silence;
  if (call.attendant?.leg === leg.id && call.joined.length === 0) return spoken(call.tenant, call.attendant);
  if (!call.joined.includes(leg.id)) return call.parked === null ? serviceSound(call) : music;
  if (call.joined.length > 2) return null;
  const other = call.legs.find(({ id }) => id !== leg.id && call.joined.includes(id));
  return other === undefined || other.hold !== null ? music : other.isMuted ? silence : null;
}

function spoken(tenant: TenantId, { says, language }: Attendant): SoundSource | null {
  return says.length === 0 ? null : { kind: "spoken", tenant, language, words: says };
}

/** What the server plays to whoever dialled it. */
function serviceSound({ destination, joined }: Call): SoundSource | null {
  if (destination?.kind !== "service" || joined.length > 0) return null;
  switch (destination.service.kind) {
    case "echo":
      return { kind: "echo" };
    case "music":
      return music;
    default:
      return null;
  }
}

/** Orders what each answered leg hears, where that has changed. */
export function settleSound(draft: CallDraft): void {
  for (const leg of draft.alive()) {
    if (leg.state !== "answered") continue;
    const wanted = heardBy(draft.call, leg);
    if (isSame(leg.hears, wanted)) continue;
    draft.updateLeg(leg.id, { hears: wanted });
    draft.order(leg.id, wanted === null ? { type: "stop" } : { type: "play", source: wanted });
  }
}

function isSame(a: SoundSource | null, b: SoundSource | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === "tone" && b.kind === "tone") return a.tone === b.tone;
  // What is said again is a new saying: `hears` was cleared when it was to be said.
  if (a.kind === "spoken" && b.kind === "spoken") return a.words === b.words;
  if (a.kind === "file" && b.kind === "file") return a.path === b.path && a.loop === b.loop;
  return a.kind === b.kind;
}
