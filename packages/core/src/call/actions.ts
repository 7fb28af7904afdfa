import type { ActionId, CallId, DeviceId, LegId, Millis, RecordingId, TenantId, TrunkId } from "@cordboard/kernel";
import type { SoundSource } from "../media/index.ts";
import type { EndReason } from "./end-reason.ts";

/** Where a new leg goes. */
export type LegTarget =
  | { readonly kind: "device"; readonly device: DeviceId }
  | {
      readonly kind: "trunk";
      readonly trunk: TrunkId;
      readonly number: string;
    };

/** A name and number as one side is shown the other. */
export interface Party {
  readonly name: string;
  readonly number: string;
}

/**
 * What core asks of the switch for one leg. Each has an id and a deadline: what comes of it is a fact, and when nothing
 * came by the deadline, the switch itself reports `failed`.
 */
export type LegAction = {
  readonly id: ActionId;
  readonly leg: LegId;
  /** From now. */
  readonly deadline: Millis;
} & LegOrder;

/** An order to the switch, by its type. */
export type LegOrder =
  /** Send an INVITE, whose Call-ID is the leg's id. `offerOf` names the leg whose offered (or agreed) codecs are offered on; null offers G.711. */
  | {
      readonly type: "place";
      readonly call: CallId;
      readonly tenant: TenantId;
      readonly target: LegTarget;
      /** At which end of the call it will be: somebody who is rung to call is a caller. */
      readonly side: "caller" | "callee";
      readonly shows: Party;
      readonly offerOf: LegId | null;
      /** The device is asked to answer by itself. */
      readonly isAutoAnswered: boolean;
    }
  /** Tell an incoming leg that the other side rings (180). */
  | { readonly type: "ring" }
  /** Pass the sound that `of` sends before its answer (183) to the incoming leg; `of` is the only leg left. */
  | { readonly type: "early-media"; readonly of: LegId }
  /** Answer an incoming leg with what `like` agreed, or with what we can do ourselves (G.711 or echo of anything) when null. */
  | { readonly type: "answer"; readonly like: LegId | null }
  /** Join two answered legs; re-offers a leg whose codecs the other does not share. Ends what either was joined with or heard. */
  | { readonly type: "bridge"; readonly to: LegId }
  /** Hear a room, and be heard there by all, nobody, or one leg. The leg is offered G.711 again if it has something else. */
  | { readonly type: "mix"; readonly room: string; readonly speaksTo: "all" | "nobody" | LegId }
  /** Hear nobody, and be heard by nobody, any more: the end of a bridge, both ways, or of a leg's part in a room. */
  | { readonly type: "unbridge" }
  | { readonly type: "play"; readonly source: SoundSource }
  | { readonly type: "stop" }
  | { readonly type: "send-digits"; readonly digits: string }
  /**
   * Write what is said to a file until `stop-recording`, its end, `atMost`, or so long a silence. `both`: two tracks, what the leg
   * says and what it hears; `leg`: what it says.
   */
  | {
      readonly type: "record";
      readonly recording: RecordingId;
      readonly tracks: "both" | "leg";
      readonly atMost: Millis;
      readonly untilSilence: Millis | null;
      /** A short tone tells all who are recorded that they are. */
      readonly hasNotice: boolean;
    }
  | { readonly type: "stop-recording"; readonly recording: RecordingId }
  /** Ask a ringing device to take the call (a NOTIFY of the event `talk`); done when it answers, failed when it cannot. */
  | { readonly type: "talk" }
  /** Tell a leg that asked to send its call on what became of that: a SIP status (RFC 3515 §2.4.5). */
  | { readonly type: "refer-result"; readonly status: number }
  /** End it: CANCEL, final refusal or BYE, as its state wants, with a Reason header (RFC 3326). */
  | { readonly type: "end"; readonly reason: EndReason };
