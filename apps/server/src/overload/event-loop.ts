import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, Log, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** Says whether the event loop keeps up. */
export interface EventLoopWatch {
  /** False while it does not: nothing new may begin. */
  readonly keepsUp: () => boolean;
  /** Its delay, p99 of the last whole second, in milliseconds. */
  readonly delayMs: () => number;
  /** Begins to watch. Not before the start is over: loading the program stalls the loop, and is no overload. */
  readonly begin: () => void;
  readonly stop: () => void;
}

/** Measures the delay of the event loop. */
export interface LoopMeter {
  begin(): void;
  /** The p99 since this was last asked, in milliseconds. */
  takeP99Ms(): number;
  stop(): void;
}

/** What the watch works with. */
export interface EventLoopParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: LoopMeter | undefined;
}

/** Above this p99 delay of the event loop a second counts as slow. */
const LIMIT_MS = 100;
/** How often the delay is sampled, which is also what the histogram reads of an idle loop. */
const RESOLUTION_MS = 5;
const NANOS_PER_MILLI = 1e6;

/** Watches the event loop, a second at a time, once told to begin; it keeps up until then. */
export function watchEventLoop({ clock, log, meter = loopMeter() }: EventLoopParts): EventLoopWatch {
  let delayMs = 0;
  let wasSlow = false;
  let isOver = false;
  let timer: Timer | undefined;
  const look = (): void => {
    delayMs = meter.takeP99Ms();
    const isSlow = delayMs > LIMIT_MS;
    const wasOver = isOver;
    // One slow second is a hiccup (a collection of garbage, a neighbour on the machine); two in a row are load.
    isOver = isSlow && wasSlow;
    wasSlow = isSlow;
    if (isOver !== wasOver)
      log.warn(isOver ? "the event loop is late: nothing new is taken" : "the event loop keeps up again", { delayMs });
    timer = clock.after(seconds(1), look);
  };
  return {
    keepsUp: () => !isOver,
    delayMs: () => delayMs,
    begin: () => {
      meter.begin();
      timer = clock.after(seconds(1), look);
    },
    stop: () => {
      timer?.cancel();
      meter.stop();
    },
  };
}

function loopMeter(): LoopMeter {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  return {
    begin: () => histogram.enable(),
    takeP99Ms: () => {
      const p99 = histogram.percentile(99) / NANOS_PER_MILLI - RESOLUTION_MS;
      histogram.reset();
      return Math.max(0, p99);
    },
    stop: () => histogram.disable(),
  };
}
