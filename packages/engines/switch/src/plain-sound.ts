import { isG711, isPlain, plainCodecs } from "./codecs.ts";
import type { Leg } from "./leg.ts";

/** Whether the sound engine can make sound for a leg. */
export const canBeSpokenTo = (leg: Leg): boolean => leg.agreed?.codecs.some(({ codec }) => isG711(codec)) === true;

/** Whether it can hear the leg whatever codec the peer chooses, and so mix and record it. */
export const canBeHeard = (leg: Leg): boolean => leg.agreed !== undefined && isPlain(leg.agreed);

/**
 * Offers G.711 again to a leg that has something else, and to the one that it is joined with, which would not understand it any more.
 * `done` runs when both have answered, whatever they said, and at once when there is nothing to be asked.
 */
export function makePlain(leg: Leg, done: () => void): void {
  const legs = [leg, leg.partner].filter((each) => each !== undefined && !canBeHeard(each));
  let left = legs.length;
  if (left === 0) return done();
  for (const each of legs) {
    const offered = each?.agreed === undefined ? undefined : plainCodecs(each.agreed);
    each?.reoffer(offered, () => {
      left -= 1;
      if (left === 0) done();
    });
  }
}
