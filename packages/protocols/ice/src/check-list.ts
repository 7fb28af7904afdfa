import type { Millis } from "@cordboard/kernel";
import type { Endpoint } from "./address.ts";
import { isSamePlace } from "./address.ts";
import type { Pair } from "./pair.ts";
import { freshPair, isSound } from "./pair.ts";

/** Ways of one run; what a browser has is a handful. */
const MAX_PAIRS = 32;

/** The ways to the peer that one run of checks tries, the best first. @rfc 8445#6.1.2 */
export class CheckList {
  readonly #pairs: Pair[] = [];

  /** The way to a place, made when there is none. A new one takes the room of one that has failed; undefined when there is no room. */
  to(remote: Endpoint, remotePriority: number, now: Millis): Pair | undefined {
    const known = this.at(remote);
    if (known !== undefined) return known;
    if (this.#pairs.length >= MAX_PAIRS) {
      const failed = this.#pairs.findIndex(({ state }) => state === "failed");
      if (failed < 0) return undefined;
      this.#pairs.splice(failed, 1);
    }
    const pair = freshPair({ address: remote.address, port: remote.port }, remotePriority, now);
    this.#pairs.push(pair);
    this.#pairs.sort((a, b) => b.remotePriority - a.remotePriority);
    return pair;
  }

  /** The way to a place; undefined when there is none. */
  at(place: Endpoint | undefined): Pair | undefined {
    return place === undefined ? undefined : this.#pairs.find(({ remote }) => isSamePlace(remote, place));
  }

  /** The way whose check is under way by this transaction. */
  asking(transaction: string): Pair | undefined {
    return this.#pairs.find((pair) => pair.transaction === transaction);
  }

  /** Ways whose check has had no answer for long enough. */
  due(now: Millis): readonly Pair[] {
    return this.#pairs.filter(({ transaction, nextAt }) => transaction !== undefined && nextAt <= now);
  }

  /** The best one that nothing is known of yet. */
  get untried(): Pair | undefined {
    return this.#pairs.find(({ state }) => state === "waiting");
  }

  /** The best one that works. */
  get best(): Pair | undefined {
    return this.#pairs.find(isSound);
  }

  /** Gives those that have failed another chance. */
  retry(): void {
    for (const pair of this.#pairs) if (pair.state === "failed") pair.state = "waiting";
  }

  /** Whether a better one than this may still turn out to work. */
  mayGetBetterThan(pair: Pair): boolean {
    return this.#pairs.slice(0, Math.max(0, this.#pairs.indexOf(pair))).some(({ state }) => state !== "failed");
  }

  /** Where the peer has proved to be. */
  get proved(): readonly Endpoint[] {
    return this.#pairs.flatMap(({ state, remote }) => (state === "succeeded" ? [remote] : []));
  }

  /** Whether a way works that leads to a place. */
  hasProved(place: Endpoint): boolean {
    return this.at(place)?.state === "succeeded";
  }

  /** Whether the peer is just being told which way is the one. */
  get isNominating(): boolean {
    return this.#pairs.some(({ isNominating }) => isNominating);
  }

  /** Whether a check is under way, or waits to be sent. */
  get isBusy(): boolean {
    return this.#pairs.some(({ state, transaction }) => state === "waiting" || transaction !== undefined);
  }
}
