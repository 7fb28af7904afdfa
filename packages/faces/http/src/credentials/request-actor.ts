import type { IncomingHttpHeaders } from "node:http";
import type { Actor } from "@cordboard/core";
import type { FastifyRequest } from "fastify";
import type { RequestFacts } from "../doors/types.ts";
import type { LogInDesk, LogInOutcome } from "./authenticator.ts";
import type { TenantNames } from "./read-credential.ts";
import { readCredential } from "./read-credential.ts";

/** Finds out who makes a request. */
export interface RequestActor {
  /** `none` when the request carries no credential at all. */
  outcomeOf(headers: IncomingHttpHeaders, facts: RequestFacts): Promise<LogInOutcome | { readonly kind: "none" }>;
  /** The actor, or `undefined` for any other outcome. */
  actorOf(request: FastifyRequest): Promise<Actor | undefined>;
}

/** Where credentials of requests are looked up. */
export interface RequestActorOptions {
  readonly desk: LogInDesk;
  readonly names: TenantNames;
  /** Whose session a Cookie header names; asked when there is no other credential. Default: nobody's. */
  actorOfCookie?(cookie: string, facts: RequestFacts): Promise<Actor | undefined>;
}

/** Reads credentials from headers, then from cookies, and has the desk look at them. */
export function requestActor({ desk, names, actorOfCookie }: RequestActorOptions): RequestActor {
  async function outcomeOf(
    headers: IncomingHttpHeaders,
    facts: RequestFacts,
  ): Promise<LogInOutcome | { readonly kind: "none" }> {
    const credential = readCredential(headers, facts.host, names);
    if (credential !== undefined) return desk.logIn(credential, facts.client);
    if (facts.hasCredential) return { kind: "wrong" };
    if (headers.cookie === undefined || actorOfCookie === undefined) return { kind: "none" };
    const actor = await actorOfCookie(headers.cookie, facts);
    return actor === undefined ? { kind: "none" } : { kind: "actor", actor };
  }

  return {
    outcomeOf,
    async actorOf(request) {
      const outcome = await outcomeOf(request.headers, request.door);
      return outcome.kind === "actor" ? outcome.actor : undefined;
    },
  };
}
