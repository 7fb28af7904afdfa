import type { ServerResponse } from "node:http";
import { watchProgress } from "./progress.ts";
import type { Connection } from "./types.ts";

/** Probes in a row that a blocked peer may let pass without taking a byte: a minute. */
const STILL_PROBES = 4;

/** An HTTP answer without end as the stream's way out. Server-sent events cannot say why they end. */
export function eventStreamConnection(response: ServerResponse): Connection {
  const progress = watchProgress(response.socket ?? response);
  let stillProbes = 0;
  return {
    encoding: "event-stream",
    write: (bytes) => response.writable && response.write(bytes),
    cork: () => response.cork(),
    uncork: () => response.uncork(),
    end() {
      // A peer that takes nothing would keep the rest of the answer waiting for ever.
      if (response.writableNeedDrain) response.destroy();
      else response.end();
    },
    probe() {
      const hasMoved = progress.hasMoved();
      stillProbes = hasMoved || !response.writableNeedDrain ? 0 : stillProbes + 1;
      return stillProbes < STILL_PROBES;
    },
    destroy: () => response.destroy(),
  };
}
