import type {
  Actor,
  CallView,
  DeviceView,
  EventBus,
  EventData,
  EventName,
  LegView,
  LiveState,
  LiveView,
  PresenceView,
  Topic,
} from "@cordboard/core";
import { emptyLiveState, foldLiveState, maskCall, seesDevice, seesPresence, sightOfCall } from "@cordboard/core";
import type { CallId, DeviceId, LegId, TenantId } from "@cordboard/kernel";
import type { SeededRandom } from "@cordboard/testkit";

export const acme = "ten_ACME" as TenantId;
const at = "2025-06-19T10:30:00.000Z";

/** A company whose calls and devices come and go as it is told, with the state that a client should come to. */
export interface Company {
  readonly live: LiveView;
  publish<Name extends EventName>(event: Name, data: EventData[Name]): void;
  /** Does one thing that happens in a company. */
  happen(random: SeededRandom): void;
  /** A call of an extension, whose caller's name is `nameLength` characters long. */
  startCall(extension: string, nameLength?: number): CallId;
  endCall(id: CallId): void;
}

export function makeCompany(bus: EventBus): Company {
  let state: LiveState = emptyLiveState;
  let made = 0;

  const publish: Company["publish"] = (event, data) => {
    state = foldLiveState(state, event, data);
    bus.publish(acme, event, data);
  };

  const startCall = (extension: string, nameLength = 10): CallId => {
    const call = newCall(++made, extension, nameLength);
    publish("call.started.v1", { call });
    return call.id;
  };

  const endCall = (id: CallId): void => {
    const call = state.calls[id];
    if (call !== undefined) publish("call.ended.v1", { call: { ...call, state: "ended", endedAt: at } });
  };

  const happen = (random: SeededRandom): void => {
    const extension = String(random.between(101, 105));
    const call = anyOf(Object.values(state.calls), random);
    const device = anyOf(Object.values(state.devices), random);
    const choice = random.between(0, 8);
    if (choice === 0 || call === undefined) startCall(extension);
    else if (choice === 1 || choice === 7) endCall(call.id);
    else if (choice === 8) publish("presence.changed.v1", newPresence(extension, random));
    else if (choice === 2) publish("call.answered.v1", { call: { ...call, state: "talking", answeredAt: at } });
    else if (choice === 3) {
      const leg = newLeg(`leg_${++made}` as LegId, "callee", extension);
      publish("leg.placed.v1", { leg: leg.id, call: { ...call, legs: [...call.legs, leg] } });
    } else if (choice === 4) publish("leg.digit.v1", { leg: `leg_${made}` as LegId, digit: "5", call });
    else if (choice === 5 || device === undefined)
      publish("device.registered.v1", { device: newDevice(++made, extension) });
    else publish("device.unregistered.v1", { device });
  };

  return {
    publish,
    happen,
    startCall,
    endCall,
    live: {
      snapshot: (actor, topics) => ({ position: bus.position(acme), state: seenBy(actor, topics, state) }),
    },
  };
}

const anyOf = <Item>(items: readonly Item[], random: SeededRandom): Item | undefined =>
  items[random.between(0, items.length - 1)];

function seenBy(actor: Actor, topics: ReadonlySet<Topic>, state: LiveState): LiveState {
  const calls: Record<CallId, CallView> = {};
  const devices: Record<DeviceId, DeviceView> = {};
  for (const call of topics.has("calls") ? Object.values(state.calls) : []) {
    const sight = sightOfCall(actor, call);
    if (sight !== "none") calls[call.id] = sight === "full" ? call : maskCall(call);
  }
  for (const device of topics.has("devices") ? Object.values(state.devices) : []) {
    if (seesDevice(actor, device)) devices[device.id] = device;
  }
  const presences: Record<string, PresenceView> = {};
  for (const presence of topics.has("presence") ? Object.values(state.presences) : []) {
    if (seesPresence(actor, presence.extension)) presences[presence.extension] = presence;
  }
  return { calls, devices, presences };
}

/** Somebody comes or goes, or is removed. */
function newPresence(extension: string, random: SeededRandom): EventData["presence.changed.v1"] {
  const [isConnected, isGone] = [random.chance(0.5), random.chance(0.2)];
  const shown = isConnected ? "available" : "offline";
  const plain = { status: "available", text: "", until: null, isRegistered: false, since: at } as const;
  return { extension, presence: isGone ? null : { extension, shown, isConnected, ...plain } };
}

const newCall = (number: number, extension: string, nameLength: number): CallView => ({
  id: `call_${number}` as CallId,
  state: "setup",
  origin: "phone",
  startedAt: at,
  answeredAt: null,
  endedAt: null,
  parkedAt: null,
  from: { name: "n".repeat(nameLength), number: extension },
  to: { name: "Outside", number: "00441134960000" },
  joined: [],
  legs: [newLeg(`leg_${number}` as LegId, "caller", extension)],
});

const newLeg = (id: LegId, side: "caller" | "callee", extension: string): LegView => ({
  id,
  side,
  extension,
  trunk: null,
  state: "setup",
  isRecorded: false,
  role: "talker",
  isHolding: false,
  isSilent: false,
  sipCallId: `${id}@example`,
  startedAt: at,
  answeredAt: null,
  endedAt: null,
  end: null,
});

const newDevice = (number: number, extension: string): DeviceView => ({
  id: `dev_${number}` as DeviceId,
  extension,
  userAgent: "phone",
  transport: "udp",
  contact: `sip:${extension}@192.0.2.1`,
});
