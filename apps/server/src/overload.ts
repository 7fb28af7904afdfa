import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, Log, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** Says whether the machine keeps up. */
export interface OverloadGuard {
  /** Whether new work may begin. */
  readonly admits: () => boolean;
  /** Delay of the event loop, p99 of the last whole second, in milliseconds. */
  readonly delayMs: () => number;
  readonly stop: () => void;
}

/** Above this p99 delay of the event loop, new calls and requests are refused (rules on overload). */
const LIMIT_MS = 100;
/** How often the histogram samples; its own reading of an idle loop. */
const RESOLUTION_MS = 10;
const NANOS_PER_MILLI = 1e6;

/** Watches the event loop, a second at a time. */
export function guardOverload({ clock, log }: { readonly clock: Clock; readonly log: Log }): OverloadGuard {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let delayMs = 0;
  let wasOver = false;
  let timer: Timer;
  const look = (): void => {
    delayMs = Math.max(0, histogram.percentile(99) / NANOS_PER_MILLI - RESOLUTION_MS);
    histogram.reset();
    const isOver = delayMs > LIMIT_MS;
    if (isOver !== wasOver) log.warn(isOver ? "overloaded: new calls are refused" : "keeping up again", { delayMs });
    wasOver = isOver;
    timer = clock.after(seconds(1), look);
  };
  timer = clock.after(seconds(1), look);
  return {
    admits: () => !wasOver,
    delayMs: () => delayMs,
    stop: () => {
      timer.cancel();
      histogram.disable();
    },
  };
}
