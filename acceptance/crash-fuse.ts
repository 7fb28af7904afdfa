import type { SeededRandom } from "@cordboard/testkit";

/** What a server is in the middle of when it is killed. */
export const moments = ["invite-in", "ringing", "answered", "bye", "row-being-committed"] as const;

/** One of {@link moments}. */
export type Moment = (typeof moments)[number];

/** When a kill happens: at the `nth` time that the moment comes, and so many happenings later. */
export interface FusePlan {
  readonly moment: Moment;
  readonly nth: number;
  readonly later: number;
}

/** A seeded kill within a moment. */
export const planFuse = (moment: Moment, random: SeededRandom): FusePlan => ({
  moment,
  nth: random.between(1, 5),
  later: random.between(0, 3),
});

/** Watches SIP messages and events go by, and burns down at the planned one, within the same turn of the event loop. */
export class Fuse {
  readonly #plan: FusePlan;
  readonly #blow: () => void;
  readonly #blown: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Call-IDs of the calls that it watches: those whose INVITE it saw. */
  readonly #calls = new Set<string>();
  #seen = 0;
  #later = 0;
  #isBlown = false;

  constructor(plan: FusePlan, blow: () => void) {
    this.#plan = plan;
    this.#blow = blow;
  }

  get isBlown(): boolean {
    return this.#isBlown;
  }

  /** Settles when it has blown. */
  get blown(): Promise<void> {
    return this.#blown.promise;
  }

  /** A SIP message went out or came in. Those of calls that began before are passed over. */
  sip(direction: "in" | "out", text: string): void {
    const callId = /^Call-ID: (.+)$/im.exec(text)?.[1]?.trim() ?? "";
    if (text.startsWith("INVITE ")) this.#calls.add(callId);
    if (!this.#calls.has(callId)) return;
    this.#happened(momentOfSip(direction, text));
  }

  /** The live stream told of an event: a call has ended, so its row is on the way to the disk. */
  event(text: string): void {
    this.#happened(text.includes('"event":"call.ended.v1"') ? "row-being-committed" : undefined);
  }

  /** Blows now, if it has not yet. */
  force(): void {
    if (this.#isBlown) return;
    this.#isBlown = true;
    this.#blow();
    this.#blown.resolve();
  }

  #happened(moment: Moment | undefined): void {
    if (this.#seen >= this.#plan.nth) this.#later++;
    else if (moment === this.#plan.moment) this.#seen++;
    if (this.#seen >= this.#plan.nth && this.#later >= this.#plan.later) this.force();
  }
}

function momentOfSip(direction: "in" | "out", text: string): Moment | undefined {
  const isOfInvite = /^CSeq: \d+ INVITE/im.test(text);
  if (text.startsWith("BYE ")) return "bye";
  if (direction === "out")
    return text.startsWith("INVITE ") && /^(?:Proxy-)?Authorization:/im.test(text) ? "invite-in" : undefined;
  if (text.startsWith("SIP/2.0 180 ") && isOfInvite) return "ringing";
  return text.startsWith("SIP/2.0 200 ") && isOfInvite ? "answered" : undefined;
}
