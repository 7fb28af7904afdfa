import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refuse } from "../app/trouble.ts";
import { eventStreamConnection } from "./event-stream.ts";
import type { Hall } from "./hall.ts";
import { readStreamQuery } from "./stream-query.ts";
import type { EventsOptions } from "./types.ts";

/** How long a browser waits before it connects again, in milliseconds. */
const RECONNECT_MS = 2000;
const STREAMABLE = /(?:text\/event-stream|text\/\*|\*\/\*)/i;

/** The stream's door for server-sent events: `GET /events`. */
export function eventStreamRoute(
  options: EventsOptions & { readonly hall: Hall },
): (app: FastifyInstance) => Promise<void> {
  const { actors, speaker, hall } = options;
  return async (app) => {
    app.get("/events", { exposeHeadRoute: false }, async (request, reply) => {
      if (!STREAMABLE.test(request.headers.accept ?? "*/*")) {
        return refuse({ request, reply, speaker }, "not-acceptable");
      }
      const outcome = await actors.outcomeOf(request.headers, request.door);
      if (outcome.kind === "wait") {
        return refuse({ request, reply, speaker }, "rate-limited", outcome.retryAfterSeconds);
      }
      if (outcome.kind !== "actor") return refuse({ request, reply, speaker }, "unauthenticated");
      const refusal = hall.refusalOf(outcome.actor);
      if (refusal !== undefined) return refuse({ request, reply, speaker }, refusal);
      const response = openStream(request, reply);
      const viewer = hall.enter({
        actor: outcome.actor,
        connection: eventStreamConnection(response),
        ...readStreamQuery(request.door.target, textOf(request.headers["last-event-id"])),
      });
      response.on("drain", () => viewer.drained());
      response.once("close", () => hall.left(viewer));
      if (response.destroyed) hall.left(viewer);
      return reply;
    });
  };
}

/** Takes the answer out of the framework's hands and sends its head. */
function openStream(request: FastifyRequest, reply: FastifyReply): FastifyReply["raw"] {
  reply.hijack();
  const response = reply.raw;
  response.on("error", () => response.destroy());
  request.raw.socket.setNoDelay(true);
  request.raw.socket.setTimeout(0);
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies that gather answers before they pass them on would hold the events back.
    "x-accel-buffering": "no",
  });
  response.write(`retry: ${RECONNECT_MS}\n\n`);
  return response;
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];
