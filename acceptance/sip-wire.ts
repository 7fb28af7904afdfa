import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { SipResponse } from "@cordboard/sip";
import { parseMessage, StreamFramer } from "@cordboard/sip";
import { until } from "./until.ts";

/** A socket to a server that knows nothing of SIP but how to read what comes back. */
export interface SipWire {
  send(bytes: Uint8Array): void;
  /** Every response that has come. */
  readonly heard: readonly SipResponse[];
  /** The first final response that is meant. */
  final(what: string, isMeant: (response: SipResponse) => boolean): Promise<SipResponse>;
  /** Sends an OPTIONS, whose Call-ID starts with `probe-`, and waits for its answer: all that came before it has been dealt with by then. */
  probe(): Promise<SipResponse>;
  close(): void;
}

/** Where something listens. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Reads `127.0.0.1:5060` and `[::1]:5060`. */
export function placeIn(text: string): Place {
  const colon = text.lastIndexOf(":");
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

/** By datagrams, from an address of this machine. */
export async function openUdpWire(server: Place, from: Place): Promise<SipWire> {
  const socket = createSocket(from.address.includes(":") ? "udp6" : "udp4");
  const heard: SipResponse[] = [];
  socket.on("message", (bytes) => take(heard, bytes));
  socket.bind(from.port, from.address);
  await once(socket, "listening");
  const { port } = socket.address();
  const send = (bytes: Uint8Array): void => socket.send(bytes, server.port, server.address);
  return wireOn({ heard, send, close: () => socket.close() }, "UDP", { address: from.address, port });
}

/** By a connection. */
export async function openTcpWire(server: Place): Promise<SipWire> {
  const socket = connect(server.port, server.address);
  const framer = new StreamFramer();
  const heard: SipResponse[] = [];
  socket.on("data", (chunk) => {
    for (const frame of framer.push(chunk).frames) if (frame.type === "message") take(heard, frame.bytes);
  });
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  const { address = "", port = 0 } = socket.address() as Partial<Place>;
  return wireOn({ heard, send: (bytes) => socket.write(bytes), close: () => socket.destroy() }, "TCP", {
    address,
    port,
  });
}

function take(heard: SipResponse[], bytes: Uint8Array): void {
  const parsed = parseMessage(bytes);
  if (parsed.ok && parsed.value.type === "response") heard.push(parsed.value);
}

interface Ends {
  readonly heard: readonly SipResponse[];
  readonly send: (bytes: Uint8Array) => void;
  readonly close: () => void;
}

function wireOn(ends: Ends, transport: "UDP" | "TCP", { address, port }: Place): SipWire {
  const { heard, send } = ends;
  let probes = 0;
  const final: SipWire["final"] = (what, isMeant) =>
    until(
      () => `${what} to be answered; heard: ${heard.map(({ status }) => status).join(", ")}`,
      () => heard.find((response) => response.status >= 200 && isMeant(response)),
    );
  return {
    ...ends,
    final,
    probe() {
      const host = address.includes(":") ? `[${address}]` : address;
      const callId = `probe-${++probes}-${host}-${port}`;
      const lines = [
        `OPTIONS sip:${host} SIP/2.0`,
        `Via: SIP/2.0/${transport} ${host}:${port};rport;branch=z9hG4bK-${probes}`,
        "Max-Forwards: 70",
        `From: <sip:probe@${host}>;tag=${probes}`,
        `To: <sip:${host}>`,
        `Call-ID: ${callId}`,
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
        "",
        "",
      ];
      send(new TextEncoder().encode(lines.join("\r\n")));
      return final("the probe", ({ headers }) => headers.callId === callId);
    },
  };
}
