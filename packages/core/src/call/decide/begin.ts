import type { CallId } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import { may } from "../../identity/index.ts";
import { cleanNumber, route } from "../../routing/index.ts";
import type { PlaceCall, PlaceRefusal } from "../desk.ts";
import { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import { FIRST_SIGN, RING } from "../limits.ts";
import type { Call, Context, Decision, World } from "../types.ts";
import { isOf } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { callDestination } from "./destination.ts";
import { endCall } from "./end.ts";
import { callAt } from "./reach.ts";
import { callDevice, callOutside, tellPlaced } from "./round.ts";
import { takeOver } from "./take-over.ts";
import { decisionOf } from "./whole.ts";

/** Longest dialled text that is kept with a call. */
const LONGEST_DIALLED = 64;

/** A user's phone calls a number. */
export function callFromPhone(fact: Incoming, world: World, context: Context): Decision {
  const { tenant, user: userId } = fact;
  const user = world.directory.user(tenant, userId);
  const way = route(world.directory, tenant, fact.dialled);
  const number = cleanNumber(fact.dialled);
  const destination = way.ok && fact.replaces === null ? way.value : null;
  const replaced = replacedCall(fact, world);
  const isForbidden = replaced !== undefined && !mayReplace(replaced, fact);
  const there = isForbidden ? undefined : (replaced ?? callAt(world, tenant, destination));
  if (there !== undefined) return callIntoCall(fact, world, { call: there, context });
  const draft = new CallDraft(
    {
      ...newCall(context.newId("call"), context),
      tenant,
      origin: "phone",
      phase: "calling",
      from: { name: user?.name ?? fact.shows.name, number: user?.extension ?? fact.shows.number },
      to: {
        name: destination?.kind === "user" ? destination.user.name : "",
        number: number.ok ? number.value : fact.dialled.slice(0, LONGEST_DIALLED),
      },
      destination,
    },
    context,
  );
  const extension = user?.extension ?? fact.shows.number;
  draft.addLeg({
    id: fact.leg,
    side: "caller",
    at: { kind: "user", user: userId, extension, name: draft.call.from.name, device: null },
    isIncoming: true,
    sipCallId: fact.sipCallId,
  });
  draft.openRow();
  draft.tell("call.started.v1");
  if (isForbidden) endCall(draft, verdictOf({ kind: "ordered", why: "not-permitted" }));
  else callDestination(draft, world);
  return decisionOf(world, draft);
}

type Incoming = Extract<LegFact, { type: "incoming" }>;

/** The call of the leg whose place is asked for. */
function replacedCall({ replaces, tenant }: Incoming, world: World): Call | undefined {
  const call = replaces === null ? undefined : world.callOfLeg(replaces);
  const hasSomebody = call?.phase === "calling" || call?.phase === "talking";
  return call?.tenant === tenant && hasSomebody ? call : undefined;
}

/**
 * Whoever knows of a call that rings may take it, as by its number. A talk only changes over between phones of one user: knowing its
 * dialog is no right to somebody else's.
 * @rfc 3891#8
 */
function mayReplace({ legs, phase }: Call, { replaces, user }: Incoming): boolean {
  const leg = legs.find(({ id }) => id === replaces);
  if (leg === undefined || leg.isEnding) return false;
  return leg.state === "answered" ? isOf(leg, user) : phase === "calling" && leg.state !== "ended";
}

/** A phone calls into a call that is there, which its user is part of from then on. */
function callIntoCall(
  fact: Incoming,
  world: World,
  into: { readonly call: Call; readonly context: Context },
): Decision {
  const user = world.directory.user(fact.tenant, fact.user);
  const draft = new CallDraft(into.call, into.context);
  const replaced = into.call.legs.find(({ id, state }) => id === fact.replaces && state === "answered");
  takeOver(
    draft,
    {
      id: fact.leg,
      at: {
        kind: "user",
        user: fact.user,
        extension: user?.extension ?? fact.shows.number,
        name: user?.name ?? fact.shows.name,
        device: null,
      },
      isIncoming: true,
      sipCallId: fact.sipCallId,
    },
    replaced,
  );
  return decisionOf(world, draft);
}

/** A command rings the extension's devices and its mobile, to call a number once one of them answers. */
export function callByCommand(command: PlaceCall, world: World, context: Context): Decision {
  const { actor } = command;
  const user = world.directory.userAt(actor.tenant, command.extension);
  if (user === undefined || !may(actor, { type: "place-call", extension: user.extension })) {
    return refusal(command, { code: "invalid-extension" });
  }
  const way = route(world.directory, actor.tenant, command.number);
  if (!way.ok) return refusal(command, { code: "invalid-number" });
  if (way.value.kind === "trunk" && !world.isBookCommitting()) return refusal(command, { code: "database-away" });
  const number = cleanNumber(command.number);
  const cap = actor.limits.concurrentCalls;
  if (actor.key !== undefined && cap !== null && world.callsOfKey(actor.key) >= cap) {
    return refusal(command, { code: "too-many-calls" });
  }
  const draft = new CallDraft(
    {
      ...newCall(context.newId("call"), context),
      tenant: actor.tenant,
      origin: "command",
      phase: "ringing-caller",
      from: { name: user.name, number: user.extension },
      to: {
        name: way.value.kind === "user" ? way.value.user.name : "",
        number: number.ok ? number.value : command.number,
      },
      destination: way.value,
      unanswered: command.correlation,
      key: actor.key ?? null,
    },
    context,
  );
  const reaching = { side: "caller", purpose: { kind: "call" }, isAutoAnswered: command.isAutoAnswered } as const;
  const devices = world.directory.devices(user.tenant, user.id);
  for (const device of devices) {
    if (command.device === null || device.id === command.device) callDevice(draft, user, device, reaching);
  }
  if (command.device === null && user.mobile !== null) callOutside(draft, world, user.mobile, reaching);
  if (draft.call.legs.length === 0) return refusal(command, { code: "no-devices" });
  draft.openRow();
  draft.tell("call.started.v1");
  tellPlaced(draft);
  draft.startTimer("first-sign", FIRST_SIGN);
  draft.startTimer("ring", RING);
  return decisionOf(world, draft);
}

function newCall(
  id: CallId,
  { now }: Context,
): Omit<Call, "tenant" | "origin" | "phase" | "from" | "to" | "destination"> {
  return {
    id,
    startedAt: now,
    answeredAt: null,
    legs: [],
    joined: [],
    round: null,
    parked: null,
    sound: "fine",
    asked: [],
    attendant: null,
    tried: [],
    end: null,
    row: "writing",
    waitingForRow: [],
    unanswered: null,
    key: null,
  };
}

function refusal({ correlation }: PlaceCall, error: PlaceRefusal): Decision {
  return { changed: [], gone: [], events: [], actions: [{ type: "reply", to: correlation, result: refused(error) }] };
}
