import type { Clock, Log } from "@cordboard/kernel";
import { callGate } from "./overload/call-gate.ts";
import type { LoopMeter } from "./overload/event-loop.ts";
import { watchEventLoop } from "./overload/event-loop.ts";
import { recentCount } from "./overload/recent-count.ts";

/** What the set-up of a call waits for: messages in the inbox, sound, and a row in the book. */
export type SetUpPart = "inbox" | "sound" | "book";

/** How often: INVITE, INVITE with the proof, 180 and 200 wait in the inbox; two legs get their sound; a call has one row. */
const TIMES: Readonly<Record<SetUpPart, number>> = { inbox: 4, sound: 2, book: 1 };

/** Why a new call is turned away although nothing is wrong with it. */
export type CallRefusal = "event-loop" | "set-up" | "no-room";

/** Says whether the machine keeps up. */
export interface OverloadGuard {
  /** Whether new work of any kind may begin. */
  readonly admits: () => boolean;
  /** Why a new call may not begin; `undefined` when it may. To be asked once for each. */
  readonly refusalOfCall: () => CallRefusal | undefined;
  /** Tells how long a part of the set-up of calls takes now, in milliseconds. Parts that are not watched take no time. */
  readonly watch: (part: SetUpPart, waitMs: () => number) => void;
  /**
   * Tells for how many more calls there is room. Room is kept for those that were let in within a second or two and have not taken theirs
   * yet, so that none is turned away half way.
   */
  readonly bound: (room: () => number) => void;
  /** Begins to watch the event loop. Not before the start is over: loading the program stalls it, and is no overload. */
  readonly begin: () => void;
  readonly stop: () => void;
  readonly describe: () => OverloadState;
}

/** How the machine keeps up. */
export interface OverloadState {
  /** Delay of the event loop, p99 of the last whole second, in milliseconds. */
  readonly eventLoopDelayMs: number;
  /** How long set-up waits for each part now, in milliseconds. */
  readonly waitsMs: Readonly<Record<SetUpPart, number>>;
  /** The share of new calls that is refused, 0 to 1. */
  readonly refusedShare: number;
}

/** What the guard works with. */
export interface OverloadParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: LoopMeter;
}

/** Refuses all new work while the event loop is late, some new calls while their set-up is, and those for which there is no room. */
export function guardOverload({ clock, log, meter }: OverloadParts): OverloadGuard {
  const loop = watchEventLoop({ clock, log, meter });
  const gate = callGate({ clock, log });
  const parts = new Map<SetUpPart, () => number>();
  const rooms: (() => number)[] = [];
  const letIn = recentCount(clock);
  const waitOf = (part: SetUpPart): number => parts.get(part)?.() ?? 0;
  return {
    admits: loop.keepsUp,
    refusalOfCall() {
      let waitMs = 0;
      for (const [part, read] of parts) waitMs += TIMES[part] * read();
      const isInTime = gate.admits(waitMs);
      if (!loop.keepsUp()) return "event-loop";
      if (!isInTime) return "set-up";
      if (rooms.some((room) => room() <= letIn.value())) return "no-room";
      letIn.add();
      return undefined;
    },
    watch: (part, waitMs) => void parts.set(part, waitMs),
    bound: (room) => void rooms.push(room),
    begin: loop.begin,
    stop: loop.stop,
    describe: () => ({
      eventLoopDelayMs: Math.round(loop.delayMs()),
      waitsMs: { inbox: waitOf("inbox"), sound: waitOf("sound"), book: waitOf("book") },
      refusedShare: gate.refusedShare(),
    }),
  };
}
