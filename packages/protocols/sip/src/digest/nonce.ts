import type { Clock, Hash, Millis, Random } from "@cordboard/kernel";
import { randomHex, sameText } from "@cordboard/kernel";
import { ownText } from "../message/own-text.ts";

/** What makes and checks nonces. */
export interface NonceOptions {
  readonly hash: Hash;
  readonly clock: Clock;
  readonly random: Random;
  /** At least 16 secret bytes. Servers that share it accept each other's nonces. */
  readonly key: Uint8Array;
  /** How long a nonce is good, in milliseconds. */
  readonly lifetimeMs: Millis;
  /** Nonces in use that are remembered for their counts at once. */
  readonly remembered: number;
}

/** Whom a nonce is for: it is worthless from another address or for another realm. */
export interface NonceBinding {
  readonly realm: string;
  readonly address: string;
}

/** Counts of one nonce that have been used: the highest, and a window of 32 below it. */
interface Counts {
  readonly issuedAt: number;
  highest: number;
  seen: number;
}

/**
 * Nonces that need no memory until they are used: time, salt, and an HMAC over both and the binding. The counts of those
 * in use are kept in a bounded table; when it is full the oldest is forgotten and, so that it cannot be replayed, every
 * nonce not younger is stale from then on.
 */
export class Nonces {
  readonly #options: NonceOptions;
  readonly #used = new Map<string, Counts>();
  #staleUntil = 0;

  constructor(options: NonceOptions) {
    this.#options = options;
  }

  make(binding: NonceBinding): string {
    const { clock, random } = this.#options;
    const body = `${Math.floor(clock.now()).toString(16)}.${randomHex(random, 8)}`;
    return `${body}.${this.#sign(body, binding)}`;
  }

  /** Whether the nonce is ours and still good for this peer. */
  judge(nonce: string, binding: NonceBinding): "good" | "stale" | "foreign" {
    const dot = nonce.lastIndexOf(".");
    if (dot < 0 || nonce.length > 128) return "foreign";
    const body = nonce.slice(0, dot);
    if (!sameText(this.#sign(body, binding), nonce.slice(dot + 1))) return "foreign";
    const issuedAt = issueTime(body);
    const age = this.#options.clock.now() - issuedAt;
    if (age < 0 || age > this.#options.lifetimeMs) return "stale";
    return issuedAt <= this.#staleUntil && !this.#used.has(nonce) ? "stale" : "good";
  }

  /** Marks a count of a good nonce as used; false when it was used before. Called only once the response was right. */
  use(nonce: string, count: number): boolean {
    const counts = this.#used.get(nonce);
    if (counts === undefined) {
      this.#makeRoom();
      this.#used.set(ownText(nonce), { issuedAt: issueTime(nonce), highest: count, seen: 1 });
      return true;
    }
    const behind = counts.highest - count;
    if (behind < 0) {
      counts.seen = -behind >= 32 ? 1 : ((counts.seen << -behind) | 1) >>> 0;
      counts.highest = count;
      return true;
    }
    if (behind >= 32 || ((counts.seen >>> behind) & 1) === 1) return false;
    counts.seen = (counts.seen | (1 << behind)) >>> 0;
    return true;
  }

  /** Nonces whose counts are remembered now. */
  get size(): number {
    return this.#used.size;
  }

  #makeRoom(): void {
    const expired = this.#options.clock.now() - this.#options.lifetimeMs;
    for (const [nonce, { issuedAt }] of this.#used) {
      const isOver = issuedAt < expired;
      if (!isOver && this.#used.size < this.#options.remembered) return;
      this.#used.delete(nonce);
      if (!isOver) this.#staleUntil = Math.max(this.#staleUntil, issuedAt);
    }
  }

  #sign(body: string, { realm, address }: NonceBinding): string {
    return this.#options.hash.hmac(this.#options.key, `${body} ${address} ${realm}`).slice(0, 32);
  }
}

const issueTime = (nonce: string): number => Number.parseInt(nonce, 16);
