import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { clockOf, randomOf } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { afterEach } from "vitest";
import type { Listening, Outcome, SipAgent, SipTransport } from "../src/index.ts";
import { createSipAgent } from "../src/index.ts";
import type {
  ConnectionLimits,
  CountHappening,
  NodeTransportOptions,
  TlsPair,
  TransportHappening,
} from "../src/transport/index.ts";
import { dnsResolver, nodeHash, nodeTransports } from "../src/transport/index.ts";

/** What a test has opened; closed after it, in the other order. */
export const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const pem = (name: string): string => readFileSync(new URL(`certificates/${name}`, import.meta.url), "utf8");

/** The authority of the tests, and two certificates of it: one for this machine, one for another name. */
export const authority: string = pem("authority.pem");
/** For localhost, 127.0.0.1 and ::1. */
export const here: TlsPair = { cert: pem("here.pem"), key: pem("here.key") };
/** For elsewhere.example. */
export const elsewhere: TlsPair = { cert: pem("elsewhere.pem"), key: pem("elsewhere.key") };

/** An agent on real sockets, with where it listens. */
export interface Server {
  readonly agent: SipAgent;
  readonly udp: Listening;
  readonly tcp: Listening;
  readonly tls: Listening;
}

/** An agent that listens on any free ports by every transport, and trusts the authority of the tests. */
export async function serve(options: Partial<NodeTransportOptions> = {}): Promise<Server> {
  const ports = { udpPort: 0, tcpPort: 0, tlsPort: 0 };
  const trust = { certificate: () => here, ca: [authority] };
  const agent = createSipAgent({
    transports: nodeTransports({ address: "127.0.0.1", ...ports, ...trust, ...options }),
    clock: clockOf(globalThis),
    random: randomOf(globalThis),
    hash: nodeHash,
    resolve: dnsResolver(),
  });
  const [udp, tcp, tls] = await agent.listen();
  closers.push(() => agent.close());
  if (udp === undefined || tcp === undefined || tls === undefined) throw new Error("a listener is missing");
  return { agent, udp, tcp, tls };
}

/** A plain connection to a port of this machine. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  closers.push(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** The next bytes that come, as text. */
export const heard = async (socket: Socket): Promise<string> => String((await once(socket, "data"))[0]);

/** How long a condition that is about to hold is waited for. */
export const patiently = { timeout: 20_000 };

/** A port on which nobody listens. */
export const NOBODY = 1;

/** An OPTIONS request as text; `n` makes it one of its own. */
export const options = (n: number, transport = "TCP"): string =>
  `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/${transport} 127.0.0.1:9;branch=z9hG4bK-${n};rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@b>\r\nCall-ID: ${n}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;

/** Asks a peer for its options. */
export const sendOptions = (agent: SipAgent, uri: string): Promise<Outcome> =>
  agent.send({ method: "OPTIONS", uri, from: "sip:a@example.org" });

/** A transport whose bounds are tried, and what it tells. */
export interface Bounded {
  readonly clock: ManualClock;
  readonly transport: SipTransport;
  readonly port: number;
  /** Names of the connections that have ended. */
  readonly closed: readonly string[];
  /** What was told to be counted. */
  readonly counted: readonly TransportHappening[];
  nextClosed(): Promise<void>;
  nextMessage(): Promise<void>;
}

/** What the transport under trial is made with. */
export interface BoundedParts {
  readonly address: string;
  readonly port: number;
  readonly clock: ManualClock;
  readonly limits: Partial<ConnectionLimits>;
  readonly count: CountHappening;
}

/** Opens a transport on a clock moved by hand, which counts what it hears. */
export async function openBounded<Transport extends SipTransport>(
  make: (parts: BoundedParts) => Transport,
  limits: Partial<ConnectionLimits>,
): Promise<Bounded & { readonly transport: Transport }> {
  const clock = manualClock();
  const counted: TransportHappening[] = [];
  const count = (what: TransportHappening): void => void counted.push(what);
  const transport = make({ address: "127.0.0.1", port: 0, clock, limits, count });
  const closed: string[] = [];
  let closedOne = (): void => {};
  let messageCame = (): void => {};
  const bound = await transport.open({
    onMessage: () => messageCame(),
    onClosed: ({ connection }) => {
      closed.push(connection ?? "");
      closedOne();
    },
  });
  closers.push(() => transport.close());
  return {
    clock,
    transport,
    port: bound?.port ?? 0,
    closed,
    counted,
    nextClosed: () => new Promise<void>((resolve) => (closedOne = resolve)),
    nextMessage: () => new Promise<void>((resolve) => (messageCame = resolve)),
  };
}
