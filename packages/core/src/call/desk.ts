import type { ActionId, CallId, DeviceId, Result } from "@cordboard/kernel";
import type { Actor } from "../identity/index.ts";
import type { ControlCall, ControlRefusal } from "./control.ts";

/** Ring an extension's devices; when one answers, call a number and join the two. */
export interface PlaceCall {
  readonly actor: Actor;
  /** Correlation: stands in every log line of the command. */
  readonly correlation: ActionId;
  readonly extension: string;
  /** As the user wrote it; spaces, dots, dashes and brackets are taken out. */
  readonly number: string;
  /** The one device that is to be rung; null: all of the extension's, and its mobile. */
  readonly device: DeviceId | null;
  /** The device is asked to answer by itself. */
  readonly isAutoAnswered: boolean;
}

/** Why a call was not placed. */
export type PlaceRefusal =
  /** No such extension, or not one of yours. */
  | { readonly code: "invalid-extension" }
  /** Not a number, or a number that leads nowhere from here. */
  | { readonly code: "invalid-number" }
  /** None of the extension's devices said that it rings within five seconds. */
  | { readonly code: "no-devices" }
  /** The credential, user or tenant has as many calls up as it may. */
  | { readonly code: "too-many-calls" }
  | { readonly code: "overloaded" }
  | { readonly code: "database-away" }
  | { readonly code: "shutting-down" };

/** The commands on calls that faces give. */
export interface CallDesk {
  /** Settles at the first sign of life (180, 183 or 200) of any of the devices, or after five seconds. */
  place(command: PlaceCall): Promise<Result<{ readonly call: CallId }, PlaceRefusal>>;
  /** Tells one leg of a live call what to do. */
  control(command: ControlCall): Promise<Result<undefined, ControlRefusal>>;
  /** Ends a live call that the actor may end; an ended one succeeds again without effect. */
  hangUp(actor: Actor, call: CallId): Result<undefined, { readonly code: "unknown-call" }>;
}
