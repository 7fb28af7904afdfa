import type { ActionId, LegId, Millis, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import type { LegQuality, PathTrouble, RecordEnd } from "../media/index.ts";
import type { Party } from "./actions.ts";
import type { EndReason } from "./end-reason.ts";

/** What the switch reports of a leg. Facts of one leg arrive in order; facts of an ended leg are ignored. */
export type LegFact =
  /** An authenticated INVITE from a user's endpoint; the switch has sent 100 and waits for orders. */
  | {
      readonly type: "incoming";
      readonly leg: LegId;
      readonly tenant: TenantId;
      readonly user: UserId;
      readonly dialled: string;
      readonly shows: Party;
      /** Call-ID of the leg's dialog. */
      readonly sipCallId: string;
      /** The leg whose place it asks for (RFC 3891); null for a call like any other. */
      readonly replaces: LegId | null;
    }
  | {
      readonly type: "ringing";
      readonly leg: LegId;
      readonly status: number;
      readonly hasEarlyMedia: boolean;
    }
  | { readonly type: "answered"; readonly leg: LegId }
  | { readonly type: "held"; readonly leg: LegId }
  | { readonly type: "resumed"; readonly leg: LegId }
  | {
      readonly type: "digit";
      readonly leg: LegId;
      readonly digit: string;
      readonly lasted: Millis;
    }
  | {
      readonly type: "play-done";
      readonly leg: LegId;
      readonly action: ActionId;
    }
  | {
      readonly type: "media-silent";
      readonly leg: LegId;
      readonly since: Millis;
    }
  | { readonly type: "media-heard"; readonly leg: LegId }
  /** Nothing gets through to its peer, or from there, and the time for it is over; see the sound engine's `cut-off`. */
  | { readonly type: "media-cut-off"; readonly leg: LegId; readonly trouble: PathTrouble }
  /** A recording is complete, for whatever reason; what was said until then is in its file. */
  | {
      readonly type: "record-done";
      readonly leg: LegId;
      readonly recording: RecordingId;
      readonly lasted: Millis;
      readonly why: RecordEnd;
    }
  /** The peer asks to send its call on: to a number, or to whom its leg `replaces` talks with. */
  | {
      readonly type: "refer-asked";
      readonly leg: LegId;
      readonly number: string;
      readonly replaces: LegId | null;
    }
  /** The leg is over and everything it had is given back. Exactly one a leg; always the last. */
  | {
      readonly type: "ended";
      readonly leg: LegId;
      readonly reason: EndReason;
      readonly quality: LegQuality | undefined;
    }
  /** An action could not be done; the leg itself goes on. */
  | {
      readonly type: "failed";
      readonly leg: LegId;
      readonly action: ActionId;
      readonly why: string;
    };
