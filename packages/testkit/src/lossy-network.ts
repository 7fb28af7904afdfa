import type { Clock } from "@cordboard/kernel";
import { ms, ok, PlatformError, refused } from "@cordboard/kernel";
import type { Endpoint, SipTransport, TransportEvents, TransportName } from "@cordboard/sip";
import { seededRandom } from "./seeded-random.ts";

/** How a network treats what is sent over it. Reliable transports are delayed, but lose and turn round nothing. */
export interface Weather {
  /** Probability that a datagram is lost, 0 to 1. */
  readonly loss: number;
  /** Probability that a datagram comes twice, 0 to 1. */
  readonly duplication: number;
  /** Shortest and longest time on the way, in milliseconds; datagrams overtake each other by the difference. */
  readonly delayMs: readonly [shortest: number, longest: number];
}

/** A network in memory. */
export interface LossyNetwork {
  /** A transport at an address of this network; port 0 is given a free one. */
  transport(at: NetworkAddress): SipTransport;
  /** From now on. */
  setWeather(weather: Weather): void;
  /** Loses all that is sent to and from an address until {@link restore}. */
  isolate(address: string): void;
  restore(address: string): void;
  /** Messages on their way. */
  readonly flying: number;
  /** What became of all that was sent. */
  readonly counts: { readonly sent: number; readonly lost: number; readonly duplicated: number };
}

/** Where a transport of the network is. */
export interface NetworkAddress extends Endpoint {
  /** `udp` unless said otherwise. */
  readonly name?: TransportName;
}

/** Perfect weather: nothing lost, one millisecond on the way. */
export const clearWeather: Weather = { loss: 0, duplication: 0, delayMs: [1, 1] };

interface Listener {
  readonly local: Endpoint;
  readonly events: TransportEvents;
}

/** A network whose mishaps come again with the same seed. Time on the way passes on the clock given. */
export function lossyNetwork(clock: Clock, seed: number, weather: Weather = clearWeather): LossyNetwork {
  const random = seededRandom(seed);
  const listeners = new Map<string, Listener>();
  const isolated = new Set<string>();
  const counts = { sent: 0, lost: 0, duplicated: 0 };
  let current = weather;
  let flying = 0;
  let ports = 30_000;

  const fly = (
    name: TransportName,
    bytes: Uint8Array,
    way: { readonly from: Endpoint; readonly to: Endpoint },
  ): void => {
    flying++;
    const [shortest, longest] = current.delayMs;
    const delay = name === "udp" ? shortest + random.next() * (longest - shortest) : longest;
    clock.after(ms(delay), () => {
      flying--;
      const listener = listeners.get(keyOf(name, way.to));
      if (isolated.has(way.to.address)) return;
      listener?.events.onMessage(bytes, { transport: name, local: listener.local, remote: way.from });
    });
  };

  return {
    transport({ name = "udp", address, port }) {
      const isReliable = name !== "udp";
      let local: Endpoint | undefined;
      return {
        name,
        isReliable,
        family: address.includes(":") ? 6 : 4,
        open(events) {
          const bound = { address, port: port === 0 ? ports++ : port };
          const key = keyOf(name, bound);
          if (listeners.has(key)) return Promise.reject(new PlatformError("bind-failed", `${key} is taken`));
          local = bound;
          listeners.set(key, { local: bound, events });
          return Promise.resolve(bound);
        },
        send(bytes, { remote }) {
          if (local === undefined) return refused("closed");
          const way = { from: local, to: remote };
          counts.sent++;
          if (isolated.has(address) || isolated.has(remote.address) || (!isReliable && random.chance(current.loss))) {
            counts.lost++;
            return ok(undefined);
          }
          fly(name, bytes, way);
          if (!isReliable && random.chance(current.duplication)) {
            counts.duplicated++;
            fly(name, bytes, way);
          }
          return ok(undefined);
        },
        localTowards: () => local ?? { address, port },
        isOpen: () => false,
        connections: () => [],
        close() {
          if (local !== undefined) listeners.delete(keyOf(name, local));
          local = undefined;
          return Promise.resolve();
        },
      };
    },
    setWeather(next) {
      current = next;
    },
    isolate: (address) => void isolated.add(address),
    restore: (address) => void isolated.delete(address),
    get flying() {
      return flying;
    },
    get counts() {
      return { ...counts };
    },
  };
}

const keyOf = (name: TransportName, { address, port }: Endpoint): string => `${name} ${address} ${port}`;
