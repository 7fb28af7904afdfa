import type { HistoryBook } from "@cordboard/core";
import type { NewCall } from "@cordboard/switch";
import type { CallRefusal, OverloadGuard } from "../overload.ts";

/** Why a new call does not come in, before anything is known of it. */
export type TurnedAway = CallRefusal | "draining" | "database-away" | "closing" | "full";

/** Who stands at the door and says which new calls come in. */
export interface Admission {
  /** Lets a call of a phone in, or says when it may come again: not all at the same time. */
  readonly admit: (call: NewCall) => { readonly retryAfterSeconds: number } | undefined;
  /** Whether a call that a program asks for may be placed, as far as the machine is concerned. */
  readonly admitsPlaced: () => boolean;
  /** Lets no phone's call in from now on. */
  readonly close: () => void;
}

/** What admission is decided by. */
export interface AdmissionParts {
  readonly overload: Pick<OverloadGuard, "refusalOfCall">;
  readonly book: Pick<HistoryBook, "state">;
  /** Hears of each call that does not come in. */
  readonly onTurnedAway: (why: TurnedAway) => void;
}

/** Seconds after which callers may come again. */
const RETRY_AFTER = { least: 5, spread: 6 };

/** Opens the door. */
export function admission({ overload, book, onTurnedAway }: AdmissionParts): Admission {
  let isClosed = false;
  let turnedAway = 0;
  const refusalOf = ({ isExpected }: NewCall): TurnedAway | undefined => {
    if (isClosed) return "draining";
    if (book.state() === "away") return "database-away";
    // It was let in before: its work is half done.
    return isExpected ? undefined : overload.refusalOfCall();
  };
  return {
    admit(call) {
      const why = refusalOf(call);
      if (why === undefined) return undefined;
      onTurnedAway(why);
      return { retryAfterSeconds: RETRY_AFTER.least + (turnedAway++ % RETRY_AFTER.spread) };
    },
    admitsPlaced() {
      const why = overload.refusalOfCall();
      if (why !== undefined) onTurnedAway(why);
      return why === undefined;
    },
    close: () => {
      isClosed = true;
    },
  };
}
