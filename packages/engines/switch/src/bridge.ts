import type { LegAction } from "@cordboard/core";
import type { AudioCodec } from "@cordboard/sip";
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
  reoffer(a, first, done);
  reoffer(b, second, done);
}

/** Brings a leg's partner in line after the leg has changed its codecs. */
export function refitPartner(leg: Leg): void {
  const { agreed, partner } = leg;
  if (agreed === undefined || partner?.agreed === undefined) return;
  const { isEmpty, second } = compareCodecs(agreed, partner.agreed);
  if (!isEmpty) reoffer(partner, second, () => {});
}

/** A leg that is not answered yet says all that it will say with its answer. */
function reoffer(leg: Leg, codecs: readonly AudioCodec[] | undefined, done: (isDone: boolean) => void): void {
  if (codecs === undefined || !leg.isAnswered || leg.talk === undefined) done(true);
  else leg.talk.offer(codecs, done);
}
