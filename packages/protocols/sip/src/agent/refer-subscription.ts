import type { Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { SubscriptionState } from "../events/subscription-state.ts";
import { printSubscriptionState } from "../events/subscription-state.ts";
import type { Content } from "../message/message.ts";
import { SIPFRAG, sipfrag } from "../refer/sipfrag.ts";
import type { Core } from "./core.ts";
import type { Notice } from "./notices.ts";
import { Notices } from "./notices.ts";
import type { ReferSubscription } from "./refer-types.ts";
import type { Outcome } from "./request-types.ts";

/** How long a call that was asked for may take to come to its end; then the peer hears what is known. */
export const REFER_PATIENCE: Millis = ms(180_000);

/** What an accepted REFER opens. */
export interface ReferOpening {
  /** Names it among several of one dialog: the REFER's CSeq number. @rfc 3515#2.4.6 */
  readonly eventId: number | undefined;
  readonly send: (content: Content) => Promise<Outcome>;
  readonly onOver: () => void;
}

/** The subscription that a REFER makes by itself. @rfc 3515#2.4.4 */
export class ReferNotifier implements ReferSubscription {
  readonly eventId: number | undefined;
  readonly #core: Core;
  readonly #opening: ReferOpening;
  readonly #notices: Notices;
  readonly #close = (): void => this.#end();
  readonly #endsAt: number;
  #deadline: Timer | undefined;
  #status = 100;
  #isTold = false;
  #isOver = false;
  #settle: () => void = () => {};
  readonly settled: Promise<void> = new Promise((resolve) => {
    this.#settle = resolve;
  });

  constructor(core: Core, opening: ReferOpening) {
    this.#core = core;
    this.#opening = opening;
    this.eventId = opening.eventId;
    const { clock } = core;
    this.#notices = new Notices({ clock, gap: ms(0), send: opening.send, onOver: () => this.#end() });
    this.#endsAt = clock.monotonic() + REFER_PATIENCE;
    this.#deadline = clock.after(REFER_PATIENCE, () => this.giveUp());
    core.waiting.add(this.#close);
    this.#push(() => this.#notice({ at: "active", expiresSeconds: this.secondsLeft }));
  }

  get isOver(): boolean {
    return this.#isTold || this.#isOver;
  }

  /** Whole seconds for which it goes on. */
  get secondsLeft(): number {
    return Math.max(0, Math.ceil((this.#endsAt - this.#core.clock.monotonic()) / 1000));
  }

  tell(status: number): void {
    if (this.isOver || !Number.isInteger(status) || status < 100 || status > 699) return;
    this.#status = status;
    if (status < 200) this.#push(() => this.#notice({ at: "active", expiresSeconds: this.secondsLeft }));
    else this.#last({ at: "terminated", reason: "noresource" });
  }

  /** Ends it with what is known by now: the time is over, or the peer wants to hear no more. */
  giveUp(): void {
    if (!this.isOver) this.#last({ at: "terminated", reason: "timeout" });
  }

  #last(state: SubscriptionState): void {
    this.#isTold = true;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#push(() => this.#notice(state));
  }

  #push(make: () => Notice): void {
    this.#notices.push(make);
  }

  #notice(state: SubscriptionState): Notice {
    const event = this.eventId === undefined ? "refer" : `refer;id=${this.eventId}`;
    return {
      content: {
        headers: [
          ["Event", event],
          ["Subscription-State", printSubscriptionState(state)],
        ],
        body: sipfrag(this.#status),
        contentType: SIPFRAG,
      },
      isLast: state.at === "terminated",
    };
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle();
    this.#notices.stop();
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#core.waiting.delete(this.#close);
    this.#opening.onOver();
  }
}

/** What is told to a peer that wants to hear nothing. @rfc 4488#4 */
export const silentSubscription: ReferSubscription = {
  isOver: true,
  settled: Promise.resolve(),
  tell() {},
};
