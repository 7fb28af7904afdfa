import type { Clock } from "@cordboard/kernel";

/** Counts what happened lately: in this second and the one before. */
export interface RecentCount {
  readonly add: () => void;
  readonly value: () => number;
}

const SECOND_MS = 1000;

/** Makes a count at 0. */
export function recentCount(clock: Clock): RecentCount {
  let second = 0;
  let [now, before] = [0, 0];
  const turn = (): void => {
    const current = Math.floor(clock.monotonic() / SECOND_MS);
    if (current === second) return;
    [now, before] = [0, current === second + 1 ? now : 0];
    second = current;
  };
  return {
    add() {
      turn();
      now++;
    },
    value() {
      turn();
      return now + before;
    },
  };
}
