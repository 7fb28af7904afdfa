import type { ActionId, Clock, Log, Random } from "@cordboard/kernel";
import { makeId } from "@cordboard/kernel";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import Fastify from "fastify";
import { checkDoors } from "../doors/check-doors.ts";
import type { TrustedProxies } from "../doors/proxies.ts";
import { factsOf } from "../doors/request-facts.ts";
import type { DoorSettings, RequestFacts } from "../doors/types.ts";
import { errorTable } from "../error-table.ts";
import { preflightHeaders, readableHeaders } from "./cross-origin.ts";
import { securityHeaders } from "./security-headers.ts";
import type { Speaker } from "./trouble.ts";
import { codeOfError, refuse } from "./trouble.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What the doors found out about the request: real client, TLS, loopback. */
    readonly door: RequestFacts;
    /** Stands in every log line of the request, and in its answer as `X-Request-Id`. */
    readonly correlation: ActionId;
  }
}

/** Whether a request may be served now, asked for each one but `/health`. */
export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly retryAfterSeconds: number };

/** What an HTTP application is made of; nothing in it is looked up elsewhere. */
export interface HttpAppOptions {
  readonly doors: DoorSettings;
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Refuses with 503 in overload. Default: everybody is admitted. */
  readonly admit?: () => Admission;
  /** In whose words this application speaks of trouble. */
  readonly speaker: Speaker;
  /** Largest request body in bytes where a route does not say otherwise. Default: 256 KiB. */
  readonly bodyLimitBytes?: number;
  /** Seconds of Strict-Transport-Security for answers by TLS, or `off` (the default: our own authority signs). */
  readonly hstsSeconds?: number | "off";
}

const DEFAULT_BODY_LIMIT = 256 * 1024;
const LONGEST_PARAMETER = 200;

/**
 * An HTTP application behind the doors: routes ignore letter case, doubled and trailing slashes; every request has a
 * correlation id; every trouble is an entry of the error table. It opens no port: after `await app.ready()`,
 * `app.routing` answers the requests of whatever listener it is given to.
 */
export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  const { log, speaker } = options;
  const enter = entrance(options);

  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT,
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: LONGEST_PARAMETER,
    },
    // An address that cannot be decoded meets no hook, so the doors are asked here.
    frameworkErrors: (error, request, reply) => {
      if (enter(request, reply)) refuse({ request, reply, speaker }, codeOfError(error));
    },
  });
  app.decorateRequest("door");
  app.decorateRequest("correlation");
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", (request, reply, done) => {
    if (enter(request, reply)) done();
  });
  app.setNotFoundHandler((request, reply) => refuse({ request, reply, speaker }, "not-found"));
  app.setErrorHandler((error, request, reply) => sayFault({ request, reply, speaker, log }, error));
  return app;
}

/** Answers for something that was thrown: its code for the client, all of it for the log. */
export function sayFault(
  turn: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly speaker: Speaker;
    readonly log: Log;
  },
  error: unknown,
): FastifyReply {
  const code = codeOfError(error);
  const { level, http } = errorTable[code];
  if (http >= 500) turn.log[level]("a request failed", { correlation: turn.request.correlation, code, error });
  return refuse(turn, code);
}

/** The first step of every request: doors, headers that every answer has, overload. False when it has been answered. */
function entrance(options: HttpAppOptions): (request: FastifyRequest, reply: FastifyReply) => boolean {
  const { doors, proxies, clock, random, speaker, admit, hstsSeconds = "off" } = options;
  return (request, reply) => {
    const facts = factsOf(request.raw, proxies, false);
    Object.assign(request, { door: facts, correlation: makeId("act", clock.now(), random) });
    reply.headers(securityHeaders(facts.isTls && hstsSeconds !== "off" ? hstsSeconds : undefined));
    reply.header("x-request-id", request.correlation);

    const verdict = checkDoors(facts, doors);
    if (verdict.kind === "refuse") {
      refuse({ request, reply, speaker }, verdict.code);
      return false;
    }
    if (verdict.kind === "redirect") {
      reply.redirect(verdict.location, 308);
      return false;
    }
    if (verdict.kind === "preflight") {
      reply.headers(preflightHeaders(verdict.allowedOrigin)).code(204).send();
      return false;
    }
    if (verdict.allowedOrigin !== undefined) reply.headers(readableHeaders(verdict.allowedOrigin));
    const admission = facts.path === "/health" ? undefined : admit?.();
    if (admission?.admitted === false) {
      refuse({ request, reply, speaker }, "overloaded", admission.retryAfterSeconds);
      return false;
    }
    return true;
  };
}
