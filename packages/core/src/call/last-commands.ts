import type { Clock, LegId, Millis, Result } from "@cordboard/kernel";
import { ok, seconds } from "@cordboard/kernel";
import type { ControlCall, ControlRefusal } from "./control.ts";

type Answer = Result<undefined, ControlRefusal>;

/** The last command on a leg that was done, or is being done. */
interface Given {
  readonly words: string;
  readonly at: Millis;
  /** What will come of it; undefined once it is done. */
  readonly answer: Promise<Answer> | undefined;
}

/** The same command on the same leg this soon after the first is a finger that pressed twice. */
const DOUBLE_CLICK: Millis = seconds(2);

/** Legs whose last command is remembered. */
const MOST_LEGS = 1_000;

/**
 * Lets a second identical command succeed without a second effect, also where the first has ended the leg: whoever pressed twice would
 * hear of a call that is not there. Any other command in between makes it a new one.
 */
export class LastCommands {
  readonly #clock: Clock;
  readonly #ofLeg = new Map<LegId, Given>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives a command by `run`, unless the same one is being done already. */
  async give(command: ControlCall, run: () => Promise<Answer>): Promise<Answer> {
    const words = wordsOf(command);
    const at = this.#clock.monotonic();
    const last = this.#ofLeg.get(command.leg);
    // A digit that is pressed twice is meant twice.
    const isAgain = command.order.type !== "send-digits" && last?.words === words && at - last.at <= DOUBLE_CLICK;
    if (isAgain && last.answer !== undefined) return last.answer;
    const answer = run();
    this.#note(command.leg, { words, at, answer });
    const result = await answer;
    if (result.ok || isAgain) {
      this.#note(command.leg, { words, at, answer: undefined });
      return ok(undefined);
    }
    if (last === undefined) this.#ofLeg.delete(command.leg);
    else this.#note(command.leg, last);
    return result;
  }

  #note(leg: LegId, given: Given): void {
    this.#ofLeg.delete(leg);
    this.#ofLeg.set(leg, given);
    if (this.#ofLeg.size <= MOST_LEGS) return;
    for (const oldest of this.#ofLeg.keys()) {
      this.#ofLeg.delete(oldest);
      return;
    }
  }
}

/** Who wants what. */
const wordsOf = ({ actor: { tenant, kind, user, key }, order }: ControlCall): string =>
  JSON.stringify([tenant, kind, user, key, order]);
