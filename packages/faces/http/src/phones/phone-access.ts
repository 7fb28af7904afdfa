import type { Actor, Directory, SipTokens, User } from "@cordboard/core";
import { may } from "@cordboard/core";
import type { Clock, Log } from "@cordboard/kernel";
import { isoText, seconds } from "@cordboard/kernel";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Speaker } from "../app/trouble.ts";
import { refuse } from "../app/trouble.ts";
import { actorName } from "../credentials/actor-name.ts";
import type { RequestActor } from "../credentials/request-actor.ts";
import { createRateLimiter, rateHeaders } from "../limits/rate-limiter.ts";
import type { IceHelp, IceServer } from "./ice-servers.ts";
import { iceServersFor } from "./ice-servers.ts";

/** What browsers' phones are let in with. */
export interface PhoneAccessOptions {
  readonly speaker: Speaker;
  readonly actors: RequestActor;
  readonly directory: Pick<Directory, "tenant" | "userAt">;
  readonly tokens: Pick<SipTokens, "issue">;
  readonly ice: IceHelp;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a page needs to be a phone. */
export interface PhoneAccess {
  /** The address of record, such as `sip:101@example.com`. */
  readonly uri: string;
  /** The user name of SIP's digest. */
  readonly username: string;
  /** Its password, until `expiresAt` (ISO 8601, UTC). */
  readonly token: string;
  readonly expiresAt: string;
  /** For `RTCPeerConnection`; empty where none are set. */
  readonly iceServers: readonly IceServer[];
}

/** A page asks every four minutes; many pages may share one key. */
const REQUESTS = 600;
const WINDOW = seconds(60);
const BODY_LIMIT = 1024;

const wish = z.strictObject({ extension: z.string().min(1).max(64).optional() });

/**
 * `POST /sip/token`: whoever may act for an extension is given a token with which a browser registers there, and the servers that help
 * its sound to find a way. The body names the extension; without one it is the user's own.
 */
export function phoneAccess(options: PhoneAccessOptions): (app: FastifyInstance) => Promise<void> {
  const { speaker, actors, directory, tokens, ice, clock, log } = options;
  const perActor = createRateLimiter({ clock, window: WINDOW });

  async function give(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const turn = { request, reply, speaker };
    const outcome = await actors.outcomeOf(request.headers, request.door);
    if (outcome.kind === "wait") return refuse(turn, "rate-limited", outcome.retryAfterSeconds);
    if (outcome.kind !== "actor") return refuse(turn, "unauthenticated");
    const { actor } = outcome;
    const verdict = perActor.take(actorName(actor), actor.limits.ratePerMinute ?? REQUESTS);
    reply.headers(rateHeaders(verdict, clock));
    if (!verdict.isAllowed) return refuse(turn, "rate-limited", verdict.resetSeconds);
    const asked = wish.safeParse(request.body ?? {});
    if (!asked.success) return refuse(turn, "bad-request");
    const user = userFor(actor, asked.data.extension);
    const tenant = directory.tenant(actor.tenant);
    if (user === undefined || tenant === undefined) return refuse(turn, "invalid-extension");
    const { token, expiresAt } = tokens.issue(tenant.id, user.id);
    const access: PhoneAccess = {
      uri: `sip:${user.extension}@${tenant.domain}`,
      username: user.extension,
      token,
      expiresAt: isoText(expiresAt),
      iceServers: iceServersFor(ice, user.id, clock.now()),
    };
    const { correlation } = request;
    log.info("a phone in a browser was given access", { correlation, tenant: tenant.id, extension: user.extension });
    return reply.send(access);
  }

  /** Extensions of others and those that do not exist are one. */
  function userFor(actor: Actor, extension: string | undefined = actor.extension): User | undefined {
    if (extension === undefined || !may(actor, { type: "be-phone", extension })) return undefined;
    return directory.userAt(actor.tenant, extension);
  }

  return async (app) => {
    app.post("/sip/token", { bodyLimit: BODY_LIMIT }, give);
  };
}
