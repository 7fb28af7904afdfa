import type { LegId, TenantId } from "@cordboard/kernel";
import type { ReplacedDialog, Replaces } from "@cordboard/sip";
import type { Leg } from "./leg.ts";
import type { World } from "./world.ts";

/** A leg and how far its dialog is. */
export interface LegInDialog {
  readonly leg: Leg;
  readonly dialog: ReplacedDialog;
}

/** The leg of this tenant whose dialog a Replaces names, early ones too. A leg of another tenant is not there. */
export function legInDialog(world: World, replaces: Replaces, tenant: TenantId): LegInDialog | undefined {
  const dialog = world.agent.dialogOf(replaces);
  if (dialog === undefined) return undefined;
  // A placed leg's Call-ID is its id.
  const leg = dialog.isCaller ? world.legs.get(asLegId(replaces.callId)) : incomingLeg(world, replaces);
  if (leg?.tenant !== tenant) return undefined;
  return { leg, dialog: leg.isEnding ? { ...dialog, at: "ending" } : dialog };
}

const asLegId = (callId: string): LegId => callId as LegId;

/** Found by looking at all: nobody gets here who has not named the tags of a dialog that is up. */
function incomingLeg({ legs, callers }: World, replaces: Replaces): Leg | undefined {
  for (const [id, caller] of callers) if (caller.isOf(replaces)) return legs.get(id);
  return undefined;
}
