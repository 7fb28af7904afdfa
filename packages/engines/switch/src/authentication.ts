import type { Directory, SipSecretSource, SipSecrets, Tenant, User } from "@cordboard/core";
import type { Clock, Hash, Millis, Random, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { DigestRefusal, DigestServer, Flow, HeaderList, SipRequest } from "@cordboard/sip";
import { createDigestServer, parseUri } from "@cordboard/sip";
import type { AttemptLimits } from "./failed-attempts.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import { RecentSet } from "./recent-set.ts";

/** How a request that is not let through is answered. */
export interface Denial {
  readonly status: number;
  readonly reason?: string;
  readonly headers: HeaderList;
}

/** What proofs are checked with. */
export interface AuthenticationParts {
  readonly directory: Directory;
  readonly secrets: SipSecretSource;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly random: Random;
  readonly attempts: AttemptLimits;
}

/** Challenges, and proofs, that are remembered at once. */
const MAX_REMEMBERED = 20_000;

/**
 * What phones are asked for. Too many give up when SHA-256 is offered, even with MD5 beside it: libre's before 3 whatever the order,
 * sipp and the phones in web pages because they look at the first challenge alone. Who answers by SHA-256 is let in all the same.
 */
const OFFERED = ["MD5"] as const;

/** Longest user name that is told from another. */
const MAX_NAME = 64;

/** So many more wrong passwords are let pass from one address than for one name there. */
const SWEEP = 8;

/**
 * Proves who sends a request. What does not exist, belongs to another tenant or has a wrong password gets one and the same
 * answer by the same path.
 */
export class Authentication {
  readonly #parts: AuthenticationParts;
  /** By address and name: one phone with an old password does not shut out its neighbours. */
  readonly #guesses: FailedAttempts;
  /** By address alone: somebody who tries many names. */
  readonly #sweeps: FailedAttempts;
  /** Who has proved to be who from where. */
  readonly #proven = new RecentSet(MAX_REMEMBERED);
  readonly #register: DigestServer;
  readonly #invite: DigestServer;
  readonly #challenges = new RecentSet(MAX_REMEMBERED);

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
    const { attempts, clock, hash, random } = parts;
    this.#guesses = new FailedAttempts(clock, attempts);
    this.#sweeps = new FailedAttempts(clock, { ...attempts, free: attempts.free * SWEEP });
    const key = random.bytes(32);
    this.#register = createDigestServer({ clock, hash, random, key, offers: OFFERED });
    this.#invite = createDigestServer({ clock, hash, random, key, offers: OFFERED, isProxy: true });
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

  #check(server: DigestServer, { request, flow, tenant, isWanted }: Asked): Result<User, Denial> {
    const { directory, secrets } = this.#parts;
    const source = flow.remote.address;
    const claimed = server.usernameOf(request, tenant.realm)?.slice(0, MAX_NAME);
    const claim = `${source} ${tenant.realm} ${claimed}`;
    const wait = claimed === undefined ? undefined : this.#waitOf(source, claim);
    if (wait !== undefined) {
      return refused({ status: 503, headers: [["Retry-After", String(Math.ceil(wait / 1000))]] });
    }
    const userOf = (name: string): User | undefined => (isWanted(name) ? directory.userAt(tenant.id, name) : undefined);
    const ha1Of = (name: string): SipSecrets | undefined => {
      const user = userOf(name);
      return user === undefined ? undefined : secrets.secretsOf(tenant.id, user.id);
    };
    const verdict = server.check(request, flow, { realm: tenant.realm, ha1Of });
    if (!verdict.ok) {
      if (verdict.error.code === "wrong" && this.#answersUs(request, source)) {
        this.#guesses.failed(claim);
        this.#sweeps.failed(source);
      }
      return refused(this.#deny(verdict.error, source));
    }
    const user = userOf(verdict.value.username);
    if (user === undefined) return refused({ status: 403, headers: [] });
    this.#proven.add(claim);
    return ok(user);
  }

  /** Who has been let in from there before only waits for wrong passwords of their own. */
  #waitOf(source: string, claim: string): Millis | undefined {
    return this.#guesses.waitOf(claim) ?? (this.#proven.has(claim) ? undefined : this.#sweeps.waitOf(source));
  }

  #deny({ status, reason, headers }: DigestRefusal, source: string): Denial {
    for (const nonce of noncesIn(headers)) this.#challenges.add(`${source} ${nonce}`);
    return reason === undefined ? { status, headers } : { status, reason, headers };
  }

  /** Whether the credentials answer a challenge that we sent there: a forger of that address has never seen one. */
  #answersUs({ headers }: SipRequest, source: string): boolean {
    const lines = [...headers.all("authorization"), ...headers.all("proxy-authorization")];
    return noncesIn(lines.map((line) => ["", line])).some((nonce) => this.#challenges.has(`${source} ${nonce}`));
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
