import type { Directory, SipSecretSource, SipSecrets, SipTokens, Tenant, User } from "@cordboard/core";
import type { Clock, Hash, Millis, Random, Result, UserId } from "@cordboard/kernel";
import { ok, randomHex, refused } from "@cordboard/kernel";
import type { Algorithm, DigestRefusal, DigestServer, Flow, HeaderList, SipRequest } from "@cordboard/sip";
import { createDigestServer, makeHa1, offersFor, parseUri } from "@cordboard/sip";
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
  /** What browsers' phones may prove themselves with instead. */
  readonly tokens: Pick<SipTokens, "accepted">;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly random: Random;
  readonly attempts: AttemptLimits;
}

/** Challenges, and proofs, that are remembered at once. */
const MAX_REMEMBERED = 20_000;

/** Longest user name that is told from another. */
const MAX_NAME = 64;

/** Stands for users that do not exist. */
const NOBODY = "usr_nobody" as UserId;

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
  /** The proofs of users that do not exist: of no password that anybody has. */
  readonly #unknown: SipSecrets;
  readonly #register: DigestServer;
  readonly #invite: DigestServer;
  readonly #challenges = new RecentSet(MAX_REMEMBERED);
  /** Challenges to calls that did not guess, each until it is answered for the first time. */
  readonly #expected = new RecentSet(MAX_REMEMBERED);
  /** Who was offered SHA-256 and has not answered since. */
  readonly #unanswered = new RecentSet(MAX_REMEMBERED);

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
    const { attempts, clock, hash, random } = parts;
    this.#unknown = { md5: randomHex(random, 16), sha256: randomHex(random, 32) };
    this.#guesses = new FailedAttempts(clock, attempts);
    this.#sweeps = new FailedAttempts(clock, { ...attempts, free: attempts.free * SWEEP });
    const shared = { clock, hash, random, key: random.bytes(32), offers: this.#offers.bind(this) };
    this.#register = createDigestServer(shared);
    this.#invite = createDigestServer({ ...shared, isProxy: true });
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

  /**
   * Whether an INVITE brings the first answer to a challenge that another one got, right or wrong. Once for each challenge, and none
   * is given for a wrong answer, so that nobody gets past a full house by guessing.
   */
  isExpected(request: SipRequest, flow: Flow): boolean {
    const { address } = flow.remote;
    const nonces = noncesIn(request.headers.all("proxy-authorization").map((line) => ["", line]));
    const nonce = nonces.find((each) => this.#expected.has(`${address} ${each}`));
    if (nonce === undefined) return false;
    this.#expected.forget(`${address} ${nonce}`);
    return true;
  }

  /** Lets any user of the tenant call. */
  checkInvite(request: SipRequest, flow: Flow, tenant: Tenant): Result<User, Denial> {
    return this.#check(this.#invite, { request, flow, tenant, isWanted: () => true });
  }

  /** Lets any user of the tenant watch, or write. It answers for itself, as the registrar does: 401. @rfc 3261#22.2 */
  checkOther(request: SipRequest, flow: Flow, tenant: Tenant): Result<User, Denial> {
    return this.#check(this.#register, { request, flow, tenant, isWanted: () => true });
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
    const ha1Of = (name: string): readonly SipSecrets[] => {
      const user = userOf(name);
      const lasting = user === undefined ? undefined : secrets.secretsOf(tenant.id, user.id);
      return [lasting ?? this.#unknown, ...this.#shortLived(flow, tenant, { name, user })];
    };
    const verdict = server.check(request, flow, { realm: tenant.realm, ha1Of });
    if (!verdict.ok) {
      if (verdict.error.code === "wrong" && this.#answersUs(request, source)) {
        this.#guesses.failed(claim);
        this.#sweeps.failed(source);
      }
      const denial = this.#deny(verdict.error, source);
      if (server === this.#invite && verdict.error.code !== "wrong")
        for (const nonce of noncesIn(denial.headers)) this.#expected.add(`${source} ${nonce}`);
      return refused(denial);
    }
    this.#unanswered.forget(asker(request, flow));
    const user = userOf(verdict.value.username);
    if (user === undefined) return refused({ status: 403, headers: [] });
    this.#proven.add(claim);
    return ok(user);
  }

  /** Browsers may come with a token in place of the password. Who does not exist has tokens as well, which nobody is given. */
  #shortLived(
    { transport }: Flow,
    { id, realm }: Tenant,
    { name, user }: { readonly name: string; readonly user: User | undefined },
  ): readonly SipSecrets[] {
    if (transport !== "ws" && transport !== "wss") return [];
    const { tokens, hash } = this.#parts;
    return tokens
      .accepted(id, user?.id ?? NOBODY)
      .map((password) => makeHa1(hash, realm, { username: name, password }));
  }

  /**
   * SHA-256 and MD5, but MD5 alone for whoever came back without an answer: a phone that gives up at the sight of an algorithm that
   * it does not know gets in at its second try.
   */
  #offers(request: SipRequest, flow: Flow): readonly Algorithm[] {
    const offered = offersFor(request);
    if (offered.length === 1 || answersIn(request).length > 0) return offered;
    const who = asker(request, flow);
    if (this.#unanswered.has(who)) return ["MD5"];
    this.#unanswered.add(who);
    return offered;
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
  #answersUs(request: SipRequest, source: string): boolean {
    return noncesIn(answersIn(request).map((line) => ["", line])).some((nonce) =>
      this.#challenges.has(`${source} ${nonce}`),
    );
  }
}

interface Asked {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly tenant: Tenant;
  readonly isWanted: (username: string) => boolean;
}

/** The credentials that a request carries, right or wrong. */
const answersIn = ({ headers }: SipRequest): readonly string[] => [
  ...headers.all("authorization"),
  ...headers.all("proxy-authorization"),
];

/** Who asks, as far as that is known before anything is proved. */
const asker = ({ headers }: SipRequest, { remote }: Flow): string =>
  `${remote.address} ${(headers.from?.uri ?? "").slice(0, MAX_NAME)}`;

/** The nonces named in challenges or answers to them. */
const noncesIn = (headers: HeaderList): readonly string[] =>
  headers.flatMap(([, value]) => /(?:^|[\s,])nonce="([^"]{1,128})"/i.exec(value)?.[1] ?? []);
