import type { Result } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import type { DialogState } from "../dialog/dialog.ts";
import { ackRequest } from "../dialog/dialog.ts";
import { parseUri } from "../message/uri.ts";
import { addressFamily, defaultPort, isSameEndpoint, isSecure, transportFor } from "./address.ts";
import type { Endpoint, Flow, TransportName } from "./flow.ts";
import type { Resolver, SendRefusal, SipTransport } from "./transport.ts";

/** Where a request is to go: a URI, or rather a flow while that lives. */
export interface Hop {
  /** The next hop: top Route or Request-URI. */
  readonly uri: string;
  readonly flow?: Flow | undefined;
  /** Transport to take when the URI says none. */
  readonly transport?: TransportName | undefined;
}

/** Where a request within a dialog goes: along its route set, and to the peer over its own flow when that is pinned. */
export function hopWithin(state: DialogState, flow: Flow, isPinned: boolean): Hop {
  const { nextHop } = ackRequest(state, 0);
  return { uri: nextHop, flow: isPinned && state.routeSet.length === 0 ? flow : undefined, transport: flow.transport };
}

/** A way that can be sent over now. */
export interface Path {
  readonly flow: Flow;
  /** What the peer should see as our address. */
  readonly local: Endpoint;
}

/** Where a URI leads. */
interface Destination {
  readonly address: string;
  readonly port: number | undefined;
  readonly name: TransportName | undefined;
  /** The name that the address was found by. */
  readonly host?: string;
}

/** Our end of a transport without a listener, until a connection has one. */
const unbound = { 4: { address: "0.0.0.0", port: 0 }, 6: { address: "::", port: 0 } } as const;

/** Finds the way to a peer and sends over it. @rfc 3261#8.1.2 */
export class Outbound {
  readonly #transports: readonly SipTransport[];
  readonly #resolve: Resolver | undefined;
  /** Transports that are open, with where they listen; undefined for those that do not. */
  readonly #bound = new Map<SipTransport, Endpoint | undefined>();

  constructor(transports: readonly SipTransport[], resolve: Resolver | undefined) {
    this.#transports = transports;
    this.#resolve = resolve;
  }

  /** Remembers that a transport is open, and where it listens. */
  bind(transport: SipTransport, local: Endpoint | undefined): void {
    this.#bound.set(transport, local);
  }

  isReliable(name: TransportName): boolean {
    return this.#transports.find((transport) => transport.name === name)?.isReliable ?? name !== "udp";
  }

  /** Sends over a flow: its connection, its own listener, or one like it. */
  send(bytes: Uint8Array, flow: Flow, report?: (refusal: SendRefusal) => void): Result<undefined, SendRefusal> {
    const transport = this.#transportOf(flow);
    if (transport === undefined) return refused("unreachable");
    return transport.send(bytes, flow, report);
  }

  /** What the peer of a flow should see as our address. */
  localTowards(flow: Flow): Endpoint | Promise<Endpoint> {
    return this.#transportOf(flow)?.localTowards(flow.remote, flow.connection) ?? flow.local;
  }

  /** The way to a hop; undefined when there is none. Immediate unless a name must be looked up or a peer is new. */
  path(hop: Hop): Path | undefined | Promise<Path | undefined> {
    const { flow } = hop;
    if (flow !== undefined && (flow.connection === undefined || this.#isOpen(flow.connection))) return this.#over(flow);
    const uri = parseUri(hop.uri);
    if (uri === undefined) return undefined;
    const name = transportFor(uri, hop.transport);
    if (name === "none" || !this.#dials(name)) return undefined;
    if (addressFamily(uri.host) !== 0) return this.#to({ address: uri.host, port: uri.port, name });
    return this.#lookUp(uri.host, name).then((address) =>
      address === undefined ? undefined : this.#to({ address, port: uri.port, name, host: uri.host }),
    );
  }

  /** Whether some transport of that name, or any when none is asked for, can reach a peer by its address. */
  #dials(name: TransportName | undefined): boolean {
    return this.#transports.some((each) => each.isAcceptOnly !== true && (name === undefined || each.name === name));
  }

  /** The best address of a name to which a transport leads. */
  async #lookUp(host: string, name: TransportName | undefined): Promise<string | undefined> {
    try {
      const addresses = (await this.#resolve?.(host)) ?? [];
      return addresses.find((address) => this.#leadingTo(address, name) !== undefined);
    } catch {
      return undefined;
    }
  }

  #to({ address, port, name, host }: Destination): Path | undefined | Promise<Path | undefined> {
    const transport = this.#leadingTo(address, name);
    if (transport === undefined || !this.#bound.has(transport)) return undefined;
    const local = this.#bound.get(transport) ?? unbound[transport.family];
    const remote = { address, port: port ?? defaultPort(transport.name) };
    const named = host === undefined || !isSecure(transport.name) ? { remote } : { remote, host };
    const connection = transport.connect?.(named);
    const flow: Flow = { transport: transport.name, local, ...named };
    return this.#over(connection === undefined ? flow : { ...flow, connection });
  }

  #leadingTo(address: string, name: TransportName | undefined): SipTransport | undefined {
    const family = addressFamily(address);
    return this.#transports.find(
      (each) => each.family === family && each.isAcceptOnly !== true && (name === undefined || each.name === name),
    );
  }

  #over(flow: Flow): Path | Promise<Path> {
    const local = this.localTowards(flow);
    return "then" in local ? local.then((found) => ({ flow, local: found })) : { flow, local };
  }

  #isOpen(connection: string): boolean {
    return this.#transports.some((transport) => transport.isOpen(connection));
  }

  #transportOf(flow: Flow): SipTransport | undefined {
    const { connection } = flow;
    if (connection !== undefined) {
      const holder = this.#transports.find((transport) => transport.isOpen(connection));
      if (holder !== undefined) return holder;
    }
    let alike: SipTransport | undefined;
    const family = addressFamily(flow.remote.address);
    for (const transport of this.#transports) {
      if (transport.name !== flow.transport || transport.family !== family) continue;
      const bound = this.#bound.get(transport);
      if (bound !== undefined && isSameEndpoint(bound, flow.local)) return transport;
      alike ??= transport;
    }
    return alike;
  }
}
