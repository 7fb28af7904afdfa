import type { ForwardTarget, ReachPreferences, User } from "@cordboard/core";
import { cleanNumber, plainReach } from "@cordboard/core";
import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ConfigRefusal } from "./refusals.ts";

/** What is to be different in how a user is reached; what is absent stays as it is. */
export interface ReachChange {
  readonly doNotDisturb?: boolean | undefined;
  readonly callWaiting?: boolean | undefined;
  readonly forward?: { readonly [When in ForwardWhen]?: ForwardTarget | null | undefined } | undefined;
  readonly ringSeconds?: number | undefined;
  readonly mobileAfterSeconds?: number | null | undefined;
  readonly mobile?: string | null | undefined;
}

type ForwardWhen = keyof ReachPreferences["forward"];
type Wishes = Pick<User, "mobile" | "reach">;

const WHEN: readonly ForwardWhen[] = ["always", "busy", "noAnswer", "notRegistered"];

/** Seconds that devices may ring, and after which a mobile may ring too. */
const RING = { least: 5, most: 120 };
const MOBILE_AFTER = { least: 0, most: 60 };

/** How a user is reached, from its column. Total: what is missing there, or is nothing that we know, is as for everybody. */
export function reachOf(value: unknown): ReachPreferences {
  const read = fieldsOf(value);
  const forward = fieldsOf(read["forward"]);
  const [ring, after] = [read["ringSeconds"], read["mobileAfterSeconds"]];
  return {
    doNotDisturb: flagOf(read["doNotDisturb"], plainReach.doNotDisturb),
    callWaiting: flagOf(read["callWaiting"], plainReach.callWaiting),
    forward: {
      always: targetOf(forward["always"]),
      busy: targetOf(forward["busy"]),
      noAnswer: targetOf(forward["noAnswer"]),
      notRegistered: targetOf(forward["notRegistered"]),
    },
    ringSeconds: isWithin(ring, RING) ? ring : plainReach.ringSeconds,
    mobileAfterSeconds: isWithin(after, MOBILE_AFTER) ? after : null,
  };
}

/** The user with that change made, or the first thing in it that cannot be. */
export function changedReach<Person extends Wishes>(
  user: Person,
  change: ReachChange,
): Result<Person & Wishes, ConfigRefusal> {
  const forward = changedForward(user.reach.forward, change.forward ?? {});
  if (!forward.ok) return forward;
  const { mobile = user.mobile } = change;
  const cleaned = mobile === null ? ok(null) : cleanNumber(mobile);
  if (!cleaned.ok) return refused({ code: "invalid-number", number: mobile ?? "" });
  const {
    doNotDisturb = user.reach.doNotDisturb,
    callWaiting = user.reach.callWaiting,
    ringSeconds = user.reach.ringSeconds,
    mobileAfterSeconds = user.reach.mobileAfterSeconds,
  } = change;
  if (!isWithin(ringSeconds, RING)) return refused({ code: "out-of-range", what: "ring seconds", ...RING });
  if (mobileAfterSeconds !== null && !isWithin(mobileAfterSeconds, MOBILE_AFTER))
    return refused({ code: "out-of-range", what: "seconds until the mobile rings", ...MOBILE_AFTER });
  const reach = { doNotDisturb, callWaiting, forward: forward.value, ringSeconds, mobileAfterSeconds };
  return ok({ ...user, mobile: cleaned.value, reach });
}

function changedForward(
  now: ReachPreferences["forward"],
  change: NonNullable<ReachChange["forward"]>,
): Result<ReachPreferences["forward"], ConfigRefusal> {
  let forward = now;
  for (const when of WHEN) {
    const target = change[when];
    if (target === undefined) continue;
    if (target?.kind !== "number") {
      forward = { ...forward, [when]: target };
      continue;
    }
    const number = cleanNumber(target.number);
    if (!number.ok) return refused({ code: "invalid-number", number: target.number });
    forward = { ...forward, [when]: { kind: "number", number: number.value } };
  }
  return ok(forward);
}

function targetOf(value: unknown): ForwardTarget | null {
  const { kind, number } = fieldsOf(value);
  if (kind === "voicemail") return { kind };
  if (kind !== "number" || typeof number !== "string") return null;
  const cleaned = cleanNumber(number);
  return cleaned.ok ? { kind, number: cleaned.value } : null;
}

const flagOf = (value: unknown, otherwise: boolean): boolean => (typeof value === "boolean" ? value : otherwise);

const isWithin = (value: unknown, { least, most }: typeof RING): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
