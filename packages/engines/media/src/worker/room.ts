import type { SpeaksTo } from "@cordboard/core";
import type { LegId, Millis } from "@cordboard/kernel";
import { addSamples, clampSamples, subtractSamples } from "@cordboard/sound";
import { FRAME_SAMPLES, JitterBuffer, talkWait } from "./jitter-buffer.ts";
import type { Paced, Pacer } from "./pacer.ts";

/** A leg as a room knows it. */
export interface RoomMember {
  readonly id: LegId;
  /** Takes 20 ms of what the others say. The samples are only lent. */
  hearMix(samples: Int16Array, now: Millis): void;
  /** A short tone over what it hears: somebody in the room is recorded from now on. */
  hearNotice(): void;
}

/** A member's place in a room. */
export class Seat {
  readonly member: RoomMember;
  /** What the member says goes in here. */
  readonly ear: JitterBuffer = new JitterBuffer(talkWait, true);
  /** What it said in the 20 ms that are being mixed. */
  readonly said: Int16Array = new Int16Array(FRAME_SAMPLES);
  speaksTo: SpeaksTo;
  isSounding = false;

  constructor(member: RoomMember, speaksTo: SpeaksTo) {
    this.member = member;
    this.speaksTo = speaksTo;
  }

  get isHeardByAll(): boolean {
    return this.isSounding && this.speaksTo === "all";
  }

  get isWhispering(): boolean {
    return this.isSounding && this.speaksTo !== "all" && this.speaksTo !== "nobody";
  }
}

/**
 * Legs that hear each other. Every 20 ms what all say is added up once; each member hears that sum without itself, and with what is
 * whispered to it alone. All members of a room are mixed in one turn, by the worker's pacer.
 */
export class Room implements Paced {
  readonly #pacer: Pacer;
  readonly #onEmpty: () => void;
  readonly #seats = new Map<RoomMember, Seat>();
  readonly #sum = new Int32Array(FRAME_SAMPLES);
  readonly #own = new Int32Array(FRAME_SAMPLES);
  /** What members hear that said nothing themselves. */
  readonly #all = new Int16Array(FRAME_SAMPLES);
  readonly #heard = new Int16Array(FRAME_SAMPLES);

  constructor(pacer: Pacer, onEmpty: () => void) {
    this.#pacer = pacer;
    this.#onEmpty = onEmpty;
  }

  enter(member: RoomMember, speaksTo: SpeaksTo): Seat {
    const seat = new Seat(member, speaksTo);
    this.#seats.set(member, seat);
    this.#pacer.add(this);
    return seat;
  }

  leave(member: RoomMember): void {
    if (!this.#seats.delete(member) || this.#seats.size > 0) return;
    this.#pacer.remove(this);
    this.#onEmpty();
  }

  get members(): Iterable<RoomMember> {
    return this.#seats.keys();
  }

  tick(now: Millis): void {
    this.#sum.fill(0);
    const whispering: Seat[] = [];
    for (const seat of this.#seats.values()) {
      seat.isSounding = seat.ear.take(seat.said);
      if (seat.isHeardByAll) addSamples(this.#sum, seat.said);
      if (seat.isWhispering) whispering.push(seat);
    }
    clampSamples(this.#sum, this.#all);
    // A member whose sound breaks leaves in the middle of this.
    for (const seat of [...this.#seats.values()]) seat.member.hearMix(this.#heardBy(seat, whispering), now);
  }

  #heardBy(seat: Seat, whispering: readonly Seat[]): Int16Array {
    const { id } = seat.member;
    const whispers = whispering.filter((each) => each.speaksTo === id && each !== seat);
    if (!seat.isHeardByAll && whispers.length === 0) return this.#all;
    this.#own.set(this.#sum);
    if (seat.isHeardByAll) subtractSamples(this.#own, seat.said);
    for (const { said } of whispers) addSamples(this.#own, said);
    clampSamples(this.#own, this.#heard);
    return this.#heard;
  }
}
