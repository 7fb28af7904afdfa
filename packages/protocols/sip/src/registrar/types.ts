import type { Instant } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";

/** One contact of an address of record. Plain data: store it as it is. */
export interface Binding {
  /** The Contact URI as written. */
  readonly contact: string;
  /** Over which this contact registered, and over which it is reached. */
  readonly flow: Flow;
  readonly expiresAt: Instant;
  /** 0 to 1 in thousandths: 1000 unless the contact says otherwise. */
  readonly qMilli: number;
  readonly callId: string;
  readonly cseq: number;
  /** `+sip.instance` without its quotes. @rfc 5626#4.1 */
  readonly instance: string | undefined;
  readonly userAgent: string | undefined;
}

/** Bounds of the registrar. */
export interface RegistrarLimits {
  /** Shortest lifetime granted, in seconds; asked for less (but not 0) gets 423. 60. */
  readonly minExpiresSeconds: number;
  /** Longest lifetime granted, in seconds; more is cut. 3600. */
  readonly maxExpiresSeconds: number;
  /** Granted when the phone does not say, in seconds. 300. */
  readonly defaultExpiresSeconds: number;
  /** Contacts of one address of record; more gets 403. 10. */
  readonly contacts: number;
}

/** What became of a REGISTER. The caller stores `bindings` and then answers. */
export type RegisterOutcome =
  | {
      readonly ok: true;
      /** All that is bound now. */
      readonly bindings: readonly Binding[];
      readonly added: readonly Binding[];
      readonly refreshed: readonly Binding[];
      readonly removed: readonly Binding[];
    }
  | { readonly ok: false; readonly status: 400 | 403 | 423 | 500; readonly why: string };
