import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, Log, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** Says whether the machine keeps up. */
export interface OverloadGuard {
  /** Whether new work may begin. */
  readonly admits: () => boolean;
  /** Delay of the event loop, p99 of the last whole second, in milliseconds. */
  readonly delayMs: () => number;
  /** Begins to watch. Not before the start is over: loading the program stalls the loop, and is no overload. */
  readonly begin: () => void;
  readonly stop: () => void;
}

/** Above this p99 delay of the event loop, new calls and requests are refused (rules on overload). */
const LIMIT_MS = 100;
/**
 * How often the histogram samples; its own reading of an idle loop. At 200 samples a second one hiccup is below the p99, and only a
 * loop that stalls again and again counts as overloaded.
 */
const RESOLUTION_MS = 5;
const NANOS_PER_MILLI = 1e6;

/** Watches the event loop, a second at a time, once told to begin; admits everything until then. */
export function guardOverload({ clock, log }: { readonly clock: Clock; readonly log: Log }): OverloadGuard {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let delayMs = 0;
  let wasOver = false;
  let timer: Timer | undefined;
  const look = (): void => {
    delayMs = Math.max(0, histogram.percentile(99) / NANOS_PER_MILLI - RESOLUTION_MS);
    histogram.reset();
    const isOver = delayMs > LIMIT_MS;
    if (isOver !== wasOver) log.warn(isOver ? "overloaded: new calls are refused" : "keeping up again", { delayMs });
    wasOver = isOver;
    timer = clock.after(seconds(1), look);
  };
  return {
    admits: () => !wasOver,
    delayMs: () => delayMs,
    begin: () => {
      histogram.enable();
      timer = clock.after(seconds(1), look);
    },
    stop: () => {
      timer?.cancel();
      histogram.disable();
    },
  };
}
