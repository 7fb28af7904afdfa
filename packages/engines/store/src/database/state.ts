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
  /** Something went wrong on the way to the database: asks at once. */
  suspect(): void;
  /** Asks by this pool from now on. */
  follow(pool: Pool): void;
  stop(): void;
}

/** Watches a database, from the moment that it is given a pool to ask by. */
export function watchState(clock: Clock, log: Log): StateWatch {
  let state: DatabaseState = "starting";
  let asked: Pool | undefined;
  let isLooking = false;
  let timer: Timer | undefined;
  const listeners = new Set<(state: DatabaseState) => void>();
  const tell = (next: DatabaseState): void => {
    if (next === state) return;
    state = next;
    log.info("database", { state });
    for (const listener of [...listeners]) listener(state);
  };
  const look = async (): Promise<void> => {
    if (asked === undefined || isLooking) return;
    timer?.cancel();
    isLooking = true;
    const isUp = await asked.query("select 1").then(
      () => true,
      () => false,
    );
    isLooking = false;
    if (asked === undefined) return;
    if (isUp) tell("up");
    else if (state === "up") tell("down");
    timer = clock.after(state === "up" ? LOOK_WHEN_UP : LOOK_WHEN_DOWN, () => void look());
  };
  return {
    state: () => state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell,
    suspect: () => void look(),
    follow(pool) {
      asked = pool;
      void look();
    },
    stop() {
      asked = undefined;
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
