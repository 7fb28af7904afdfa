/** A socket's counters; plain and TLS sockets fit. */
export interface CountedSocket {
  readonly bytesWritten?: number;
  readonly writableLength: number;
}

/** Whether a peer takes what we send. */
export interface Progress {
  /** Whether bytes have left for the peer since this was last asked. */
  hasMoved(): boolean;
}

/** Watches how much of what was written has left the process. */
export function watchProgress(socket: CountedSocket): Progress {
  let before = 0;
  return {
    hasMoved() {
      const left = (socket.bytesWritten ?? 0) - socket.writableLength;
      const hasMoved = left !== before;
      before = left;
      return hasMoved;
    },
  };
}
