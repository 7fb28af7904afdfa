import type { RemoteInfo, Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { LegPlace } from "../messages.ts";
import type { Endpoint } from "./addresses.ts";

/** What a leg's sockets tell. */
export interface SocketEvents {
  /** A datagram on the RTP port. The bytes are the receiver's to change. */
  onRtp(packet: Buffer, from: RemoteInfo): void;
  /** A datagram on the RTCP port. */
  onRtcp(packet: Buffer, from: RemoteInfo): void;
  /** A socket broke; the pair is of no more use. */
  onBroken(why: string): void;
}

/** A leg's two bound sockets. */
export interface LegSockets {
  sendRtp(packet: Uint8Array, to: Endpoint): void;
  sendRtcp(packet: Uint8Array, to: Endpoint): void;
  /** Settles when both are closed; the last packets have left by then. */
  close(): Promise<void>;
}

/** How a try to bind ended. */
export type BindOutcome =
  | { readonly outcome: "open"; readonly sockets: LegSockets }
  | { readonly outcome: "port-in-use" }
  | { readonly outcome: "failed"; readonly why: string };

/** Binds a leg's sockets; tests bring a network in memory. */
export type BindSockets = (place: LegPlace, events: SocketEvents) => Promise<BindOutcome>;

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);

/**
 * A UDP socket that sends without asking a resolver: Node would look every address up, for every packet, in the thread pool.
 * What is no address fails at once.
 */
function makeSocket(address: string): Socket {
  const family = isIPv6(address) ? 6 : 4;
  return createSocket({
    type: `udp${family}`,
    ipv6Only: family === 6,
    lookup: (host, _options, done) => done(null, host, family),
  });
}

function bindOne(address: string, port: number): Promise<Socket> {
  const socket = makeSocket(address);
  return new Promise((resolve, reject) => {
    socket.once("error", (cause) => socket.close(() => reject(cause)));
    socket.bind(port, address, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

const closeOne = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));

/** Both sockets bound to one address, or the reason why not; in that case none is left open. */
async function bindPair(address: string, place: LegPlace): Promise<readonly [Socket, Socket] | string> {
  const [rtp, rtcp] = await Promise.allSettled([bindOne(address, place.ports.rtp), bindOne(address, place.ports.rtcp)]);
  if (rtp.status === "fulfilled" && rtcp.status === "fulfilled") return [rtp.value, rtcp.value];
  if (rtp.status === "fulfilled") await closeOne(rtp.value);
  if (rtcp.status === "fulfilled") await closeOne(rtcp.value);
  return codeOf(rtp.status === "rejected" ? rtp.reason : rtcp.status === "rejected" ? rtcp.reason : undefined);
}

/**
 * Binds a leg's two sockets. An address that this machine does not have (the public one of a router in front of us) is told to the peer all
 * the same; then we listen on all addresses of its family.
 *
 * The sockets stay unconnected. Connected to the locked peer they would save 4 to 8 % of a relayed packet, but the system would drop what
 * strangers send before anybody has counted it, and a peer whose router gave it another port would look silent instead of foreign.
 */
export const bindSockets: BindSockets = async (place, events) => {
  let pair = await bindPair(place.address, place);
  if (pair === "EADDRNOTAVAIL") pair = await bindPair(isIPv6(place.address) ? "::" : "0.0.0.0", place);
  if (pair === "EADDRINUSE") return { outcome: "port-in-use" };
  if (typeof pair === "string") return { outcome: "failed", why: pair };
  const [rtp, rtcp] = pair;
  rtp.on("message", events.onRtp);
  rtcp.on("message", events.onRtcp);
  for (const socket of pair) socket.on("error", (cause) => events.onBroken(codeOf(cause)));
  return {
    outcome: "open",
    sockets: {
      sendRtp: (packet, to) => rtp.send(packet, to.port, to.address),
      sendRtcp: (packet, to) => rtcp.send(packet, to.port, to.address),
      async close() {
        await Promise.all(pair.map(closeOne));
      },
    },
  };
};
