import type { Clock, Log, Timer } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import type { Pool } from "pg";
import type { DatabaseState } from "../embedded/supervisor.ts";

const LOOK_WHEN_UP = seconds(5);
const LOOK_WHEN_DOWN = ms(250);

/** Knows whether the database answers, from whoever has news of it, and by asking now and then. */
export interface StateWatch {
  state(): DatabaseState;
  onState(listener: (state: DatabaseState) => void): () => void;
  /** News from the supervisor. */
  tell(state: DatabaseState): void;
  stop(): void;
}

/** Watches a pool. It counts as up until somebody says otherwise: it has just been opened. */
export function watchState(clock: Clock, log: Log): StateWatch & { follow(pool: Pool): void } {
  let state: DatabaseState = "starting";
  let isStopped = false;
  const listeners = new Set<(state: DatabaseState) => void>();
  let timer: Timer | undefined;
  const tell = (next: DatabaseState): void => {
    if (next === state) return;
    state = next;
    log.info("database", { state });
    for (const listener of [...listeners]) listener(state);
  };
  const look = async (pool: Pool): Promise<void> => {
    const isUp = await pool.query("select 1").then(
      () => true,
      () => false,
    );
    if (isStopped) return;
    if (isUp) tell("up");
    else if (state === "up") tell("down");
    timer = clock.after(state === "up" ? LOOK_WHEN_UP : LOOK_WHEN_DOWN, () => void look(pool));
  };
  return {
    state: () => state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell,
    follow: (pool) => void look(pool),
    stop() {
      isStopped = true;
      timer?.cancel();
      listeners.clear();
      state = "down";
    },
  };
}

/** Calls `listener` each time that the database is back; returns how to stop that. */
export const whenUp = (source: Pick<StateWatch, "onState">, listener: () => void): (() => void) =>
  source.onState((state) => {
    if (state === "up") listener();
  });
