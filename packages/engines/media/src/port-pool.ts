import type { Clock, Millis, Random, Timer } from "@cordboard/kernel";

/** An even port for RTP and the odd one after it for RTCP. @rfc 3550#11 */
export interface PortPair {
  readonly rtp: number;
  readonly rtcp: number;
}

/** Ports counted one by one; a leg has two. */
export interface PortCounts {
  readonly inUse: number;
  readonly draining: number;
  readonly free: number;
}

/** Ports for legs, given out pair by pair. */
export interface PortPool {
  /** The pair that has been free for longest; undefined when there is none. */
  take(): PortPair | undefined;
  /** Gives a pair back. It drains first, so that late packets of the old leg do not reach a new one. */
  giveBack(pair: PortPair): void;
  counts(): PortCounts;
  /** Forgets what drains, so that no timer is left. */
  stop(): void;
}

/** What a pool is made of: the range (both ends included), how long a pair drains, and the ports' order. */
export interface PortPoolOptions {
  readonly first: number;
  readonly last: number;
  readonly drain: Millis;
  readonly clock: Clock;
  /** Shuffles the pairs, so that a stranger cannot guess where the next leg will be. */
  readonly random: Random;
}

/** A pool over a range of ports. */
export function createPortPool({ first, last, drain, clock, random }: PortPoolOptions): PortPool {
  let free: PortPair[] = [];
  for (let rtp = first + (first % 2); rtp + 1 <= last; rtp += 2) free.push({ rtp, rtcp: rtp + 1 });
  shuffle(free, random);
  let next = 0;
  let inUse = 0;
  const draining = new Set<Timer>();
  return {
    take() {
      const pair = free[next];
      if (pair === undefined) return undefined;
      next++;
      inUse++;
      // The front is cut off now and then, not each time: that would move the whole list for every leg.
      if (next > 1024) {
        free = free.slice(next);
        next = 0;
      }
      return pair;
    },
    giveBack(pair) {
      inUse--;
      const timer = clock.after(drain, () => {
        draining.delete(timer);
        free.push(pair);
      });
      draining.add(timer);
    },
    counts: () => ({ inUse: 2 * inUse, draining: 2 * draining.size, free: 2 * (free.length - next) }),
    stop() {
      for (const timer of draining) timer.cancel();
      draining.clear();
    },
  };
}

/** Fisher and Yates; 16 random bits a step are even enough for thousands of pairs. */
function shuffle(pairs: PortPair[], random: Random): void {
  for (let i = pairs.length - 1; i > 0; i--) {
    const [high = 0, low = 0] = random.bytes(2);
    const j = (high * 256 + low) % (i + 1);
    const [a, b] = [pairs[i], pairs[j]];
    if (a !== undefined && b !== undefined) [pairs[i], pairs[j]] = [b, a];
  }
}
