import type { LegAction } from "@cordboard/core";
import { compareCodecs } from "./codecs.ts";
import type { Leg } from "./leg.ts";
import { ownEnd } from "./verdicts.ts";
import type { World } from "./world.ts";

/** Joins the sound of two legs as soon as both have agreed on theirs, and offers again what the other does not share. */
export function bridgeLegs(world: World, legs: readonly [Leg, Leg], action: LegAction): void {
  const [a, b] = legs;
  a.expect(action.id, action.deadline, () => a.failed(action.id, "the legs were not joined in time"));
  const isWaiting = a.whenAgreed(() => {
    if (!b.whenAgreed(() => join(world, legs, action))) a.failed(action.id, "too many orders wait");
  });
  if (!isWaiting) a.failed(action.id, "too many orders wait");
}

function join(world: World, [a, b]: readonly [Leg, Leg], { id }: LegAction): void {
  // Its deadline passed while it waited.
  if (!a.expects(id)) return;
  if (a.agreed === undefined || b.agreed === undefined || a.isEnding || b.isEnding) {
    return a.failed(id, "one of the legs is ending");
  }
  const { isEmpty, first, second } = compareCodecs(a.agreed, b.agreed);
  if (isEmpty) {
    a.end(ownEnd("no-common-codec"));
    return b.end(ownEnd("no-common-codec"));
  }
  a.part();
  b.part();
  a.partner = b;
  b.partner = a;
  world.sound.bridge(a.id, b.id);
  let left = 2;
  const done = (isDone: boolean): void => {
    left -= 1;
    if (isDone && left > 0) return;
    if (a.met(id) && !isDone) a.failed(id, "a leg did not take the codecs of the other");
  };
  a.reoffer(first, done);
  b.reoffer(second, done);
}
