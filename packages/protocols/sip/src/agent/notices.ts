import type { Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Content } from "../message/message.ts";
import type { CountingClock } from "./counting-clock.ts";
import type { Outcome } from "./request-types.ts";

/** What one NOTIFY says. */
export interface Notice {
  readonly content: Content;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** How the NOTIFYs of one subscription go out. */
export interface NoticeSettings {
  readonly clock: CountingClock;
  /** The least time between two of them. */
  readonly gap: Millis;
  readonly send: (content: Content) => Promise<Outcome>;
  /** The last one was answered, or one met nobody or a refusal. Called once, never after `stop`. */
  readonly onOver: () => void;
}

/**
 * Sends the NOTIFYs of one subscription one after the other: each waits for the answer to the one before, so that none overtakes
 * another, and for the gap. What waits is replaced by what is newer. @rfc 6665#4.2.2
 */
export class Notices {
  readonly #settings: NoticeSettings;
  #next: (() => Notice | undefined) | undefined;
  #isUnderWay = false;
  #isOver = false;
  #lastAt: number | undefined;
  #timer: Timer | undefined;

  constructor(settings: NoticeSettings) {
    this.#settings = settings;
  }

  /** Says something as soon as it may be said; `make` is called then, and undefined when there is nothing to say any more. */
  push(make: () => Notice | undefined): void {
    if (this.#isOver) return;
    this.#next = make;
    this.#goOn();
  }

  stop(): void {
    this.#isOver = true;
    this.#next = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #goOn(): void {
    const make = this.#next;
    if (make === undefined || this.#isUnderWay || this.#timer !== undefined) return;
    const { clock, gap } = this.#settings;
    const wait = this.#lastAt === undefined ? 0 : this.#lastAt + gap - clock.monotonic();
    if (wait > 0) {
      this.#timer = clock.after(ms(wait), () => {
        this.#timer = undefined;
        this.#goOn();
      });
      return;
    }
    this.#next = undefined;
    const notice = make();
    if (notice !== undefined) void this.#say(notice);
  }

  async #say({ content, isLast }: Notice): Promise<void> {
    this.#isUnderWay = true;
    this.#lastAt = this.#settings.clock.monotonic();
    const outcome = await this.#settings.send(content);
    this.#isUnderWay = false;
    if (this.#isOver) return;
    if (isLast || !outcome.ok) {
      this.stop();
      return this.#settings.onOver();
    }
    this.#goOn();
  }
}
