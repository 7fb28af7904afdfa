import type { LegFact, Side } from "@cordboard/core";
import type { Clock, LegId, Millis, TenantId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { IncomingRefer, ReferSubscription, Replaces } from "@cordboard/sip";
import { parseUri, uriScheme } from "@cordboard/sip";

/** Longest number that a call is sent on to. */
const MAX_NUMBER = 64;

/** How long the end of a leg waits for its phone to hear what became of its wish. */
const LONGEST_LAST_WORD: Millis = ms(2000);

/** The leg whose phone may ask. */
export interface Referrer {
  readonly id: LegId;
  readonly tenant: TenantId;
  readonly side: Side;
  readonly isEnding: boolean;
  report(fact: LegFact): void;
}

/** The leg that a Replaces of a phone of this tenant names, among ours. */
export type FindLeg = (replaces: Replaces, tenant: TenantId) => LegId | undefined;

/**
 * What a phone asks by REFER, one wish at a time: core hears of it, and the phone of what became of it. Only legs of users may ask: a
 * carrier cannot send the calls of the house on at its expense. Nothing is refused with a status that would end the phone's dialog.
 * @rfc 3515#2.4
 * @rfc 5057#5.1
 */
export class Referring {
  readonly #leg: Referrer;
  readonly #find: FindLeg;
  #running: ReferSubscription | undefined;
  /** Settles when the phone has answered our last word. */
  #lastWord: Promise<void> | undefined;

  constructor(leg: Referrer, find: FindLeg) {
    this.#leg = leg;
    this.#find = find;
  }

  take(refer: IncomingRefer): void {
    const { side, isEnding, tenant, id } = this.#leg;
    const { uri, method, replaces } = refer.target;
    if (side === "carrier" || isEnding || method !== "INVITE") return void refer.reject(403);
    if (this.#running !== undefined) return void refer.reject(491);
    const number = numberIn(uri);
    if (number === undefined) return void refer.reject(400, { reason: "Refer-To names no number" });
    const subscription = refer.accept();
    if (subscription === undefined) return;
    const instead = replaces === undefined ? null : this.#find(replaces, tenant);
    if (instead === undefined) return subscription.tell(481);
    this.#running = subscription;
    this.#leg.report({ type: "refer-asked", leg: id, number, replaces: instead });
  }

  /** Tells the phone a status, of which one of 200 and above is the last. False when it does not wait for any. */
  tell(status: number): boolean {
    const running = this.#running;
    running?.tell(status);
    if (running !== undefined && status >= 200) {
      this.#running = undefined;
      this.#lastWord = running.settled;
    }
    return running !== undefined;
  }

  /** Runs a task when the phone has heard our last word, at once when there is none to hear, and at the latest after a while. */
  afterLastWord(clock: Clock, run: () => void): void {
    this.tell(487);
    const lastWord = this.#lastWord;
    if (lastWord === undefined) return run();
    let isDue = true;
    const once = (): void => {
      if (!isDue) return;
      isDue = false;
      timer.cancel();
      run();
    };
    const timer = clock.after(LONGEST_LAST_WORD, once);
    void lastWord.then(once);
  }
}

/** The number that a `sip:`, `sips:` or `tel:` address names. */
function numberIn(address: string): string | undefined {
  const number = uriScheme(address) === "tel" ? address.slice("tel:".length).split(";")[0] : parseUri(address)?.user;
  return number === undefined || number === "" || number.length > MAX_NUMBER ? undefined : number;
}
