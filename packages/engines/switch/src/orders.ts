import type { LegAction } from "@cordboard/core";
import { unreachable } from "@cordboard/kernel";
import { bridgeLegs } from "./bridge.ts";
import type { Leg } from "./leg.ts";
import { placeLeg } from "./place.ts";
import { mix, play, record, sendDigits, stop, stopRecording, unbridge } from "./sounds.ts";
import type { World } from "./world.ts";

/** Does what core orders. Orders to a leg that has ended have crossed its end and mean nothing any more. */
export function obey(world: World, action: LegAction, isOpen: boolean): void {
  const leg = world.legs.get(action.leg);
  if (action.type === "place") {
    if (leg === undefined) return placeLeg(world, action, isOpen);
    return world.log.error("a leg was ordered twice", { leg: action.leg });
  }
  if (leg === undefined)
    return world.log.debug("an order came after its leg's end", { leg: action.leg, order: action.type });
  if (action.type === "end") return endLeg(leg, action);
  // The recorder says of each order what became of it, also then.
  if (action.type === "record") return record(world, leg, action);
  if (leg.isEnding) return leg.failed(action.id, "the leg is ending");
  const caller = world.callers.get(leg.id);
  switch (action.type) {
    case "ring":
      return tell(leg, action, caller === undefined ? notIncoming : caller.ring());
    case "early-media":
      return earlyMedia(world, leg, action);
    case "answer":
      return answer(world, leg, action);
    case "bridge": {
      const other = world.legs.get(action.to);
      if (other === undefined || other === leg || other.isEnding) return leg.failed(action.id, "there is no other leg");
      return bridgeLegs(world, [leg, other], action);
    }
    case "mix":
      return mix(world, leg, action);
    case "unbridge":
      return unbridge(world, leg);
    case "play":
      return play(world, leg, action);
    case "stop":
      return stop(world, leg);
    case "stop-recording":
      return stopRecording(world, leg, action);
    case "send-digits":
      return sendDigits(world, leg, action);
    case "talk":
      return talk(leg, action);
    case "refer-result":
      return tell(leg, action, leg.referring.tell(action.status) ? undefined : "the phone waits for no such word");
    default:
      return unreachable(action);
  }
}

type Order<Type extends LegAction["type"]> = Extract<LegAction, { type: Type }>;

const notIncoming = "the leg does not come from outside";

const tell = (leg: Leg, { id }: LegAction, trouble: string | undefined): void => {
  if (trouble !== undefined) leg.failed(id, trouble);
};

/** What cannot be ended in time is let go of. */
function endLeg(leg: Leg, { id, deadline, reason }: Order<"end">): void {
  leg.end(reason);
  leg.expect(id, deadline, () => leg.tearDown(reason));
}

/** Whether the phone does as it is told shows when it answers; one that cannot be told has failed at once. */
function talk(leg: Leg, { id, deadline }: Order<"talk">): void {
  leg.expect(id, deadline, () => {
    if (!leg.isAnswered) leg.failed(id, "the phone did not answer in time");
  });
  void leg.askToTalk().then((trouble) => {
    if (trouble !== undefined && leg.met(id)) leg.failed(id, trouble);
  });
}

function earlyMedia(world: World, leg: Leg, action: Order<"early-media">): void {
  const of = world.legs.get(action.of);
  const caller = world.callers.get(leg.id);
  if (caller === undefined || of === undefined) return tell(leg, action, notIncoming);
  const trouble = caller.earlyMedia(of);
  if (trouble !== undefined) return leg.failed(action.id, trouble);
  world.sound.bridge(leg.id, of.id);
}

/** Without an offer the caller's answer comes with its ACK; the order is done then. */
function answer(world: World, leg: Leg, action: Order<"answer">): void {
  const like = action.like === null ? null : world.legs.get(action.like);
  if (like === undefined) return leg.failed(action.id, "there is no other leg");
  const caller = world.callers.get(leg.id);
  if (caller === undefined) return leg.failed(action.id, notIncoming);
  leg.expect(action.id, action.deadline, () => leg.failed(action.id, "the caller did not describe its sound in time"));
  const trouble = caller.answer(like);
  if (trouble === undefined) leg.whenAgreed(() => leg.met(action.id));
  else if (!leg.isEnding) leg.failed(action.id, trouble);
}
