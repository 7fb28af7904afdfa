import type { DeviceId, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Actor } from "../../identity/index.ts";
import { may } from "../../identity/index.ts";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { Leg, World } from "../types.ts";
import { callDevice } from "./round.ts";

/** Rings a colleague's devices as well, told to answer by themselves; whoever answers first has the call. */
export function pickUp(
  draft: CallDraft,
  world: World,
  leg: Leg,
  asked: { readonly actor: Actor; readonly extension: string; readonly device: DeviceId | null },
): Result<undefined, ControlRefusal> {
  const { tenant, round } = draft.call;
  const user = world.directory.userAt(tenant, asked.extension);
  if (user === undefined || !may(asked.actor, { type: "control-leg", extension: asked.extension }))
    return refused({ code: "unknown-extension" });
  if (round === null || !round.legs.includes(leg.id))
    return refused({ code: "not-now", why: "the call does not ring" });
  const rung = draft.rung();
  const devices = world.directory
    .devices(tenant, user.id)
    .filter(({ id }) => asked.device === null || id === asked.device);
  if (devices.length === 0) return refused({ code: "unknown-device" });
  const isOurs = (device: DeviceId): boolean => rung.some(({ at }) => at.kind === "user" && at.device === device);
  for (const device of devices) {
    if (isOurs(device.id)) continue;
    callDevice(draft, user, device, { side: leg.side, purpose: round.purpose, isAutoAnswered: true });
    const placed = draft.call.legs.at(-1);
    if (placed !== undefined) draft.tellLeg("leg.placed.v1", placed.id);
  }
  return ok(undefined);
}
