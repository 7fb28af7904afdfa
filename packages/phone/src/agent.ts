import { isIPv6 } from "node:net";
import { silentLog } from "@cordboard/kernel";
import type { Endpoint, SipAgent, SipTransport, TraceEntry } from "@cordboard/sip";
import { createSipAgent } from "@cordboard/sip";
import { nodeTransports } from "@cordboard/sip/node";
import type { PhoneHost } from "./types.ts";

/** What {@link openAgent} opens. */
export interface AgentOptions extends PhoneHost {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly transport: "udp" | "tcp";
  readonly product?: string | undefined;
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/** A SIP agent with its one listener. */
export interface OpenAgent {
  readonly agent: SipAgent;
  readonly transport: SipTransport;
  readonly listening: Endpoint;
}

/** Opens a SIP agent on one transport; rejects with `bind-failed`. */
export async function openAgent(options: AgentOptions): Promise<OpenAgent> {
  const { address, port, clock, random, hash, log = silentLog, product, trace } = options;
  const ports = options.transport === "udp" ? { udpPort: port } : { tcpPort: port };
  const transports = nodeTransports({ address, clock, random, log, ...ports });
  const agent = createSipAgent({
    transports,
    clock,
    random,
    hash,
    log,
    inDialog: ["INFO", "NOTIFY", "UPDATE"],
    ...(product === undefined ? {} : { product }),
    ...(trace === undefined ? {} : { trace }),
  });
  const [listening] = await agent.listen();
  const [transport] = transports;
  if (listening === undefined || transport === undefined) throw new Error("a SIP agent without a transport");
  agent.handle("OPTIONS", (incoming) => incoming.respond(200, { headers: [["Accept", "application/sdp"]] }));
  return { agent, transport, listening };
}

/** Address to bind for a server: the loopback for one that is there, else every address of its family. */
export function bindAddressFor(server: string): string {
  if (isIPv6(server)) return server === "::1" ? "::1" : "::";
  return server.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
}
