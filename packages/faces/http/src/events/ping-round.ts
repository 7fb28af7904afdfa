import type { Clock, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** Something that is pinged from time to time. */
export interface Pinged {
  ping(): void;
}

/** Who is pinged, each once in a period. */
export interface PingRound<Member extends Pinged> {
  add(member: Member): void;
  remove(member: Member): void;
}

/**
 * Pings each member once in `periodSeconds`; each second has its share of them, so that thousands are not pinged at once.
 * The timer runs only while there are members.
 */
export function createPingRound<Member extends Pinged>(clock: Clock, periodSeconds: number): PingRound<Member> {
  const shares = Array.from({ length: periodSeconds }, () => new Set<Member>());
  const shareOf = new Map<Member, Set<Member>>();
  let second = 0;
  let nextShare = 0;
  let timer: Timer | undefined;

  function tick(): void {
    timer = clock.after(seconds(1), tick);
    second = (second + 1) % periodSeconds;
    for (const member of shares[second] ?? []) member.ping();
  }

  return {
    add(member) {
      const share = shares[nextShare++ % periodSeconds];
      if (share === undefined) return;
      share.add(member);
      shareOf.set(member, share);
      timer ??= clock.after(seconds(1), tick);
    },
    remove(member) {
      shareOf.get(member)?.delete(member);
      shareOf.delete(member);
      if (shareOf.size > 0) return;
      timer?.cancel();
      timer = undefined;
    },
  };
}
