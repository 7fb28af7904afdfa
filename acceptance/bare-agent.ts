import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  Flow,
  Outcome,
  Registration,
  RequestOptions,
  SipAgent,
  SipTransport,
  TransportName,
} from "@cordboard/sip";
import { createSipAgent } from "@cordboard/sip";
import { nodeTransports, webSocketTransport } from "@cordboard/sip/node";
import { machine } from "@cordboard/testkit";
import type { ClientOptions } from "ws";
import { WebSocket } from "ws";
import { demo, portOf } from "./company.ts";
import type { Server } from "./server.ts";

/** A user agent without sound, with a way to the server by one transport. */
export interface BareAgent {
  readonly agent: SipAgent;
  /** What a request to the server needs to get there. */
  readonly way: Pick<RequestOptions, "flow" | "route">;
  /** Registers a user of the demo company; rejects when that is refused. */
  register(user: string): Promise<Outcome>;
  /** Asks for the server's options. */
  ask(): Promise<Outcome>;
  /** Goes without a word, as a laptop does that is shut. */
  vanish(): Promise<void>;
  /** Takes its registrations back, and goes. */
  close(): Promise<void>;
}

/** How the server is reached. */
export interface BareAgentOptions {
  readonly transport: TransportName;
  /** The server's address, `127.0.0.1` or `::1`. */
  readonly to?: string;
  /** Address of this machine to come from; the same as the server's unless said otherwise. */
  readonly from?: string;
}

/** The certificate authority of a server. */
export const authorityOf = ({ data }: Server): Promise<string> => readFile(join(data, "tls", "ca.pem"), "utf8");

const listeners = { udp: "sipUdp", tcp: "sipTcp", tls: "sipTls", ws: "http", wss: "https" } as const;

/** The server's port for a transport on one of its addresses; for WebSockets that of HTTP. */
export function portFor({ ready }: Server, transport: TransportName, to = "127.0.0.1"): number {
  const listening = ready[listeners[transport]] as readonly string[];
  return portOf(listening.find((place) => place.startsWith(to.includes(":") ? `[${to}]:` : `${to}:`)) ?? "");
}

/** Opens an agent and, for WebSockets, its connection, as a browser would. */
export async function openBareAgent(server: Server, options: BareAgentOptions): Promise<BareAgent> {
  const { transport, to = "127.0.0.1", from = to } = options;
  const host = to.includes(":") ? `[${to}]` : to;
  const place = `${host}:${portFor(server, transport, to)}`;
  const ca = await authorityOf(server);
  const isWeb = transport === "ws" || transport === "wss";
  const webSockets = webSocketTransport();
  const transports: readonly SipTransport[] = isWeb ? [webSockets] : dialling(transport, from, ca);
  const agent = createSipAgent({ ...machine, transports });
  await agent.listen();
  agent.handle("OPTIONS", (incoming) => incoming.respond(200));
  let way: BareAgent["way"] = { route: [`<sip:${place};transport=${transport};lr>`] };
  if (isWeb) {
    const socket = await openWebSocket(`${transport}://${place}/sip`, { ca, localAddress: from });
    // Browsers know neither their address nor have a port: what they write there leads nowhere.
    const local = { address: "k7j2m5.invalid", port: 9 };
    webSockets.accept(socket, { remote: { address: to, port: portOf(place) }, local, isSecure: transport === "wss" });
    way = { flow: webSockets.connections()[0]?.flow as Flow };
  }
  const registrations: Registration[] = [];
  const send = (method: string): Promise<Outcome> =>
    agent.send({ method, uri: `sip:${demo.domain}`, from: `sip:somebody@${demo.domain}`, ...way });
  return {
    agent,
    way,
    ask: () => send("OPTIONS"),
    async register(user) {
      const registration = agent.register({
        registrar: `sip:${demo.domain}`,
        aor: `sip:${user}@${demo.domain}`,
        credentials: { username: user, password: demo.passwordOf(user) },
        ...way,
      });
      const outcome = await registration.first;
      registrations.push(registration);
      if (!outcome.ok) throw new Error(`${user} cannot register: ${outcome.status} ${outcome.response?.reason ?? ""}`);
      return outcome;
    },
    vanish: () => agent.close(),
    async close() {
      await Promise.all(registrations.splice(0).map((registration) => registration.unregister()));
      await agent.close();
    },
  };
}

/** Opens a WebSocket with the subprotocol of SIP. */
export async function openWebSocket(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, "sip", options);
  await once(socket, "open");
  return socket;
}

function dialling(transport: TransportName, address: string, ca: string): readonly SipTransport[] {
  if (transport === "tls") return nodeTransports({ address, tlsPort: 0, ca: [ca] });
  return nodeTransports({ address, ...(transport === "udp" ? { udpPort: 0 } : { tcpPort: 0 }) });
}
