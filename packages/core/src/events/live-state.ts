import type { CallId, DeviceId } from "@cordboard/kernel";
import type { CallView } from "../call/index.ts";
import type { DeviceView } from "../directory/index.ts";
import type { PresenceView } from "../presence/index.ts";
import type { EventData, EventName } from "./event-data.ts";

/** What a client of the stream knows: the calls that are up, the endpoints that are registered, and how users are. */
export interface LiveState {
  readonly calls: Readonly<Record<CallId, CallView>>;
  readonly devices: Readonly<Record<DeviceId, DeviceView>>;
  /** By extension. */
  readonly presences: Readonly<Record<string, PresenceView>>;
}

/** Nothing up, nobody registered, nobody known. */
export const emptyLiveState: LiveState = { calls: {}, devices: {}, presences: {} };

/** The state after an event. Events that say nothing about live state leave it as it is. */
export function foldLiveState<Name extends EventName>(state: LiveState, event: Name, data: EventData[Name]): LiveState {
  if (event === "device.unregistered.v1") {
    return { ...state, devices: without(state.devices, (data as EventData["device.unregistered.v1"]).device.id) };
  }
  if ("presence" in data) {
    const { extension, presence } = data;
    const { presences } = state;
    return {
      ...state,
      presences: presence === null ? without(presences, extension) : { ...presences, [extension]: presence },
    };
  }
  if ("device" in data) return { ...state, devices: { ...state.devices, [data.device.id]: data.device } };
  if ("call" in data && typeof data.call === "object") {
    const { call } = data;
    const calls = call.state === "ended" ? without(state.calls, call.id) : { ...state.calls, [call.id]: call };
    return { ...state, calls };
  }
  return state;
}

function without<Key extends string, Value>(all: Readonly<Record<Key, Value>>, key: Key): Readonly<Record<Key, Value>> {
  const { [key]: _gone, ...rest } = all;
  return rest as Readonly<Record<Key, Value>>;
}
