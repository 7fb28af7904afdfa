import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock, Log, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** Gives memory back after a burst of work. */
export interface QuietCollection {
  readonly stop: () => void;
}

/** What it works with. */
export interface QuietCollectionParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The share of time that this thread was busy since this was last asked, 0 to 1. */
  readonly takeBusyShare?: () => number;
  /** Collects all garbage of this thread at once. */
  readonly collect?: () => void;
}

const LOOK_EVERY = seconds(5);
/** A look that finds more has seen a burst; so has the first, as the program was just loaded. */
const BURST = 0.1;
/** A look that finds less has seen nobody who would wait for a collection. */
const QUIET = 0.05;
/** So many quiet looks in a row are a pause worth using. */
const QUIET_LOOKS = 2;
const MICROS_PER_MILLI = 1000;

/**
 * Collects all garbage once, when ten seconds were quiet after a burst. V8 lets the heap grow under load,
 * and gives it back in a full collection only; but an idle program makes too little garbage to get one. Running calls
 * do not mind: their sound is of another thread.
 */
export function collectWhenQuiet({
  clock,
  log,
  takeBusyShare = busyShareMeter(clock),
  collect = collectAll,
}: QuietCollectionParts): QuietCollection {
  let isDue = true;
  let quietLooks = 0;
  const look = (): void => {
    const busyShare = takeBusyShare();
    if (busyShare > BURST) isDue = true;
    quietLooks = busyShare < QUIET ? quietLooks + 1 : 0;
    if (isDue && quietLooks >= QUIET_LOOKS) {
      isDue = false;
      const before = clock.monotonic();
      collect();
      log.debug("memory was given back", { tookMs: Math.round(clock.monotonic() - before) });
      // The collection is no burst of its own.
      takeBusyShare();
    }
    timer = clock.after(LOOK_EVERY, look);
  };
  let timer: Timer = clock.after(LOOK_EVERY, look);
  return { stop: () => timer.cancel() };
}

/** By processor time, as a thread that waits for other programs of the machine is not busy. */
function busyShareMeter(clock: Clock): () => number {
  const read = (): { readonly atMs: number; readonly usedMs: number } => {
    const { user, system } = process.threadCpuUsage();
    return { atMs: clock.monotonic(), usedMs: (user + system) / MICROS_PER_MILLI };
  };
  let before = read();
  return () => {
    const now = read();
    const share = (now.usedMs - before.usedMs) / (now.atMs - before.atMs);
    before = now;
    return share;
  };
}

/** V8 has this for its own tests; nothing else asks for a full collection. */
function collectAll(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof gc === "function") gc();
}
