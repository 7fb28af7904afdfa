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
  /** Nobody hears the leg, which still hears. */
  | { readonly type: "mute"; readonly isMuted: boolean }
  /** Lets the ringing device take the call, where it can be told to. */
  | { readonly type: "answer" }
  /** Sends the other side on to a number and leaves. It comes back when nobody can be reached there. */
  | { readonly type: "transfer"; readonly number: string }
  /** Joins the other sides of this leg and of another of the same user, and leaves. */
  | { readonly type: "join"; readonly other: LegId }
  /** Lets the other side wait at a number of the house until somebody dials that; null takes the first that is free. */
  | { readonly type: "park"; readonly number: string | null }
  /** Makes one talk of the leg's call and of another of the same user. */
  | { readonly type: "conference"; readonly other: LegId }
  /** Records what this leg says and hears, each on a track of its own. */
  | { readonly type: "record"; readonly isOn: boolean }
  /** Calls a number, which talks with all of the call when it answers. */
  | { readonly type: "invite"; readonly number: string }
  /** Rings a supervisor, who then hears the call: unheard, heard by this leg alone, or by all. A supervisor of it changes over. */
  | { readonly type: "supervise"; readonly extension: string; readonly as: SuperviseMode }
  /** Lets the ringing leg's call be taken by another user's devices. */
  | { readonly type: "pick-up"; readonly extension: string; readonly device: DeviceId | null }
  /** Goes on at another device of the same user; the talk lasts until that one answers. */
  | { readonly type: "hand-over"; readonly device: DeviceId }
  /** Presses digits towards the other side: `0` to `9`, `*`, `#`, `A` to `D`; at most 64. */
  | { readonly type: "send-digits"; readonly digits: string }
  | { readonly type: "hang-up" };

/** How a supervisor takes part. */
export type SuperviseMode = "listen" | "whisper" | "barge";

/** Why a command on a call was refused; nothing has changed then. */
export type ControlRefusal =
  /** No such leg, it is not yours, or it has ended. */
  | { readonly code: "unknown-leg" }
  /** The call cannot do that as it is now. */
  | { readonly code: "not-now"; readonly why: string }
  /** Not a number, or one that leads nowhere from here. */
  | { readonly code: "invalid-number" }
  | { readonly code: "unknown-device" }
  /** No such extension, or not one that you may act for. */
  | { readonly code: "unknown-extension" }
  /** The device cannot be told to do that. */
  | { readonly code: "not-supported"; readonly why: string }
  | { readonly code: "invalid-digits" };
