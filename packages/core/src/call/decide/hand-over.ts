import type { DeviceId, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import { RING } from "../limits.ts";
import type { Leg, World } from "../types.ts";
import { callDevice, tellPlaced } from "./round.ts";

/** Rings another device of the leg's own user, which takes the leg's place when it answers. Until then nothing changes. */
export function handOver(
  draft: CallDraft,
  world: World,
  leg: Leg,
  device: DeviceId,
): Result<undefined, ControlRefusal> {
  const { call } = draft;
  const user = leg.at.kind === "user" ? world.directory.user(call.tenant, leg.at.user) : undefined;
  const target =
    user === undefined ? undefined : world.directory.devices(call.tenant, user.id).find(({ id }) => id === device);
  if (user === undefined || target === undefined) return refused({ code: "unknown-device" });
  const { round } = call;
  if (round?.purpose.kind === "hand-over" && round.purpose.from === leg.id && isRung(draft, device))
    return ok(undefined);
  if (call.phase !== "talking" || round !== null || draft.partnersOf(leg.id).length !== 1) {
    return refused({ code: "not-now", why: "there is no talk to hand over" });
  }
  if (leg.at.kind === "user" && leg.at.device === device) return ok(undefined);
  callDevice(draft, user, target, { side: leg.side, purpose: { kind: "hand-over", from: leg.id } });
  tellPlaced(draft);
  draft.startTimer("ring", RING);
  return ok(undefined);
}

const isRung = (draft: CallDraft, device: DeviceId): boolean =>
  draft.rung().some(({ at }) => at.kind === "user" && at.device === device);
