import type { Millis } from "@cordboard/kernel";
import type { Device } from "../directory/index.ts";
import type { Actor } from "../identity/index.ts";

/** A text message that a user sends to a colleague. */
export interface SendMessage {
  readonly actor: Actor;
  /** The number that it is sent to. */
  readonly to: string;
  /** Its media type without parameters, as in `text/plain`. */
  readonly contentType: string;
  /** What it says; null when it is no text. */
  readonly text: string | null;
  /** Size of its content, in bytes. */
  readonly bytes: number;
  /** Whether a device can take it now. */
  readonly reaches: (device: Device) => boolean;
}

/** Why a message is not sent. */
export type MessageRefusal =
  | { readonly code: "unknown-number" }
  /** No device of the user that could take it is registered. */
  | { readonly code: "not-registered" }
  | { readonly code: "message-too-long"; readonly most: number }
  | { readonly code: "too-many-messages"; readonly wait: Millis };

/** Where a message goes: every device of whom it is for. */
export interface MessageWay {
  readonly devices: readonly Device[];
}
