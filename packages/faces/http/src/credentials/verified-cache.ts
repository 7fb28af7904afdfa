import type { Clock, Millis } from "@cordboard/kernel";

/** Proofs of passwords that were found right a short time ago. */
export interface VerifiedCache {
  has(proof: string): boolean;
  add(proof: string): void;
  size(): number;
}

/** A cache whose entries live `lifetime` from when they were added, at most `maxEntries` (default 10,000). */
export function createVerifiedCache(clock: Clock, lifetime: Millis, maxEntries = 10_000): VerifiedCache {
  const ends = new Map<string, number>();
  return {
    has: (proof) => (ends.get(proof) ?? 0) > clock.monotonic(),
    add(proof) {
      const now = clock.monotonic();
      ends.delete(proof);
      for (const [oldest, end] of ends) {
        if (end > now && ends.size < maxEntries) break;
        ends.delete(oldest);
      }
      ends.set(proof, now + lifetime);
    },
    size: () => ends.size,
  };
}
