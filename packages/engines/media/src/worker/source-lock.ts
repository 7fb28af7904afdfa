import type { Millis } from "@cordboard/kernel";
import type { Endpoint } from "./addresses.ts";

/** How well a packet's source fits what the peer named: another address, its address with another port, or both. */
type Fit = 1 | 2 | 3;

/**
 * Symmetric RTP: where a leg's packets are believed to come from, and where ours go.
 *
 *     negotiated ──first valid packet──▶ provisional ──time passes──▶ locked
 *                                            └── a better fit takes over
 *
 * A peer behind a translating router sends from elsewhere than it says, so the first source wins even when it does not fit,
 * if it turns up soon. For a while a better fit may still take over, so that a stranger who was quicker than the peer does not keep the
 * call. After that only a new negotiation changes the source.
 */
export class SourceLock {
  readonly #latchWithin: Millis;
  #negotiated: Endpoint | undefined;
  #source: Endpoint | undefined;
  #fit: Fit = 1;
  /** Until when a source at another address may be the first. */
  #openUntil = 0;
  /** Until when a better fit may take over. */
  #provisionalUntil = 0;

  constructor(latchWithin: Millis) {
    this.#latchWithin = latchWithin;
  }

  /** Takes what was negotiated. The same again keeps the lock; anything else begins anew. */
  negotiate(remote: Endpoint, now: Millis): void {
    const isSame = this.#negotiated?.address === remote.address && this.#negotiated.port === remote.port;
    if (!isSame) this.#source = undefined;
    this.#negotiated = remote;
    this.#openUntil = now + this.#latchWithin;
  }

  /** Goes on with a source that another lock had found. */
  restore(source: Endpoint): void {
    this.#source = source;
    this.#provisionalUntil = 0;
  }

  /** Whether this is where the peer's packets come from, as far as is known. */
  isSource(from: Endpoint): boolean {
    const source = this.#source;
    return source !== undefined && source.port === from.port && source.address === from.address;
  }

  /** Whether a packet from there is the peer's. `mayLock` says that it is of a kind that was agreed on. */
  admits(from: Endpoint, mayLock: boolean, now: Millis): boolean {
    if (this.isSource(from)) return true;
    const source = this.#source;
    const negotiated = this.#negotiated;
    if (!mayLock || negotiated === undefined) return false;
    const fit: Fit = from.address !== negotiated.address ? 1 : from.port === negotiated.port ? 3 : 2;
    const isBetter = source === undefined ? fit > 1 || now < this.#openUntil : fit > this.#fit;
    if (!isBetter || (source !== undefined && now >= this.#provisionalUntil)) return false;
    if (source === undefined) this.#provisionalUntil = now + this.#latchWithin;
    this.#source = { address: from.address, port: from.port };
    this.#fit = fit;
    return true;
  }

  /** The source that packets come from, once there was one. */
  get source(): Endpoint | undefined {
    return this.#source;
  }

  /** Where our packets go: to the source, and before the first packet to what was negotiated. */
  get target(): Endpoint | undefined {
    return this.#source ?? this.#negotiated;
  }
}
