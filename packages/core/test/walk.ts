import type { CallId, DeviceId, LegId } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { SeededRandom } from "@cordboard/testkit";
import type { ControlOrder } from "../src/call/control.ts";
import type { Call, CallTimer } from "../src/call/types.ts";
import type { CallScene } from "./call-scene.ts";

/** Calls at once in one walk, so that each lives long enough to see much. */
const MAX_CALLS = 5;

/** What a step may choose from. */
export interface Choice {
  readonly random: SeededRandom;
  /** A live call, if there is one. */
  readonly call: Call | undefined;
  /** A live leg of that call of which the switch knows. */
  readonly leg: LegId | undefined;
  /** A live leg of any call. */
  readonly other: LegId | undefined;
}

type Step = (scene: CallScene, choice: Choice) => void;

const numbers = [
  "102",
  "103",
  "104",
  "9000",
  "+390455550100",
  "777",
  "101",
  "9002",
  "9003",
  "9011",
  "9012",
  "*8102",
  "*8101",
];
const devices = ["dev_101a", "dev_102a", "dev_102b"] as const;

/** One of a list, by chance. */
export const oneOf = <Item>(random: SeededRandom, items: readonly [Item, ...Item[]]): Item =>
  items[random.between(0, items.length - 1)] ?? items[0];

const someNumber = (random: SeededRandom): string => oneOf(random, numbers as [string, ...string[]]);

/** A live leg whose place the phone that calls may have. */
function ofCallers(scene: CallScene, random: SeededRandom): LegId | undefined {
  const legs = [...scene.calls.values()].flatMap((call) => call.legs);
  const own = legs.filter(({ at, state }) => state !== "ended" && at.kind === "user" && at.extension === "101");
  return own[random.between(0, Math.max(0, own.length - 1))]?.id;
}

const isIncoming = ({ call, leg }: Choice): boolean => call?.legs.find(({ id }) => id === leg)?.isIncoming === true;

const commanded =
  (order: (choice: Choice) => ControlOrder): Step =>
  (scene, choice) =>
    scene.control(choice.leg, order(choice));

const ofTimer =
  (timer: CallTimer): Step =>
  (scene, { call }) =>
    call === undefined ? undefined : scene.take({ type: "timer", call: call.id, timer });

const ofRow =
  (type: "row-kept" | "row-spooled" | "row-lost"): Step =>
  (scene, { call }) =>
    call === undefined ? undefined : scene.take({ type, call: call.id });

