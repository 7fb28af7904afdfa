import type { Actor, CallDesk, CallView, ControlOrder, ControlRefusal, PlaceRefusal } from "@cordboard/core";
import { noLimits } from "@cordboard/core";
import type { ActionId, CallId, DeviceId, LegId, Result, TenantId } from "@cordboard/kernel";
import { ok, refused, unreachable } from "@cordboard/kernel";
import type { ShownDevice } from "./protection-rules.ts";
import type { CommandRefusal } from "./refusal.ts";

/** A call to be placed from the command line. */
export interface NewCall {
  readonly extension: string;
  readonly number: string;
  readonly device: DeviceId | null;
  readonly isAutoAnswered: boolean;
}

/** What the command line can do with live calls, as the system itself. */
export interface LiveAdministration {
  calls(tenant: TenantId): readonly CallView[];
  devices(tenant: TenantId): readonly ShownDevice[];
  place(tenant: TenantId, call: NewCall): Promise<Result<{ readonly call: CallId }, CommandRefusal>>;
  control(tenant: TenantId, leg: LegId, order: ControlOrder): Promise<Result<undefined, CommandRefusal>>;
}

/** What {@link liveAdministration} works on. */
export interface LiveParts {
  readonly calls: Pick<CallDesk, "place" | "control"> & { views(tenant: TenantId): readonly CallView[] };
  readonly devices: (tenant: TenantId) => readonly ShownDevice[];
  readonly newCorrelation: () => ActionId;
}

/** Live calls for the command line. */
export const liveAdministration = ({ calls, devices, newCorrelation }: LiveParts): LiveAdministration => ({
  calls: (tenant) => calls.views(tenant),
  devices,
  async place(tenant, call) {
    const placed = await calls.place({ actor: theSystem(tenant), correlation: newCorrelation(), ...call });
    return placed.ok ? placed : refused(whyNotPlaced(placed.error));
  },
  async control(tenant, leg, order) {
    const done = await calls.control({ actor: theSystem(tenant), correlation: newCorrelation(), leg, order });
    return done.ok ? ok(undefined) : refused(whyNotDone(done.error));
  },
});

/** Whoever may open the socket may do anything within a tenant. */
const theSystem = (tenant: TenantId): Actor => ({
  tenant,
  kind: "system",
  user: undefined,
  extension: undefined,
  key: undefined,
  roles: [],
  limits: noLimits,
});

/** Why a call was not placed, for people. */
function whyNotPlaced({ code }: PlaceRefusal): CommandRefusal {
  switch (code) {
    case "invalid-extension":
      return { code, why: "there is no user with this extension; user list shows those that there are" };
    case "invalid-number":
      return { code, why: "that is no number, or it leads nowhere from here" };
    case "no-devices":
      return { code, why: "none of its devices said that it rings; devices shows those that are registered" };
    case "too-many-calls":
      return { code, why: "as many calls are up as there may be" };
    case "overloaded":
      return { code, why: "the server has more to do than it can; try again in a few seconds" };
    case "database-away":
      return { code, why: "the database is away; the server's log says why" };
    case "shutting-down":
      return { code, why: "the server is being stopped" };
    default:
      return unreachable(code);
  }
}

/** Why a command on a call was not done, for people. */
function whyNotDone(refusal: ControlRefusal): CommandRefusal {
  const { code } = refusal;
  switch (code) {
    case "unknown-leg":
      return { code, why: "there is no such leg, or it has ended; calls shows those that are up" };
    case "not-now":
    case "not-supported":
      return { code, why: refusal.why };
    case "invalid-number":
      return { code, why: "that is no number, or it leads nowhere from here" };
    case "unknown-device":
      return { code, why: "there is no such device; devices shows those that are registered" };
    case "unknown-extension":
      return { code, why: "there is no user with this extension; user list shows those that there are" };
    case "invalid-digits":
      return { code, why: "digits are 0 to 9, *, # and A to D, at most 64" };
    default:
      return unreachable(code);
  }
}
