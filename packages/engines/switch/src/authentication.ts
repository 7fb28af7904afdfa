import type { Directory, SipSecretSource, Tenant, User } from "@cordboard/core";
import type { Clock, Hash, Random, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { DigestRefusal, DigestServer, Flow, HeaderList, SipRequest } from "@cordboard/sip";
import { createDigestServer, parseUri } from "@cordboard/sip";
import type { AttemptLimits } from "./failed-attempts.ts";
import { FailedAttempts } from "./failed-attempts.ts";

/** How a request that is not let through is answered. */
export interface Denial {
  readonly status: number;
  readonly reason?: string;
  readonly headers: HeaderList;
}

export interface AuthenticationParts {
  readonly directory: Directory;
  readonly secrets: SipSecretSource;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly random: Random;
  readonly attempts: AttemptLimits;
}

/** Challenges remembered, to tell who answers one of ours from who makes one up. */
const MAX_CHALLENGES = 20_000;

/**
 * Proves who sends a request. What does not exist, belongs to another tenant or has a wrong password gets one and the same
 * answer by the same path.
 */
export class Authentication {
  readonly #parts: AuthenticationParts;
  readonly #attempts: FailedAttempts;
  readonly #register: DigestServer;
  readonly #invite: DigestServer;
  readonly #challenges = new Set<string>();

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
    this.#attempts = new FailedAttempts(parts.clock, parts.attempts);
    const { clock, hash, random } = parts;
    const key = random.bytes(32);
    this.#register = createDigestServer({ clock, hash, random, key });
    this.#invite = createDigestServer({ clock, hash, random, key, isProxy: true });
  }

  /** The tenant that a URI's domain names; an address or an unknown domain is the default tenant's. */
  tenantOf(uri: string | undefined): Tenant {
    const host = uri === undefined ? undefined : parseUri(uri)?.host;
    const { directory } = this.#parts;
    return (host === undefined ? undefined : directory.tenantOfDomain(host)) ?? directory.defaultTenant();
  }

  /** Lets a user register an address of record, which must be the user's own. */
  checkRegister(
    request: SipRequest,
    flow: Flow,
    claimed: { readonly tenant: Tenant; readonly extension: string },
  ): Result<User, Denial> {
    const { tenant, extension } = claimed;
    return this.#check(this.#register, { request, flow, tenant, isWanted: (name) => name === extension });
  }

  /** Lets any user of the tenant call. */
  checkInvite(request: SipRequest, flow: Flow, tenant: Tenant): Result<User, Denial> {
    return this.#check(this.#invite, { request, flow, tenant, isWanted: () => true });
  }

  #check(server: DigestServer, asked: Asked): Result<User, Denial> {
    const { request, flow, tenant, isWanted } = asked;
    const { directory, secrets } = this.#parts;
    const source = flow.remote.address;
    const wait = this.#attempts.waitOf(source);
    if (wait !== undefined) {
      return refused({ status: 503, headers: [["Retry-After", String(Math.ceil(wait / 1000))]] });
    }
    const userOf = (name: string): User | undefined => (isWanted(name) ? directory.userAt(tenant.id, name) : undefined);
    const verdict = server.check(request, flow, {
      realm: tenant.realm,
      ha1Of: (name) => {
        const user = userOf(name);
        return user === undefined ? undefined : secrets.secretsOf(tenant.id, user.id);
      },
    });
    const user = verdict.ok ? userOf(verdict.value.username) : undefined;
    if (user !== undefined) return ok(user);
    return refused(this.#deny(verdict.ok ? undefined : verdict.error, request, source));
  }

  #deny(refusal: DigestRefusal | undefined, request: SipRequest, source: string): Denial {
    if (refusal === undefined) return { status: 403, headers: [] };
    if (refusal.code === "wrong" && this.#answersUs(request)) this.#attempts.failed(source);
    for (const nonce of noncesIn(refusal.headers)) this.#remember(nonce);
    const { status, reason, headers } = refusal;
    return reason === undefined ? { status, headers } : { status, reason, headers };
  }

  #answersUs({ headers }: SipRequest): boolean {
    const lines = [...headers.all("authorization"), ...headers.all("proxy-authorization")];
    return noncesIn(lines.map((line) => ["", line])).some((nonce) => this.#challenges.has(nonce));
  }

  #remember(nonce: string): void {
    this.#challenges.add(nonce);
    for (const oldest of this.#challenges) {
      if (this.#challenges.size <= MAX_CHALLENGES) break;
      this.#challenges.delete(oldest);
    }
  }
}

interface Asked {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly tenant: Tenant;
  readonly isWanted: (username: string) => boolean;
}

/** The nonces named in challenges or answers to them. */
const noncesIn = (headers: HeaderList): readonly string[] =>
  headers.flatMap(([, value]) => /(?:^|[\s,])nonce="([^"]{1,128})"/i.exec(value)?.[1] ?? []);
