import type { TenantId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import type { ForwardTarget, User } from "../../directory/index.ts";
import type { Destination } from "../../routing/index.ts";
import { route } from "../../routing/index.ts";
import type { CallDraft } from "../draft.ts";
import type { EndWhy } from "../end-reason.ts";
import { MAX_FORWARDINGS, RING } from "../limits.ts";
import type { Call, World } from "../types.ts";
import { parkAt } from "./place.ts";
import type { Reaching } from "./round.ts";
import { callDevice, callOutside, endRound, tellPlaced } from "./round.ts";
import { serve } from "./serve.ts";
import { takeOver } from "./take-over.ts";

/** Calls where a number leads, or answers there. Why nobody can be reached, or undefined when somebody rings or answers. */
export function reach(
  draft: CallDraft,
  world: World,
  destination: Destination,
  reaching: Reaching,
): EndWhy | undefined {
  switch (destination.kind) {
    case "user":
      return reachUser(draft, world, destination.user, reaching);
    case "trunk":
      if (!callOutside(draft, world, destination.number, reaching)) return "overloaded";
      tellPlaced(draft);
      draft.startTimer("ring", reaching.ring ?? RING);
      return undefined;
    case "pick-up":
      return intoCall(draft, world, destination) ?? "unknown-number";
    case "service":
      if (destination.service.kind === "park") return toPlace(draft, world, destination, reaching);
      if (destination.service.kind === "pick-up") return "unknown-number";
      return answerBy(draft, destination, reaching);
    case "mailbox":
      return answerBy(draft, destination, reaching);
    default:
      return "fault";
  }
}

/** The server answers; not for those who were to join others. */
function answerBy(
  draft: CallDraft,
  destination: Parameters<typeof serve>[1],
  { purpose }: Reaching,
): EndWhy | undefined {
  if (purpose.kind === "invite" || purpose.kind === "supervise") return "not-registered";
  serve(draft, destination);
  return undefined;
}

/** A call is sent on to where calls wait; whoever calls there takes the one that does. */
function toPlace(
  draft: CallDraft,
  world: World,
  destination: Extract<Destination, { kind: "service" }>,
  { purpose }: Reaching,
): EndWhy | undefined {
  if (purpose.kind !== "transfer") return intoCall(draft, world, destination) ?? "unknown-number";
  const { number } = destination.service;
  if (world.parkedAt(draft.call.tenant, number) !== undefined) return "busy";
  parkAt(draft, number, purpose.by);
  return undefined;
}

/** Who has been rung to call goes over into the call that is there; this one is over then. */
function intoCall(draft: CallDraft, world: World, destination: Destination): EndWhy | undefined {
  const there = callAt(world, draft.call.tenant, destination);
  const [caller] = draft.staying();
  if (there === undefined || caller === undefined || caller.state !== "answered") return undefined;
  draft.giveAway(caller);
  takeOver(draft.beside(there), caller, undefined);
  return "replaced";
}

/** The call that waits or rings where a number leads. */
export function callAt(world: World, tenant: TenantId, destination: Destination | null): Call | undefined {
  if (destination?.kind === "pick-up") return world.ringingAt(tenant, destination.extension);
  if (destination?.kind !== "service" || destination.service.kind !== "park") return undefined;
  return world.parkedAt(tenant, destination.service.number);
}

/** Rings the user's devices, unless the user wants it otherwise. */
function reachUser(draft: CallDraft, world: World, user: User, reaching: Reaching): EndWhy | undefined {
  const { tried } = draft.call;
  if (tried.includes(user.id) || tried.length > MAX_FORWARDINGS) return "loop-detected";
  draft.update({ tried: [...tried, user.id] });
  const { reach: wishes } = user;
  if (wishes.forward.always !== null) return goTo(draft, world, { user, target: wishes.forward.always, reaching });
  const isBusy = world.isQuiet(user) || (!wishes.callWaiting && world.isTalking(user.id, draft.call.id));
  if (isBusy) return goTo(draft, world, { user, target: wishes.forward.busy, reaching }, "busy");
  for (const device of world.directory.devices(draft.call.tenant, user.id)) callDevice(draft, user, device, reaching);
  if (wishes.mobileAfterSeconds === 0) ringMobile(draft, world, user, reaching);
  if (draft.rung().length === 0) {
    return goTo(draft, world, { user, target: wishes.forward.notRegistered, reaching }, "not-registered");
  }
  tellPlaced(draft);
  const patience = seconds(wishes.ringSeconds);
  draft.startTimer("ring", reaching.ring === undefined ? patience : ms(Math.min(patience, reaching.ring)));
  if (wishes.mobileAfterSeconds !== null && wishes.mobileAfterSeconds > 0 && user.mobile !== null) {
    draft.startTimer("mobile", seconds(wishes.mobileAfterSeconds));
    const { round } = draft.call;
    if (round !== null) draft.update({ round: { ...round, isMobileToCome: true } });
  }
  return undefined;
}

function ringMobile(draft: CallDraft, world: World, user: User, reaching: Reaching): boolean {
  return user.mobile !== null && callOutside(draft, world, user.mobile, reaching);
}

interface Forwarding {
  readonly user: User;
  readonly target: ForwardTarget | null;
  readonly reaching: Reaching;
}

/** Goes where the user wants calls to go; without such a wish, `otherwise` is why the user cannot be reached. */
function goTo(
  draft: CallDraft,
  world: World,
  { user, target, reaching }: Forwarding,
  otherwise: EndWhy = "fault",
): EndWhy | undefined {
  if (target === null) return otherwise;
  if (target.kind === "voicemail") return reach(draft, world, { kind: "mailbox", user }, reaching);
  const way = route(world.directory, draft.call.tenant, target.number);
  return way.ok ? reach(draft, world, way.value, reaching) : "unknown-number";
}

/** The mobile's turn has come, while the user's devices still ring. */
export function mobileIsDue(draft: CallDraft, world: World): void {
  const { round } = draft.call;
  const user = round === null || round.of === null ? undefined : world.directory.user(draft.call.tenant, round.of);
  const [first] = draft.rung();
  if (round === null || user === undefined || first === undefined) return;
  const before = new Set(round.legs);
  if (!ringMobile(draft, world, user, { side: first.side, purpose: round.purpose })) return;
  for (const leg of draft.rung()) if (!before.has(leg.id)) draft.tellLeg("leg.placed.v1", leg.id);
}

/** Nobody of a user answered: where the user wants such calls to go. `false` when that is nowhere, or nobody is there either. */
export function goesOn(draft: CallDraft, world: World, why: EndWhy): boolean {
  const { round, tenant } = draft.call;
  const user = round === null || round.of === null ? undefined : world.directory.user(tenant, round.of);
  const [first] = draft.call.legs.filter(({ id }) => round?.legs.includes(id) === true);
  if (round === null || user === undefined || first === undefined) return false;
  if (round.purpose.kind !== "call" && round.purpose.kind !== "transfer") return false;
  const target = targetFor(user, why);
  if (target === null) return false;
  endRound(draft, "no-answer");
  return goTo(draft, world, { user, target, reaching: { side: first.side, purpose: round.purpose } }) === undefined;
}

function targetFor({ reach: { forward } }: User, why: EndWhy): ForwardTarget | null {
  switch (why) {
    case "busy":
    case "declined":
      return forward.busy ?? (why === "declined" ? forward.noAnswer : null);
    case "unreachable":
    case "not-registered":
    case "timed-out":
      return forward.notRegistered ?? forward.noAnswer;
    default:
      return forward.noAnswer;
  }
}
