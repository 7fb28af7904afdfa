import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Settles after `delay`. */
export const pause = (clock: Clock, delay: Millis): Promise<void> =>
  new Promise((done) => {
    clock.after(delay, done);
  });

/** How long and how often {@link until} looks. */
export interface Patience {
  readonly deadline: Millis;
  readonly every: Millis;
}

/** Looks until `isSo` says yes, and tells whether it did before the deadline. */
export async function until(
  clock: Clock,
  patience: Patience,
  isSo: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const endsAt = clock.monotonic() + patience.deadline;
  for (;;) {
    if (await isSo()) return true;
    if (clock.monotonic() >= endsAt) return false;
    await pause(clock, patience.every);
  }
}

/** Settles as `work` does, or as `false` when `deadline` passes first. */
export async function within(clock: Clock, deadline: Millis, work: Promise<unknown>): Promise<boolean> {
  let isLate = false;
  let wake = (): void => {};
  const late = new Promise<void>((done) => {
    wake = done;
  });
  const timer = clock.after(deadline, () => {
    isLate = true;
    wake();
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer.cancel();
  }
  return !isLate;
}

/** A delay that doubles from `first` to `most`, for things that are tried again. */
export const backoff = (first: Millis, most: Millis, attempt: number): Millis =>
  ms(Math.min(most, first * 2 ** Math.min(attempt, 20)));

/** The same task, done at most once; later calls share the first one's outcome. */
export function once(task: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= task();
    return done;
  };
}
