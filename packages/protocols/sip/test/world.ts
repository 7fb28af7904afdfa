import type { Log, Result } from "@cordboard/kernel";
import { silentLog } from "@cordboard/kernel";
import type { LossyNetwork, ManualClock, SeededRandom } from "@cordboard/testkit";
import { lossyNetwork, manualClock, seededRandom } from "@cordboard/testkit";
import type {
  HeaderField,
  SendRefusal,
  SipAgent,
  SipAgentOptions,
  SipMessage,
  SipRequest,
  SipResponse,
  SipTransport,
} from "../src/index.ts";
import { createSipAgent, parseMessage } from "../src/index.ts";
import { nodeHash } from "../src/transport/index.ts";

/** A clock, a network, and agents on it. */
export interface World {
  readonly clock: ManualClock;
  readonly random: SeededRandom;
  readonly network: LossyNetwork;
  /** What handlers threw and agents logged as errors. */
  readonly faults: readonly unknown[];
  /** An agent that listens on UDP at an address, port 5060. */
  agent(address: string, options?: Partial<SipAgentOptions>): Promise<SipAgent>;
  /** A peer that speaks byte by byte as the test says. */
  puppet(address: string): Promise<Puppet>;
}

/** A peer without a stack: it sends what it is told and keeps what it hears. */
export interface Puppet {
  readonly address: string;
  readonly heard: SipMessage[];
  send(text: string | Uint8Array, to?: string): Result<undefined, SendRefusal>;
  /** Sends a request with the usual headers; those given replace them. */
  request(method: string, fields?: Readonly<Record<string, string | null>>, body?: string): void;
  /** Answers a request that it heard. */
  respond(
    request: SipRequest,
    status: number,
    options?: { readonly tag?: string; readonly fields?: readonly HeaderField[]; readonly body?: string },
  ): void;
  /** Statuses heard, in order. */
  statuses(): readonly number[];
  requests(method: string): readonly SipRequest[];
  responses(): readonly SipResponse[];
}

/** Where the agent under test lives. */
export const SERVER = "10.0.0.1";

/** A world with nobody in it. */
export function makeWorld(seed = 1): World {
  const clock = manualClock();
  const random = seededRandom(seed);
  const network = lossyNetwork(clock, seed + 1);
  const faults: unknown[] = [];
  const log: Log = { ...silentLog, error: (message, fields) => void faults.push([message, fields]) };
  return {
    clock,
    random,
    network,
    faults,
    async agent(address, options = {}) {
      const transports = [network.transport({ address, port: 5060 })];
      const agent = createSipAgent({ transports, clock, random, hash: nodeHash, log, ...options });
      await agent.listen();
      return agent;
    },
    async puppet(address) {
      const heard: SipMessage[] = [];
      const transport = network.transport({ address, port: 5060 });
      await transport.open({
        onMessage(bytes) {
          const parsed = parseMessage(bytes);
          if (parsed.ok) heard.push(parsed.value);
          else faults.push(["an agent sent what cannot be read", parsed.error]);
        },
        onClosed() {},
      });
      return puppetOn(transport, address, heard);
    },
  };
}

function puppetOn(transport: SipTransport, address: string, heard: SipMessage[]): Puppet {
  let branches = 0;
  const send: Puppet["send"] = (text, to = SERVER) =>
    transport.send(typeof text === "string" ? new TextEncoder().encode(text) : text, {
      remote: { address: to, port: 5060 },
    });
  return {
    address,
    heard,
    send,
    request(method, fields = {}, body = "") {
      const all: Record<string, string | null> = {
        Via: `SIP/2.0/UDP ${address}:5060;branch=z9hG4bK-p${branches++}`,
        "Max-Forwards": "70",
        From: "<sip:ann@example.org>;tag=ann",
        To: "<sip:bob@example.org>",
        "Call-ID": "call-1",
        CSeq: `1 ${method}`,
        Contact: `<sip:ann@${address}:5060>`,
        ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
        ...fields,
      };
      const { uri = `sip:bob@${SERVER}`, ...headers } = all;
      const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
      send([`${method} ${uri} SIP/2.0`, ...lines, `Content-Length: ${body.length}`, "", body].join("\r\n"));
    },
    respond(request, status, { tag = "bob", fields = [], body = "" } = {}) {
      const { headers } = request;
      const to = headers.get("To") ?? "";
      const lines = [
        `SIP/2.0 ${status} So`,
        ...headers.all("Via").map((via) => `Via: ${via}`),
        `From: ${headers.get("From")}`,
        `To: ${headers.toTag === undefined && status > 100 ? `${to};tag=${tag}` : to}`,
        `Call-ID: ${headers.callId}`,
        `CSeq: ${headers.get("CSeq")}`,
        `Contact: <sip:bob@${address}:5060>`,
        ...fields.map(([name, value]) => `${name}: ${value}`),
        `Content-Length: ${body.length}`,
        "",
        body,
      ];
      send(lines.join("\r\n"));
    },
    statuses: () => heard.flatMap((message) => (message.type === "response" ? [message.status] : [])),
    requests: (method) =>
      heard.filter((message): message is SipRequest => message.type === "request" && message.method === method),
    responses: () => heard.filter((message): message is SipResponse => message.type === "response"),
  };
}

/** What {@link SipAgent.describe} counts when nothing is going on. */
export const nothingAlive = {
  clientTransactions: 0,
  serverTransactions: 0,
  dialogs: 0,
  calls: 0,
  subscriptions: 0,
  waiting: 0,
  connections: 0,
  timers: 0,
} as const;
