import type { Session } from "../dialog/session-timer.ts";
import type { Proofs } from "../digest/proofs.ts";
import type { Arrival } from "./core.ts";
import type { Path } from "./outbound.ts";
import type { DialogHandlers } from "./types.ts";

/** How a dialog begins. */
export interface DialogBeginning {
  readonly path: Path;
  /** Requests go over the path's flow while the route set is empty, rather than to the peer's Contact. */
  readonly isPinned: boolean;
  /** Whether we sent the INVITE. */
  readonly isCaller: boolean;
  /** Who hears of it; a call of ours says so later, by `hearBy`. */
  readonly handlers?: DialogHandlers;
  readonly proofs?: Proofs | undefined;
  readonly contactUser?: string | undefined;
  /** Whether the peer takes UPDATE. */
  readonly mayUpdate: boolean;
  /** What both agreed on for its timer; undefined without one. */
  readonly session: Session | undefined;
  /** Takes PRACKs that come late, or that our 2xx waits for. */
  readonly onPrack?: (arrival: Arrival) => void;
}
