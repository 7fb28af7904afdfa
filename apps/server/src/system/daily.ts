import type { Clock, Log, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** Something that is done every day. */
export interface Daily {
  /** Settles when today's is done. */
  settled(): Promise<void>;
  /** Settles when the one that runs is done; there will be no other. */
  stop(): Promise<void>;
}

const DAY = seconds(24 * 3600);

/** Does these, one after the other, now and once a day, until it is stopped. One that fails does not keep the others from their turn. */
export function daily(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  tasks: readonly (() => Promise<void>)[],
): Daily {
  let timer: Timer | undefined;
  let isStopped = false;
  const doAll = async (): Promise<void> => {
    for (const task of tasks) {
      if (isStopped) return;
      await task().catch((fault: unknown) => log.warn("what is done daily failed; tomorrow again", { fault }));
    }
    if (!isStopped) timer = clock.after(DAY, run);
  };
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = doAll();
  };
  run();
  return {
    settled: () => running,
    stop: () => {
      isStopped = true;
      timer?.cancel();
      return running;
    },
  };
}
