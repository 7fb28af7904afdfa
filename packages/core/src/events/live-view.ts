import type { CallId, DeviceId } from "@cordboard/kernel";
import type { EventBus } from "../bus/index.ts";
import type { CallView } from "../call/index.ts";
import type { Device, DeviceView, Directory } from "../directory/index.ts";
import type { PresenceView } from "../presence/index.ts";
import type { LiveView } from "./ports.ts";
import { maskCall, seesDevice, seesPresence, sightOfCall } from "./project.ts";

/** What the live view reads. */
export interface LiveViewParts {
  readonly bus: EventBus;
  readonly directory: Directory;
  readonly calls: { views(tenant: Device["tenant"]): readonly CallView[] };
  readonly presences: { views(tenant: Device["tenant"]): readonly PresenceView[] };
}

/** The live state of a tenant as each actor may see it, at the stream's present position. */
export function createLiveView({ bus, directory, calls, presences }: LiveViewParts): LiveView {
  return {
    snapshot(actor, topics) {
      const seenCalls: Record<CallId, CallView> = {};
      for (const call of topics.has("calls") ? calls.views(actor.tenant) : []) {
        const sight = sightOfCall(actor, call);
        if (sight !== "none") seenCalls[call.id] = sight === "full" ? call : maskCall(call);
      }
      const devices: Record<DeviceId, DeviceView> = {};
      for (const device of topics.has("devices") ? directory.allDevices(actor.tenant) : []) {
        const view = deviceView(directory, device);
        if (view !== undefined && seesDevice(actor, view)) devices[device.id] = view;
      }
      const seenPresences: Record<string, PresenceView> = {};
      for (const presence of topics.has("presence") ? presences.views(actor.tenant) : []) {
        if (seesPresence(actor, presence.extension)) seenPresences[presence.extension] = presence;
      }
      return { position: bus.position(actor.tenant), state: { calls: seenCalls, devices, presences: seenPresences } };
    },
  };
}

/** A device as the outside sees it; `undefined` when its user is gone. */
export function deviceView(directory: Directory, device: Device): DeviceView | undefined {
  const user = directory.user(device.tenant, device.user);
  if (user === undefined) return undefined;
  const { id, userAgent, transport, contact } = device;
  return { id, extension: user.extension, userAgent, transport, contact };
}
