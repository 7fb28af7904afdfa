import type { CallDraft } from "../draft.ts";
import type { Call, Leg, Link } from "../types.ts";

const alone: Link = { kind: "alone" };

/** How a leg's sound is to be joined: two who are joined hear each other directly, more than two meet in a room. */
function wantedLink(call: Call, leg: Leg): Link {
  const { joined } = call;
  if (!joined.includes(leg.id)) return leg.state === "answered" ? (meetingRoom(call, leg) ?? alone) : alone;
  if (joined.length === 2) return { kind: "pair", with: joined.find((id) => id !== leg.id) ?? leg.id };
  return joined.length > 2 ? { kind: "room", room: call.id, speaksTo: audience(leg) } : alone;
}

function audience({ role, isMuted, hold }: Leg): Extract<Link, { kind: "room" }>["speaksTo"] {
  if (isMuted || hold !== null) return "nobody";
  return role.kind === "talker" ? "all" : role.kind === "listener" ? "nobody" : role.to;
}

/** Whoever has dialled a conference meets all others who have. */
function meetingRoom({ destination, phase, tenant }: Call, leg: Leg): Link | undefined {
  if (phase !== "talking" || destination?.kind !== "service" || destination.service.kind !== "conference")
    return undefined;
  return { kind: "room", room: `${tenant} ${destination.service.number}`, speaksTo: audience(leg) };
}

/** Orders what makes the sound of each leg joined as it is to be. */
export function settleLinks(draft: CallDraft): void {
  if (draft.call.phase === "closing") return;
  const legs = draft.alive();
  const wanted = new Map(legs.map((leg) => [leg.id, wantedLink(draft.call, leg)]));
  // Who is to be alone leaves first, so that nobody is heard who is not meant to be.
  for (const { id } of legs) if (wanted.get(id)?.kind === "alone") leave(draft, draft.leg(id));
  for (const { id } of legs) {
    const leg = draft.leg(id);
    const link = wanted.get(id);
    if (leg === undefined || link === undefined || isSameLink(leg.link, link)) continue;
    if (link.kind === "pair") pair(draft, leg, link);
    else if (link.kind === "room") {
      // In the same room only whom it speaks to changes, and what it hears over the room goes on.
      const isThere = leg.link.kind === "room" && leg.link.room === link.room;
      draft.updateLeg(id, { link, hears: isThere ? leg.hears : null });
      draft.order(id, { type: "mix", room: link.room, speaksTo: link.speaksTo });
    }
  }
}

function leave(draft: CallDraft, leg: Leg | undefined): void {
  if (leg === undefined || leg.link.kind === "alone") return;
  const { link } = leg;
  draft.updateLeg(leg.id, { link: alone });
  if (link.kind === "pair") {
    const other = draft.leg(link.with);
    if (other?.link.kind === "pair" && other.link.with === leg.id) draft.updateLeg(other.id, { link: alone });
    // An end takes the bridge with it.
    if (other === undefined || other.state === "ended") return;
  }
  draft.order(leg.id, { type: "unbridge" });
}

/** One order joins both; a caller that is not answered yet is joined once it stands in the book, as it is answered. */
function pair(draft: CallDraft, leg: Leg, link: Extract<Link, { kind: "pair" }>): void {
  const other = draft.leg(link.with);
  if (other === undefined) return;
  draft.updateLeg(leg.id, { link, hears: null });
  draft.updateLeg(other.id, { link: { kind: "pair", with: leg.id }, hears: null });
  const isEarly = [leg, other].some(({ isIncoming, state }) => isIncoming && state !== "answered");
  if (isEarly) draft.orderOnceInBook(leg.id, { type: "bridge", to: other.id });
  else draft.order(leg.id, { type: "bridge", to: other.id });
}

function isSameLink(a: Link, b: Link): boolean {
  if (a.kind === "pair" && b.kind === "pair") return a.with === b.with;
  if (a.kind === "room" && b.kind === "room") return a.room === b.room && a.speaksTo === b.speaksTo;
  return a.kind === b.kind;
}
