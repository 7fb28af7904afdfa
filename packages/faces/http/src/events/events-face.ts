import { Hall } from "./hall.ts";
import { eventStreamRoute } from "./sse-door.ts";
import type { EventsFace, EventsOptions } from "./types.ts";
import { defaultStreamLimits } from "./types.ts";
import { WebSocketDoor } from "./web-socket-door.ts";

/**
 * The live stream: `/events` by WebSocket and by server-sent events. A client without `since` gets `hello` and `snapshot`;
 * with one that the ring still holds, `hello` and what it missed; with any other, `hello`, `gap` and `snapshot`.
 */
export function eventsFace(options: EventsOptions): EventsFace {
  const limits = { ...defaultStreamLimits, ...options.limits };
  const hall = new Hall(options, limits);
  const door = new WebSocketDoor({ ...options, hall, limits });
  return {
    upgrade: (visit) => door.open(visit),
    routes: eventStreamRoute({ ...options, hall }),
    async close() {
      await Promise.all([door.close(), hall.close()]);
    },
    describe: () => ({ ...hall.describe(), waiting: door.waiting }),
  };
}
