import type { RemoteInfo } from "node:dgram";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { PlatformError } from "@cordboard/kernel";
import type { Endpoint } from "@cordboard/sip";

/** A socket for the sound of one call. */
export interface RtpSocket {
  readonly endpoint: Endpoint;
  /** Sends a datagram; one that cannot be sent is lost, as on any network. */
  send(bytes: Uint8Array, to: Endpoint): void;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/** Binds any free port of an address; rejects with a `bind-failed` fault. */
export function openRtpSocket(
  address: string,
  onPacket: (bytes: Uint8Array, from: RemoteInfo) => void,
): Promise<RtpSocket> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    // Addresses in SDP are numeric here; without this every packet would ask the resolver.
    lookup: (host, _options, done) => done(null, host, family),
  });
  return new Promise((resolve, reject) => {
    socket.once("error", (cause) => {
      socket.close();
      reject(new PlatformError("bind-failed", `no port for sound at ${address}`, cause));
    });
    socket.bind({ address, port: 0, exclusive: true }, () => {
      socket.removeAllListeners("error");
      // A packet that cannot be delivered is no reason to end a call.
      socket.on("error", () => {});
      socket.on("message", onPacket);
      resolve({
        endpoint: { address, port: socket.address().port },
        send: (bytes, to) => socket.send(bytes, to.port, to.address, ignoreFailure),
        close: () => new Promise((closed) => socket.close(closed)),
      });
    });
  });
}

const ignoreFailure = (): void => {};
