/** A socket's counters; plain and TLS sockets fit. */
export interface CountedSocket {
  readonly bytesWritten?: number;
  readonly writableLength: number;
}

/** Whether a peer that we have to wait for takes what we send. */
export interface Progress {
  /** Whether bytes that were waiting when this was last asked have left for the peer since. */
  hasMoved(): boolean;
}

/** Watches how much of what was written has left the process. While nothing waits, that tells nothing of the peer. */
export function watchProgress(socket: CountedSocket): Progress {
  let leftBefore = 0;
  let hadToWait = false;
  return {
    hasMoved() {
      const left = (socket.bytesWritten ?? 0) - socket.writableLength;
      const hasMoved = hadToWait && left > leftBefore;
      leftBefore = left;
      hadToWait = socket.writableLength > 0;
      return hasMoved;
    },
  };
}
