import type { LegAction } from "@cordboard/core";
import type { AudioCodec } from "@cordboard/sip";
import { compareCodecs, plainCodecs } from "./codecs.ts";
import type { Leg } from "./leg.ts";
import { ownEnd } from "./verdicts.ts";
import type { World } from "./world.ts";

type Pair = readonly [Leg, Leg];

/** Joins the sound of two legs as soon as both have agreed on theirs, and offers again what the other does not share. */
export function bridgeLegs(world: World, legs: Pair, action: LegAction): void {
  const [a, b] = legs;
  for (const leg of legs) leg.join(action.id);
  a.expect(action.id, action.deadline, () => a.failed(action.id, "the legs were not joined in time"));
  const isWaiting = a.whenAgreed(() => {
    if (!b.whenAgreed(() => join(world, legs, action))) a.failed(action.id, "too many orders wait");
  });
  if (!isWaiting) a.failed(action.id, "too many orders wait");
}

function join(world: World, legs: Pair, action: LegAction): void {
  const fit = fitOf(legs, action);
  if (fit === undefined) return;
  const [a, b] = legs;
  if (!fit.isEmpty) return connect(world, legs, action);
  // Two that share nothing may still both have what every phone has.
  for (const leg of legs) leg.part();
  reofferBoth(legs, [a.agreed && plainCodecs(a.agreed), b.agreed && plainCodecs(b.agreed)], () => {
    const again = fitOf(legs, action);
    if (again?.isEmpty === true) for (const leg of legs) leg.end(ownEnd("no-common-codec"));
    else if (again !== undefined) connect(world, legs, action);
  });
}

/** How the legs fit together, as long as they are still to be joined. */
function fitOf([a, b]: Pair, { id }: LegAction): ReturnType<typeof compareCodecs> | undefined {
  // Its deadline passed while it waited.
  if (!a.expects(id)) return undefined;
  // A later order has joined one of them with somebody else, or with nobody.
  if (a.joinedBy !== id || b.joinedBy !== id) {
    a.met(id);
    return undefined;
  }
  if (a.agreed === undefined || b.agreed === undefined || a.isEnding || b.isEnding) {
    a.failed(id, "one of the legs is ending");
    return undefined;
  }
  return compareCodecs(a.agreed, b.agreed);
}

function connect(world: World, legs: Pair, action: LegAction): void {
  const [a, b] = legs;
  const fit = fitOf(legs, action);
  if (fit === undefined) return;
  a.part();
  b.part();
  a.partner = b;
  b.partner = a;
  world.sound.bridge(a.id, b.id);
  reofferBoth(legs, [fit.first, fit.second], (areDone) => {
    if (a.met(action.id) && !areDone) a.failed(action.id, "a leg did not take the codecs of the other");
  });
  a.talksWith(b.party);
  b.talksWith(a.party);
}

/** Offers each leg its codecs again; `done` runs once, when both have answered or one has refused. */
function reofferBoth(
  [a, b]: Pair,
  [first, second]: readonly [readonly AudioCodec[] | undefined, readonly AudioCodec[] | undefined],
  done: (areDone: boolean) => void,
): void {
  let left = 2;
  const answered = (isDone: boolean): void => {
    if (left <= 0) return;
    left = isDone ? left - 1 : 0;
    if (left === 0) done(isDone);
  };
  a.reoffer(first, answered);
  b.reoffer(second, answered);
}
