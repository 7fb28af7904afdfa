import type { Millis, Timer } from "@cordboard/kernel";
import type { AnswerResend } from "../dialog/answer-resend.ts";
import { startAnswerResend, stepAnswerResend } from "../dialog/answer-resend.ts";
import type { Core } from "./core.ts";

/** What is sent again, and when that ends. */
export interface ResendingTask {
  /** The gap doubles up to this. */
  readonly longestGap: Millis;
  readonly resend: () => void;
  /** 64 × T1 have gone by. */
  readonly giveUp: () => void;
}

/** Sends a response to INVITE again and again until it is stopped, because its acknowledgement came, or it gives up. */
export class Resending {
  readonly #core: Core;
  readonly #task: ResendingTask;
  #state: AnswerResend;
  #timer: Timer | undefined;

  constructor(core: Core, task: ResendingTask) {
    this.#core = core;
    this.#task = task;
    this.#state = startAnswerResend(core.timers);
    this.#schedule();
  }

  stop(): void {
    this.#step("ack");
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#state.at === "waiting") this.#timer = this.#core.clock.after(this.#state.resendAfter, () => this.#tick());
  }

  #tick(): void {
    this.#step("delay");
    if (this.#state.at !== "waiting") return this.#task.giveUp();
    this.#task.resend();
    this.#schedule();
  }

  #step(type: "delay" | "ack"): void {
    this.#state = stepAnswerResend(this.#state, { type }, { ...this.#core.timers, t2: this.#task.longestGap });
  }
}
