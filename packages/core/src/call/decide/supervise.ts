import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Actor } from "../../identity/index.ts";
import { may } from "../../identity/index.ts";
import type { ControlRefusal, SuperviseMode } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import { RING } from "../limits.ts";
import type { Leg, LegRole, World } from "../types.ts";
import { callDevice, tellPlaced } from "./round.ts";

/** Who supervises whom, and how. */
interface Supervision {
  readonly actor: Actor;
  readonly extension: string;
  readonly as: SuperviseMode;
}

/** Rings a supervisor's devices; whoever answers there hears the call. One who hears it already changes over to another way. */
export function supervise(
  draft: CallDraft,
  world: World,
  leg: Leg,
  asked: Supervision,
): Result<undefined, ControlRefusal> {
  const { call } = draft;
  const { actor, extension } = asked;
  const user = world.directory.userAt(call.tenant, extension);
  const isAllowed = may(actor, { type: "supervise" }) && may(actor, { type: "control-leg", extension });
  if (user === undefined || !isAllowed) return refused({ code: "unknown-extension" });
  if (call.phase !== "talking" || !call.joined.includes(leg.id))
    return refused({ code: "not-now", why: "there is no talk to hear" });
  const role = roleOf(asked.as, leg);
  const present = draft
    .alive()
    .find(({ at, id }) => at.kind === "user" && at.user === user.id && call.joined.includes(id) && id !== leg.id);
  if (present !== undefined) {
    if (present.role.kind === "talker") return refused({ code: "not-now", why: "the supervisor talks in this call" });
    draft.updateLeg(present.id, { role });
    draft.tell("call.changed.v1");
    return ok(undefined);
  }
  if (call.round?.purpose.kind === "supervise" && call.round.of === user.id) return ok(undefined);
  const devices = world.directory.devices(call.tenant, user.id);
  if (call.round !== null) return refused({ code: "not-now", why: "somebody is being rung for this call" });
  if (devices.length === 0) return refused({ code: "unknown-device" });
  for (const device of devices)
    callDevice(draft, user, device, { side: "callee", purpose: { kind: "supervise", role } });
  tellPlaced(draft);
  draft.startTimer("ring", RING);
  return ok(undefined);
}

function roleOf(as: SuperviseMode, leg: Leg): LegRole {
  switch (as) {
    case "listen":
      return { kind: "listener" };
    case "whisper":
      return { kind: "whisperer", to: leg.id };
    default:
      return { kind: "talker" };
  }
}
