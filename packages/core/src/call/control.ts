import type { ActionId, DeviceId, LegId } from "@cordboard/kernel";
import type { Actor } from "../identity/index.ts";

/** A command on a live call, given by or for one of its legs. */
export interface ControlCall {
  readonly actor: Actor;
  /** Correlation: stands in every log line of the command. */
  readonly correlation: ActionId;
  /** The leg that acts: the actor's own, or one that the actor may act for. */
  readonly leg: LegId;
  readonly order: ControlOrder;
}

/** What can be asked of a live call. Asked twice, it succeeds twice and happens once. */
export type ControlOrder =
  /** The other side hears music, until `resume`. */
  | { readonly type: "hold" }
  | { readonly type: "resume" }
  /** Sends the other side on to a number and leaves. It comes back when nobody can be reached there. */
  | { readonly type: "transfer"; readonly number: string }
  /** Joins the other sides of this leg and of another of the same user, and leaves. */
  | { readonly type: "join"; readonly other: LegId }
  /** Goes on at another device of the same user; the talk lasts until that one answers. */
  | { readonly type: "hand-over"; readonly device: DeviceId }
  /** Presses digits towards the other side: `0` to `9`, `*`, `#`, `A` to `D`; at most 64. */
  | { readonly type: "send-digits"; readonly digits: string }
  | { readonly type: "hang-up" };

/** Why a command on a call was refused; nothing has changed then. */
export type ControlRefusal =
  /** No such leg, it is not yours, or it has ended. */
  | { readonly code: "unknown-leg" }
  /** The call cannot do that as it is now. */
  | { readonly code: "not-now"; readonly why: string }
  /** Not a number, or one that leads nowhere from here. */
  | { readonly code: "invalid-number" }
  | { readonly code: "unknown-device" }
  | { readonly code: "invalid-digits" };
