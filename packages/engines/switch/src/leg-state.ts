import type { EndReason, Side } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import type { AgreedProtection } from "@cordboard/sip";
import type { LegLife } from "./leg-life.ts";

/** A leg as the live dump shows it. */
export interface LegState extends Pick<LegLife, "sound" | "wire"> {
  readonly id: LegId;
  readonly side: Side;
  readonly isHeld: boolean;
  /** How its sound is kept from others: by keys in the description, or as browsers do it; undefined while it is not. */
  readonly protection: AgreedProtection["kind"] | undefined;
  /** Why it is ending, if it is. */
  readonly why: EndReason["why"] | undefined;
}
