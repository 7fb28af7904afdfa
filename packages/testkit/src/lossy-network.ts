import type { Clock } from "@cordboard/kernel";
import { ms, ok, PlatformError, refused } from "@cordboard/kernel";
import type { Endpoint, SendRefusal, SipTransport, TransportEvents, TransportName } from "@cordboard/sip";
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

/**
 * What can be wrong with an address: all to and from it vanishes; or what it sends is refused, at once or after twice the longest
 * time on the way; or half of it is refused later (`unsteady`).
 */
export type Outage = "silent" | "refusing" | "refusing-later" | "unsteady";

/** A message as it was sent. */
export interface Sent {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The very bytes that the sender gave, so that a message that is sent again is the same object. */
  readonly bytes: Uint8Array;
}

/** A network in memory. */
export interface LossyNetwork {
  /** A transport at an address of this network; port 0 is given a free one. */
  transport(at: NetworkAddress): SipTransport;
  /** From now on. */
  setWeather(weather: Weather): void;
  /** Breaks an address until {@link restore}; `silent` unless said otherwise. */
  isolate(address: string, outage?: Outage): void;
  restore(address: string): void;
  /** What is sent to this address goes to all of these, as a proxy that forks would do it. */
  group(address: string, members: readonly string[]): void;
  /** Shows every message to `see` when it is sent, whatever becomes of it. */
  watch(see: (sent: Sent) => void): void;
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

type Report = (refusal: SendRefusal) => void;

/** A network whose mishaps come again with the same seed. Time on the way passes on the clock given. */
export function lossyNetwork(clock: Clock, seed: number, weather: Weather = clearWeather): LossyNetwork {
  const random = seededRandom(seed);
  const listeners = new Map<string, Listener>();
  const outages = new Map<string, Outage>();
  const groups = new Map<string, readonly string[]>();
  const watchers: ((sent: Sent) => void)[] = [];
  const counts = { sent: 0, lost: 0, duplicated: 0 };
  let current = weather;
  let flying = 0;
  let ports = 30_000;

  const fly = (name: TransportName, { from, to, bytes }: Sent): void => {
    flying++;
    const [shortest, longest] = current.delayMs;
    const delay = name === "udp" ? shortest + random.next() * (longest - shortest) : longest;
    clock.after(ms(delay), () => {
      flying--;
      if (outages.get(to.address) === "silent") return;
      const listener = listeners.get(keyOf(name, to));
      listener?.events.onMessage(bytes, { transport: name, local: listener.local, remote: from });
    });
  };

  const sendOne = (name: TransportName, sent: Sent): void => {
    const isLossy = name === "udp";
    const isCutOff = [sent.from, sent.to].some(({ address }) => outages.get(address) === "silent");
    if (isCutOff || (isLossy && random.chance(current.loss))) {
      counts.lost++;
      return;
    }
    fly(name, sent);
    if (!isLossy || !random.chance(current.duplication)) return;
    counts.duplicated++;
    fly(name, sent);
  };

  const send = (name: TransportName, sent: Sent, report: Report | undefined): ReturnType<SipTransport["send"]> => {
    counts.sent++;
    for (const see of watchers) see(sent);
    const outage = outages.get(sent.from.address);
    if (outage === "refusing") return refused("unreachable");
    if (outage === "refusing-later" || (outage === "unsteady" && random.chance(0.5))) {
      clock.after(ms(2 * current.delayMs[1]), () => report?.("unreachable"));
      return ok(undefined);
    }
    const members = groups.get(sent.to.address);
    if (members === undefined) sendOne(name, sent);
    else for (const address of members) sendOne(name, { ...sent, to: { address, port: sent.to.port } });
    return ok(undefined);
  };

  return {
    transport({ name = "udp", address, port }) {
      let local: Endpoint | undefined;
      return {
        name,
        isReliable: name !== "udp",
        family: address.includes(":") ? 6 : 4,
        open(events) {
          const bound = { address, port: port === 0 ? ports++ : port };
          const key = keyOf(name, bound);
          if (listeners.has(key)) return Promise.reject(new PlatformError("bind-failed", `${key} is taken`));
          local = bound;
          listeners.set(key, { local: bound, events });
          return Promise.resolve(bound);
        },
        send: (bytes, { remote }, report) =>
          local === undefined ? refused("closed") : send(name, { from: local, to: remote, bytes }, report),
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
    isolate: (address, outage = "silent") => void outages.set(address, outage),
    restore: (address) => void outages.delete(address),
    group: (address, members) => void groups.set(address, members),
    watch: (see) => void watchers.push(see),
    get flying() {
      return flying;
    },
    get counts() {
      return { ...counts };
    },
  };
}

const keyOf = (name: TransportName, { address, port }: Endpoint): string => `${name} ${address} ${port}`;
