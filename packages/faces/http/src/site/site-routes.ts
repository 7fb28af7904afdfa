import type { Actor } from "@cordboard/core";
import { may } from "@cordboard/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Speaker } from "../app/trouble.ts";
import { refuse } from "../app/trouble.ts";
import type { RequestActor } from "../credentials/request-actor.ts";

/** How the server is. */
export interface Health {
  /** False while a part is down: `/health` answers 503. */
  readonly isUp: boolean;
  /** The demo's first call: `passed`, `failed: <why>`, or `undefined` when there is none. */
  readonly selfCheck: string | undefined;
  /** Each part's state, for this machine and administrators. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** The addresses and ports that are really open, for this machine and administrators. */
  readonly addresses: Readonly<Record<string, unknown>>;
}

/** What the server's own addresses tell. */
export interface SiteOptions {
  readonly speaker: Speaker;
  readonly actors: RequestActor;
  health(): Health;
  /** The metrics in Prometheus' text format. */
  renderMetrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** The certificate of the local authority as PEM, or `undefined` when another signs. */
  authorityPem(): string | undefined;
}

/** `/health`, `/metrics` and `/ca.pem`. */
export function siteRoutes(options: SiteOptions): (app: FastifyInstance) => Promise<void> {
  const { speaker, actors } = options;

  /** Whoever may look inside: this machine, and administrators of everything. A wrong credential is nobody's. */
  async function insider(request: FastifyRequest): Promise<"yes" | "no" | "unknown"> {
    if (request.door.isLoopback) return "yes";
    const actor = await actors.actorOf(request);
    if (actor === undefined) return "unknown";
    return seesInside(actor) ? "yes" : "no";
  }

  return async (app) => {
    app.get("/health", async (request, reply) => {
      const { isUp, selfCheck, parts, addresses } = options.health();
      const inside = (await insider(request)) === "yes" ? { parts, addresses } : {};
      const verdict = selfCheck === undefined ? {} : { selfCheck };
      return reply.code(isUp ? 200 : 503).send({ status: isUp ? "ok" : "down", ...verdict, ...inside });
    });

    app.get("/metrics", async (request, reply) => {
      const asked = await insider(request);
      if (asked !== "yes") return refuseInsider(request, reply, asked);
      const { contentType, text } = await options.renderMetrics();
      return reply.type(contentType).send(text);
    });

    app.get("/ca.pem", async (request, reply) => {
      const pem = options.authorityPem();
      if (pem === undefined) return refuse({ request, reply, speaker }, "not-found");
      return reply
        .type("application/x-pem-file")
        .header("content-disposition", "attachment; filename=ca.pem")
        .send(pem);
    });
  };

  function refuseInsider(request: FastifyRequest, reply: FastifyReply, asked: "no" | "unknown"): FastifyReply {
    return refuse({ request, reply, speaker }, asked === "unknown" ? "unauthenticated" : "not-permitted");
  }
}

const seesInside = (actor: Actor): boolean => may(actor, { type: "see-internals" });
