import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type {
  ConnectionState,
  Endpoint,
  Flow,
  SendRefusal,
  SendTarget,
  SipTransport,
  TransportEvents,
} from "@cordboard/sip";

const keyOf = ({ address, port }: Endpoint): string => `${address}:${port}`;
const text = new TextDecoder();

/** Transports that are connections. */
type Connected = "tcp" | "tls" | "ws";

/** One end of a connection. */
interface End {
  readonly flow: Flow;
  readonly events: TransportEvents;
  readonly owner: Connections;
  other: End | undefined;
}

/**
 * A network in memory. What is sent arrives in a microtask, in order, unless a test has it lost. So one turn of the event
 * loop brings everything to rest, and only the clock, moved by hand, sets it going again.
 */
export class Network {
  readonly #listeners = new Map<string, { readonly events: TransportEvents; readonly connections?: Connections }>();
  #nextConnection = 1;
  #nextPort = 50_000;
  /** Every message that was sent, lost ones included, as its first line. */
  readonly sent: string[] = [];
  /** Whole messages, in the same order. */
  readonly messages: string[] = [];
  /** Decides whether a message is lost; gets its whole text. */
  isLost: (message: string, from: Endpoint, to: Endpoint) => boolean = () => false;

  udp(local: Endpoint): SipTransport {
    const network = this;
    let isBound = false;
    return {
      name: "udp",
      isReliable: false,
      family: 4,
      async open(events) {
        network.#listeners.set(`udp ${keyOf(local)}`, { events });
        isBound = true;
        return local;
      },
      send(bytes, { remote }) {
        if (!isBound) return refused("closed");
        if (network.passes(bytes, local, remote)) {
          queueMicrotask(() => {
            const peer = network.#listeners.get(`udp ${keyOf(remote)}`);
            peer?.events.onMessage(bytes, { transport: "udp", local: remote, remote: local });
          });
        }
        return ok(undefined);
      },
      localTowards: () => local,
      isOpen: () => false,
      connections: () => [],
      async close() {
        isBound = false;
        network.#listeners.delete(`udp ${keyOf(local)}`);
      },
    };
  }

  tcp(local: Endpoint): SipTransport {
    return this.connected(local, "tcp");
  }

  /** TCP, or what runs over it as if it were that: nobody looks at the bytes. */
  connected(local: Endpoint, name: Connected): SipTransport {
    return new Connections(this, local, name);
  }

  listen(connections: Connections, local: Endpoint, events: TransportEvents): void {
    this.#listeners.set(`${connections.name} ${keyOf(local)}`, { events, connections });
  }

  silence(connections: Connections, local: Endpoint): void {
    this.#listeners.delete(`${connections.name} ${keyOf(local)}`);
  }

  /** Opens a connection; undefined when nobody listens there. */
  connect(from: Connections, local: Endpoint, events: TransportEvents, remote: Endpoint): End | undefined {
    const transport = from.name;
    const peer = this.#listeners.get(`${transport} ${keyOf(remote)}`);
    if (peer?.connections === undefined) return undefined;
    const source = { address: local.address, port: this.#nextPort++ };
    const name = `connection-${this.#nextConnection++}`;
    const near: End = {
      flow: { transport, local: source, remote, connection: `${name}-a` },
      events,
      owner: from,
      other: undefined,
    };
    const far: End = {
      flow: { transport, local: remote, remote: source, connection: `${name}-b` },
      events: peer.events,
      owner: peer.connections,
      other: near,
    };
    near.other = far;
    peer.connections.hold(far);
    return near;
  }

  /** Notes a message; whether it gets through. */
  passes(bytes: Uint8Array, from: Endpoint, to: Endpoint): boolean {
    const message = text.decode(bytes);
    this.sent.push(message.slice(0, message.indexOf("\r\n")));
    this.messages.push(message);
    return !this.isLost(message, from, to);
  }
}

/** A TCP listener and its connections. */
class Connections implements SipTransport {
  readonly name: Connected;
  readonly isReliable = true;
  readonly family = 4;
  readonly #network: Network;
  readonly #local: Endpoint;
  readonly #ends = new Map<string, End>();
  #events: TransportEvents | undefined;

  constructor(network: Network, local: Endpoint, name: Connected) {
    this.name = name;
    this.#network = network;
    this.#local = local;
  }

  async open(events: TransportEvents): Promise<Endpoint> {
    this.#events = events;
    this.#network.listen(this, this.#local, events);
    return this.#local;
  }

  hold(end: End): void {
    this.#ends.set(end.flow.connection ?? "", end);
  }

  send(bytes: Uint8Array, to: SendTarget): Result<undefined, SendRefusal> {
    const end = this.#ends.get(to.connection ?? "") ?? this.#endTo(to.remote);
    if (end?.other === undefined) return refused("unreachable");
    const { other } = end;
    if (this.#network.passes(bytes, end.flow.local, end.flow.remote)) {
      queueMicrotask(
        () => other.owner.isOpen(other.flow.connection ?? "") && other.events.onMessage(bytes, other.flow),
      );
    }
    return ok(undefined);
  }

  #endTo(remote: Endpoint): End | undefined {
    for (const end of this.#ends.values()) if (keyOf(end.flow.remote) === keyOf(remote)) return end;
    if (this.#events === undefined) return undefined;
    const end = this.#network.connect(this, this.#local, this.#events, remote);
    if (end !== undefined) this.hold(end);
    return end;
  }

  localTowards(): Endpoint {
    return this.#local;
  }

  isOpen(connection: string): boolean {
    return this.#ends.has(connection);
  }

  connections(): readonly ConnectionState[] {
    return [...this.#ends.values()].map(({ flow }) => ({
      flow,
      ageMs: 0,
      waitingBytes: 0,
      hasSpoken: true,
      isDialled: false,
    }));
  }

  drop(end: End): void {
    if (this.#ends.delete(end.flow.connection ?? "")) end.events.onClosed(end.flow);
  }

  async close(): Promise<void> {
    this.#network.silence(this, this.#local);
    const ends = [...this.#ends.values()];
    this.#ends.clear();
    for (const { other } of ends) other?.owner.drop(other);
  }
}
