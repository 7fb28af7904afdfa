import type { Clock, Envelope, Log, TenantId } from "@cordboard/kernel";
import { PlatformError, silentLog } from "@cordboard/kernel";
import { Ring } from "./ring.ts";
import type { BusLimits, MemoryEventBus } from "./types.ts";
import { defaultBusLimits } from "./types.ts";
import { weigh } from "./weigh.ts";

type Listener = (envelope: Envelope) => void;

interface Channel {
  readonly ring: Ring;
  /** Replaced, never changed, so that an event goes to those who listened when its turn came. */
  listeners: readonly Listener[];
  /** Events that wait because a listener published while an earlier event was being handed round. */
  readonly waiting: Envelope[];
  isHandingRound: boolean;
}

/**
 * An event bus in memory: one ring a tenant, numbered from 1 in each `epoch`. `epoch` names this run of the server and
 * must differ from that of every other run. Publishing takes the same time however full the ring is. A listener that
 * publishes has its event handed round after the one it was told of; a listener that throws is logged and passed over.
 */
export function createEventBus(options: {
  readonly clock: Clock;
  readonly epoch: string;
  readonly limits?: Partial<BusLimits>;
  readonly log?: Log;
}): MemoryEventBus {
  const { clock, epoch, log = silentLog } = options;
  const limits = { ...defaultBusLimits, ...options.limits };
  if (!(limits.maxEvents >= 1)) throw new PlatformError("bad-settings", "an event ring must hold at least one event");
  const channels = new Map<TenantId, Channel>();

  function channelOf(tenant: TenantId): Channel {
    const known = channels.get(tenant);
    if (known !== undefined) return known;
    const made: Channel = { ring: new Ring(limits), listeners: [], waiting: [], isHandingRound: false };
    channels.set(tenant, made);
    return made;
  }

  return {
    publish(tenant, event, data) {
      const channel = channelOf(tenant);
      const envelope = { epoch, seq: channel.ring.newest + 1, tenant, at: clock.now(), event, data };
      channel.ring.push(envelope, clock.monotonic(), weigh(data));
      handRound(channel, envelope, log);
      return envelope;
    },

    subscribe(tenant, listener) {
      const channel = channelOf(tenant);
      // A wrapper of its own for each subscription: the same function may subscribe twice and leave once.
      const own: Listener = (envelope) => listener(envelope);
      channel.listeners = [...channel.listeners, own];
      return () => {
        channel.listeners = channel.listeners.filter((other) => other !== own);
      };
    },

    position: (tenant) => ({ epoch, seq: channels.get(tenant)?.ring.newest ?? 0 }),

    since(tenant, from, limit = Number.POSITIVE_INFINITY) {
      if (from.epoch !== epoch) return "gap";
      const ring = channels.get(tenant)?.ring;
      if (ring === undefined) return from.seq === 0 ? [] : "gap";
      return ring.after(from.seq, limit) ?? "gap";
    },

    describe: () => ({
      epoch,
      rings: [...channels].map(([tenant, { ring, listeners }]) => ({
        tenant,
        seq: ring.newest,
        ...ring.state,
        listeners: listeners.length,
      })),
    }),
  };
}

function handRound(channel: Channel, envelope: Envelope, log: Log): void {
  channel.waiting.push(envelope);
  if (channel.isHandingRound) return;
  channel.isHandingRound = true;
  for (let next = channel.waiting.shift(); next !== undefined; next = channel.waiting.shift()) {
    for (const listener of channel.listeners) {
      try {
        listener(next);
      } catch (error) {
        log.error("a listener failed on an event", { tenant: next.tenant, event: next.event, seq: next.seq, error });
      }
    }
  }
  channel.isHandingRound = false;
}
