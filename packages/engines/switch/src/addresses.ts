import type { Endpoint, Flow, Resolver, SipTransport, TransportName } from "@cordboard/sip";
import { isPrivate } from "@cordboard/sip/node";

/** Our own address as one peer should know it. */
export interface OwnAddress {
  /** The local address that the kernel uses towards the peer; sockets for it are bound there. */
  readonly local: string;
  /** What the peer is told. */
  readonly told: string;
}

/** Where a peer is, by name or number. */
export interface PeerPlace {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  /** Our end of the flow to the peer, when there is one: it tells which of several listeners the peer uses. */
  readonly local?: Endpoint;
}

/** The far end of a flow. */
export const peerOf = ({ transport, remote, local }: Flow): PeerPlace => ({
  transport,
  host: remote.address,
  port: remote.port,
  local,
});

/** What our addresses are found with. */
export interface AddressOptions {
  readonly transports: readonly SipTransport[];
  /** What peers outside private ranges are told instead of the local address, or null. */
  readonly publicAddress: string | null;
  readonly resolve: Resolver;
}

const familyOf = (address: string): 4 | 6 => (address.includes(":") ? 6 : 4);

/** Whether the text is a numeric address of either family. */
const isNumeric = (host: string): boolean => host.includes(":") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);

/** Knows which address each peer is told, in Via, Contact and session descriptions alike. */
export class OwnAddresses {
  readonly #options: AddressOptions;
  readonly #bound = new Map<SipTransport, Endpoint>();
  /** The transports as the agent uses them: peers outside are shown the public address. */
  readonly transports: readonly SipTransport[];

  constructor(options: AddressOptions) {
    this.#options = options;
    this.transports = options.transports.map((transport) => this.#announcing(transport));
  }

  /** Our address towards a peer; undefined when its name cannot be resolved or no transport leads there. */
  async towards(peer: PeerPlace): Promise<OwnAddress | undefined> {
    const { local, host } = peer;
    // The end of a connection, or of a listener on one address, says it.
    if (local !== undefined && !isAny(local)) return { local: local.address, told: this.#told(host, local.address) };
    const found = isNumeric(peer.host) ? [peer.host] : await this.#options.resolve(peer.host).catch(() => []);
    for (const address of found) {
      const transport = this.#transportTo(peer, address);
      if (transport === undefined) continue;
      const { address: local } = await transport.localTowards({ address, port: peer.port });
      return { local, told: this.#told(address, local) };
    }
    return undefined;
  }

  /** The listener that holds our end of the flow, else any that leads there. */
  #transportTo({ transport, local }: PeerPlace, address: string): SipTransport | undefined {
    const alike = this.#options.transports.filter(
      ({ name, family }) => name === transport && family === familyOf(address),
    );
    const holds = (each: SipTransport): boolean => {
      const bound = this.#bound.get(each);
      return local !== undefined && bound?.port === local.port && (bound.address === local.address || isAny(bound));
    };
    return alike.find(holds) ?? alike[0];
  }

  #told(peer: string, local: string): string {
    const { publicAddress } = this.#options;
    return publicAddress === null || isPrivate(peer) || familyOf(publicAddress) !== familyOf(peer)
      ? local
      : publicAddress;
  }

  #announcing(transport: SipTransport): SipTransport {
    const shown = (remote: Endpoint, { address, port }: Endpoint): Endpoint => ({
      address: this.#told(remote.address, address),
      port,
    });
    const noteBound = (bound: Endpoint | undefined): Endpoint | undefined => {
      if (bound !== undefined) this.#bound.set(transport, bound);
      return bound;
    };
    return {
      name: transport.name,
      isReliable: transport.isReliable,
      family: transport.family,
      isAcceptOnly: transport.isAcceptOnly ?? false,
      open: (events) => transport.open(events).then(noteBound),
      connect: (to) => transport.connect?.(to),
      send: (bytes, to, report) => transport.send(bytes, to, report),
      localTowards(remote, connection) {
        const local = transport.localTowards(remote, connection);
        return local instanceof Promise ? local.then((found) => shown(remote, found)) : shown(remote, local);
      },
      isOpen: (connection) => transport.isOpen(connection),
      connections: () => transport.connections(),
      close: () => transport.close(),
    };
  }
}

const isAny = ({ address }: Endpoint): boolean => address === "0.0.0.0" || address === "::";
