import type { Duplex } from "node:stream";
import type { Clock } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { WebSocket } from "ws";
import { watchProgress } from "./progress.ts";
import type { Connection, EndOfStream } from "./types.ts";

/** RFC 6455 §7.4.1; 1013 is "try again later" in IANA's list. */
const closeCodes: Readonly<Record<EndOfStream, number>> = {
  "going-away": 1001,
  "binary-frame": 1003,
  "not-permitted": 1008,
  unauthenticated: 1008,
  "bad-frame": 1008,
  "too-slow": 1013,
  "too-many-streams": 1013,
};
const CLOSING_TAKES_AT_MOST = seconds(5);

/** Closes by the handshake; a peer that does not take part in it is dropped after 5 s. */
export function closeWebSocket(webSocket: WebSocket, why: EndOfStream, clock: Clock): void {
  webSocket.close(closeCodes[why], why);
  const giveUp = clock.after(CLOSING_TAKES_AT_MOST, () => webSocket.terminate());
  webSocket.once("close", () => giveUp.cancel());
}

/**
 * A WebSocket as the stream's way out. Events are framed once for all clients and written to the socket itself; `ws`
 * writes whole frames too, each in one step, so its pings and closes fall between ours.
 */
export function webSocketConnection(webSocket: WebSocket, socket: Duplex, clock: Clock): Connection {
  const progress = watchProgress(socket);
  let isAlive = true;
  const heard = (): void => {
    isAlive = true;
  };
  webSocket.on("pong", heard);
  webSocket.on("message", heard);
  webSocket.on("ping", (data) => {
    heard();
    // `ws` would answer every ping: a peer that pings and never reads would fill our memory with pongs.
    if (!socket.writableNeedDrain) webSocket.pong(data);
  });

  return {
    encoding: "websocket",
    write: (bytes) => socket.writable && socket.write(bytes),
    cork: () => socket.cork(),
    uncork: () => socket.uncork(),
    end: (why) => closeWebSocket(webSocket, why, clock),
    probe() {
      const hasMoved = progress.hasMoved();
      const wasAlive = isAlive || hasMoved;
      isAlive = false;
      if (!socket.writableNeedDrain) webSocket.ping();
      return wasAlive;
    },
    destroy: () => webSocket.terminate(),
  };
}
