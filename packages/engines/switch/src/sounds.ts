import type { LegAction, SoundSource } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import { pressAt } from "./digits.ts";
import type { Leg } from "./leg.ts";
import { canBeHeard, canBeSpokenTo, makePlain } from "./plain-sound.ts";
import type { World } from "./world.ts";

type Order<Type extends LegAction["type"]> = Extract<LegAction, { type: Type }>;

/** Longest series of digits sent by one order. */
const MAX_DIGITS = 64;

/** Lets a leg hear a source, as soon as it has agreed on its sound; one that cannot be made in its codec is offered G.711 first. */
export function play(world: World, leg: Leg, { id, deadline, source }: Order<"play">): void {
  leg.hearsBy = id;
  leg.expect(id, deadline, () => leg.failed(id, "there was nobody to play to in time"));
  const start = (): void => {
    // Its deadline passed while it waited.
    if (!leg.met(id)) return;
    // A later order has taken its place.
    if (leg.hearsBy !== id) return;
    if (isUnmade(source) || canBeSpokenTo(leg)) world.sound.play(leg.id, source, id);
    else leg.failed(id, "the leg has no codec that we can make sound for");
  };
  const isWaiting = leg.whenAgreed(() => {
    if (isUnmade(source) || canBeSpokenTo(leg)) start();
    else makePlain(leg, start);
  });
  if (!isWaiting) leg.failed(id, "too many orders wait");
}

/** Sound that works in any codec: nobody has to make it. */
const isUnmade = ({ kind }: SoundSource): boolean => kind === "echo" || kind === "silence";

/** Ends what a leg hears over whom it is joined with, also what is still to begin. */
export function stop(world: World, leg: Leg): void {
  leg.hearsBy = undefined;
  world.sound.stop(leg.id);
}

/** Gives a leg its part in a room, where all speak G.711. */
export function mix(world: World, leg: Leg, { id, deadline, room, speaksTo }: Order<"mix">): void {
  leg.join(id);
  leg.expect(id, deadline, () => leg.failed(id, "the leg did not come into the room in time"));
  const enter = (): void => {
    if (!leg.met(id) || leg.joinedBy !== id) return;
    if (!canBeHeard(leg)) return leg.failed(id, "the leg has no codec that can be mixed");
    leg.part();
    leg.isInRoom = true;
    world.sound.mix(leg.id, room, speaksTo);
  };
  const isWaiting = leg.whenAgreed(() => {
    // Whom it was joined with goes on in the room, or without it: there is nothing to be kept alike.
    leg.part();
    makePlain(leg, enter);
  });
  if (!isWaiting) leg.failed(id, "too many orders wait");
}

/** Ends a leg's bridge for both, or its part in a room, also one that is still to begin. */
export function unbridge(world: World, leg: Leg): void {
  for (const each of [leg, leg.partner]) if (each !== undefined) each.joinedBy = undefined;
  leg.part();
  world.sound.unbridge(leg.id);
}

/** Writes what a leg says and hears to a file. Whatever becomes of it, one `record-done` follows. */
export function record(world: World, leg: Leg, order: Order<"record">): void {
  const { id, recording, tracks, atMost, untilSilence, hasNotice } = order;
  if (!leg.recordings.add(recording)) return leg.failed(id, "this is recorded already, or too much else is");
  const fail = (): void => leg.recorded({ recording, lasted: ms(0), why: "fault" });
  if (leg.isEnding) return fail();
  leg.expect(id, order.deadline, fail);
  const begin = (): void => {
    // Its deadline passed, or it was stopped, while it waited.
    if (!leg.met(id) || !leg.recordings.begin(recording)) return;
    if (!canBeHeard(leg)) return fail();
    const path = world.pathOfRecording(leg.tenant, recording);
    world.sound.record(leg.id, { recording, path, tracks, atMost, untilSilence, hasNotice });
  };
  if (!leg.whenAgreed(() => makePlain(leg, begin))) fail();
}

/** Ends a recording, also one that is still to begin. */
export function stopRecording(world: World, leg: Leg, { recording }: Order<"stop-recording">): void {
  if (leg.recordings.isWaiting(recording)) leg.recorded({ recording, lasted: ms(0), why: "stopped" });
  else world.sound.stopRecording(leg.id, recording);
}

/** Presses digits towards the peer. */
export function sendDigits(world: World, leg: Leg, { id, digits }: Order<"send-digits">): void {
  if (digits.length > MAX_DIGITS || !/^[0-9*#A-D]+$/.test(digits)) return leg.failed(id, "these are no digits");
  if (!pressAt(world.sound, leg, digits)) leg.failed(id, "the leg has no way for digits");
}
