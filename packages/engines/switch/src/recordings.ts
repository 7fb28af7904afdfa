import type { RecordEnd } from "@cordboard/core";
import type { Clock, Millis, RecordingId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** A recording that is over. */
export interface Recorded {
  readonly recording: RecordingId;
  readonly lasted: Millis;
  readonly why: RecordEnd;
}

/** Recordings of one leg at once, of which the sound engine makes one. */
const MOST = 4;

/** The recordings of one leg that were ordered and are not over: each comes to exactly one end. */
export class Recordings {
  readonly #clock: Clock;
  /** When each began; undefined while it waits for the leg's sound. */
  readonly #running = new Map<RecordingId, number | undefined>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get areRunning(): boolean {
    return this.#running.size > 0;
  }

  /** A recording is ordered. False when it was before, or too many are. */
  add(recording: RecordingId): boolean {
    if (this.#running.size >= MOST || this.#running.has(recording)) return false;
    this.#running.set(recording, undefined);
    return true;
  }

  /** It begins. False when it is over already. */
  begin(recording: RecordingId): boolean {
    if (!this.#running.has(recording)) return false;
    this.#running.set(recording, this.#clock.monotonic());
    return true;
  }

  /** Whether it was ordered and has not begun. */
  isWaiting(recording: RecordingId): boolean {
    return this.#running.has(recording) && this.#running.get(recording) === undefined;
  }

  /** False when it is over already. */
  end(recording: RecordingId): boolean {
    return this.#running.delete(recording);
  }

  /** Ends those of which the sound engine has said nothing, because the leg could not wait for it. */
  abandon(): readonly Recorded[] {
    const now = this.#clock.monotonic();
    const left = [...this.#running].map(
      ([recording, begunAt = now]): Recorded => ({ recording, lasted: ms(now - begunAt), why: "leg-ended" }),
    );
    this.#running.clear();
    return left;
  }
}
