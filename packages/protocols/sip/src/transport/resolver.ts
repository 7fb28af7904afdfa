import { lookup } from "node:dns/promises";
import type { Clock } from "@cordboard/kernel";
import { clockOf, ms } from "@cordboard/kernel";
import type { Resolver } from "../agent/transport.ts";

/** What a {@link dnsResolver} is made of. */
export interface DnsResolverOptions {
  readonly clock?: Clock;
  /** Longest wait for an answer, in milliseconds; 5,000 unless said otherwise. */
  readonly deadlineMs?: number;
  /** How long an answer is used again, in milliseconds; 30,000 unless said otherwise. */
  readonly keepMs?: number;
}

const MAX_KEPT = 1_000;
const MAX_PENDING = 64;

/** Finds addresses (A, AAAA) by the system's resolver. Answers are kept for a while; lookups at once are bounded. */
export function dnsResolver(options: DnsResolverOptions = {}): Resolver {
  const clock = options.clock ?? clockOf(globalThis);
  const deadlineMs = ms(options.deadlineMs ?? 5_000);
  const keepMs = options.keepMs ?? 30_000;
  const kept = new Map<string, { readonly addresses: readonly string[]; readonly until: number }>();
  const pending = new Map<string, Promise<readonly string[]>>();

  const ask = (host: string): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const timer = clock.after(deadlineMs, () => resolve([]));
      lookup(host, { all: true }).then(
        (found) => {
          timer.cancel();
          const addresses = found.map(({ address }) => address);
          if (kept.size >= MAX_KEPT) kept.clear();
          kept.set(host, { addresses, until: clock.monotonic() + keepMs });
          resolve(addresses);
        },
        () => {
          timer.cancel();
          resolve([]);
        },
      );
    });

  return (host) => {
    const known = kept.get(host);
    if (known !== undefined && known.until > clock.monotonic()) return Promise.resolve(known.addresses);
    const running = pending.get(host);
    if (running !== undefined) return running;
    if (pending.size >= MAX_PENDING) return Promise.resolve([]);
    const asked = ask(host).finally(() => pending.delete(host));
    pending.set(host, asked);
    return asked;
  };
}