/** Everything that can happen to calls, by name: facts as the switch may report them, commands, timers, and the book. */
export const steps: Readonly<Record<string, Step>> = {
  "phone calls": (scene, { random }) =>
    scene.calls.size < MAX_CALLS ? void scene.phoneCalls(someNumber(random)) : undefined,
  "phone replaces": (scene, { random, other }) => {
    const named = random.chance(0.2) ? other : ofCallers(scene, random);
    if (scene.calls.size < MAX_CALLS) scene.phoneCalls(someNumber(random), named ?? null);
  },
  "command places": (scene, { random }) =>
    scene.calls.size < MAX_CALLS ? scene.place(oneOf(random, ["101", "102", "103"]), someNumber(random)) : undefined,
  rings: (scene, choice) => (isIncoming(choice) ? undefined : scene.rings(choice.leg)),
  "rings with sound": (scene, choice) => (isIncoming(choice) ? undefined : scene.rings(choice.leg, true)),
  answered: (scene, { leg }) => scene.answers(leg),
  refused: (scene, choice) =>
    isIncoming(choice) ? undefined : scene.refuses(choice.leg, oneOf(choice.random, [486, 480, 603, 500, 408])),
  "hung up": (scene, { leg, random }) => scene.hangsUp(leg, oneOf(random, ["caller", "callee"])),
  cancelled: (scene, choice) =>
    isIncoming(choice) && choice.leg !== undefined ? scene.cancels(choice.leg) : undefined,
  held: (scene, { leg }) => (leg === undefined ? undefined : scene.fact({ type: "held", leg })),
  resumed: (scene, { leg }) => (leg === undefined ? undefined : scene.fact({ type: "resumed", leg })),
  silent: (scene, { leg }) =>
    leg === undefined ? undefined : scene.fact({ type: "media-silent", leg, since: seconds(10) }),
  heard: (scene, { leg }) => (leg === undefined ? undefined : scene.fact({ type: "media-heard", leg })),
  "cut off": (scene, { leg, random }) =>
    leg === undefined
      ? undefined
      : scene.fact({ type: "media-cut-off", leg, trouble: oneOf(random, ["no-path", "no-keys", "path-lost"]) }),
  digit: (scene, { leg, random }) =>
    leg === undefined ? undefined : scene.digit(leg, oneOf(random, ["0", "1", "2", "3", "#", "5"])),
  "play done": (scene, { leg }) => (leg === undefined ? undefined : scene.played(leg)),
  "record done": (scene, { leg, call, random }) => {
    const recording = call?.legs.find(({ id }) => id === leg)?.recording;
    if (leg !== undefined && recording != null) scene.recorded(leg, recording.id, random.between(0, 20_000));
  },
  failed: (scene, { call }) => {
    const [asked] = call?.asked ?? [];
    if (asked !== undefined) scene.fact({ type: "failed", leg: asked.leg, action: asked.action, why: "no" });
  },
  refer: (scene, { leg, random }) =>
    leg === undefined
      ? undefined
      : scene.fact({ type: "refer-asked", leg, number: someNumber(random), replaces: null }),
  "refer with replaces": (scene, { leg, other, random }) =>
    leg === undefined || other === undefined
      ? undefined
      : scene.fact({ type: "refer-asked", leg, number: someNumber(random), replaces: other }),
  hold: commanded(() => ({ type: "hold" })),
  resume: commanded(() => ({ type: "resume" })),
  mute: commanded(({ random }) => ({ type: "mute", isMuted: random.chance(0.5) })),
  answer: commanded(() => ({ type: "answer" })),
  transfer: commanded(({ random }) => ({ type: "transfer", number: someNumber(random) })),
  join: commanded(({ other }) => ({ type: "join", other: other ?? ("none" as LegId) })),
  park: commanded(({ random }) => ({ type: "park", number: oneOf(random, [null, "9011", "9012"]) })),
  conference: commanded(({ other }) => ({ type: "conference", other: other ?? ("none" as LegId) })),
  invite: commanded(({ random }) => ({ type: "invite", number: someNumber(random) })),
  supervise: commanded(({ random }) => ({
    type: "supervise",
    extension: oneOf(random, ["101", "102"]),
    as: oneOf(random, ["listen", "whisper", "barge"]),
  })),
  "pick up": commanded(({ random }) => ({ type: "pick-up", extension: oneOf(random, ["101", "102"]), device: null })),
  "hand over": commanded(({ random }) => ({ type: "hand-over", device: oneOf(random, devices) as DeviceId })),
  record: commanded(({ random }) => ({ type: "record", isOn: random.chance(0.6) })),
  "send digits": commanded(() => ({ type: "send-digits", digits: "12#" })),
  "leg hangs up": commanded(() => ({ type: "hang-up" })),
  "call hangs up": (scene, { call }) =>
    scene.take({ type: "hang-up", call: call?.id ?? ("none" as CallId), why: "normal-clearing" }),
  "did as told": (scene, { random }) => {
    const ending = [...scene.ending].filter((leg) => scene.world.callOfLeg(leg) !== undefined);
    scene.gone(ending[random.between(0, Math.max(0, ending.length - 1))]);
  },
  "row kept": ofRow("row-kept"),
  "row spooled": ofRow("row-spooled"),
  "row lost": ofRow("row-lost"),
  "first sign due": ofTimer("first-sign"),
  "ring due": ofTimer("ring"),
  "mobile due": ofTimer("mobile"),
  "park due": ofTimer("park"),
  "digit due": ofTimer("digit"),
  "tone due": ofTimer("tone"),
  "silence due": ofTimer("silence"),
};

/** Chooses whom the next step is about. */
export function choose(scene: CallScene, random: SeededRandom): Choice {
  const calls = [...scene.calls.values()];
  const open = calls.filter(({ phase }) => phase !== "closing");
  // Calls that only wait for their end are many, and little can happen to them.
  const likely = open.length > 0 && random.chance(0.8) ? open : calls;
  const call = likely[random.between(0, Math.max(0, likely.length - 1))];
  const any = calls[random.between(0, Math.max(0, calls.length - 1))];
  return { random, call, leg: someLeg(scene, call, random), other: someLeg(scene, any, random) };
}

function someLeg(scene: CallScene, call: Call | undefined, random: SeededRandom): LegId | undefined {
  const live = (call?.legs ?? []).filter(
    ({ id, state, isIncoming: came }) => state !== "ended" && (came || scene.known.has(id)),
  );
  return live[random.between(0, Math.max(0, live.length - 1))]?.id;
}

/** In what state a call is, as far as inputs differ by it. */
export function stateOf(call: Call | undefined): string {
  if (call === undefined) return "no call";
  const { phase, round, joined, parked, attendant } = call;
  if (phase === "closing") return phase;
  if (round !== null) return `${phase}: ${round.purpose.kind}`;
  if (phase !== "talking") return `${phase}: nobody`;
  if (parked !== null) return "talking: parked";
  if (attendant !== null) return `talking: ${attendant.kind}`;
  return joined.length > 2 ? "talking: several" : joined.length === 2 ? "talking: two" : "talking: alone";
}
