import type { Actor, ApiKey, Authenticator, Credential, CredentialStore } from "@cordboard/core";
import { actorOfUser } from "@cordboard/core";
import type { Clock, Hash, Random } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { AttemptPolicy } from "../limits/attempt-limit.ts";
import { createAttemptLimit } from "../limits/attempt-limit.ts";
import { addressSubject } from "../limits/rate-limiter.ts";
import { createVerifiedCache } from "./verified-cache.ts";

/** What came of a log-in. `wrong` says nothing of the reason. */
export type LogInOutcome =
  | { readonly kind: "actor"; readonly actor: Actor }
  | { readonly kind: "wrong" }
  /** Too many failures, or too many log-ins at once: nothing was looked at. */
  | { readonly kind: "wait"; readonly retryAfterSeconds: number };

/** An authenticator that knows where an attempt comes from. */
export interface LogInDesk extends Authenticator {
  /** `address` is the real client's. */
  logIn(credential: Credential, address: string): Promise<LogInOutcome>;
  describe(): { readonly verified: number; readonly failing: number; readonly verifying: number };
}

/** What a log-in desk works with. */
export interface LogInOptions {
  readonly store: CredentialStore;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the password fits the Argon2id hash. */
  verifyPassword(passwordHash: string, password: string): Promise<boolean>;
  /** A hash of something random, made with the usual costs: checked when there is no such user, so that it takes as long. */
  readonly dummyHash: string;
}

/** Failures of one account from one address; of one address; of one account from anywhere, which must not lock it. */
const policies = {
  pair: { freeFailures: 5, longestDelay: seconds(900) },
  address: { freeFailures: 30, longestDelay: seconds(60) },
  account: { freeFailures: 50, longestDelay: seconds(5) },
} as const satisfies Record<string, AttemptPolicy>;

const VERIFIED_FOR = seconds(60);
/** Argon2id takes about 50 ms and 20 MB: more at once would only be slower. */
const VERIFYING_AT_ONCE = 16;
const LONGEST_SECRET = 1024;

/**
 * Turns credentials into actors. The account is read afresh at each request, so a change holds at once; only the slow check of a
 * password is remembered, for at most 60 s, by an HMAC under a key that dies with the process.
 */
export function createAuthenticator(options: LogInOptions): LogInDesk {
  const { store, hash, clock, random } = options;
  const secret = random.bytes(32);
  const verified = createVerifiedCache(clock, VERIFIED_FOR);
  const attempts = createAttemptLimit(clock);
  const verifying = new Map<string, Promise<boolean>>();

  async function byKey(token: string): Promise<LogInOutcome> {
    if (token.length > LONGEST_SECRET) return { kind: "wrong" };
    const key = await store.keyByHash(hash.hex("sha256", token));
    return key === undefined ? { kind: "wrong" } : { kind: "actor", actor: actorOfKey(key) };
  }

  async function byPassword(
    { tenant, name, password }: Extract<Credential, { kind: "password" }>,
    address: string,
  ): Promise<LogInOutcome> {
    if (name.length > LONGEST_SECRET || password.length > LONGEST_SECRET) return { kind: "wrong" };
    const found = await store.webLogin(tenant, name);
    const passwordHash = found?.passwordHash ?? options.dummyHash;
    const proof = hash.hmac(secret, JSON.stringify([tenant, name, passwordHash, password]));
    if (found !== undefined && verified.has(proof)) return { kind: "actor", actor: actorOfUser(found.user) };

    const account = JSON.stringify([tenant, name]);
    const subjects = { pair: `p${account}${addressSubject(address)}`, address: `a${addressSubject(address)}`, account };
    const wait = Math.max(...Object.values(subjects).map((subject) => attempts.waitOf(subject)));
    if (wait > 0) return { kind: "wait", retryAfterSeconds: Math.ceil(wait / 1000) };
    if (!verifying.has(proof) && verifying.size >= VERIFYING_AT_ONCE) return { kind: "wait", retryAfterSeconds: 1 };

    const fits = await verifyOnce(proof, passwordHash, password);
    if (!fits || found === undefined) {
      attempts.failed(subjects.pair, policies.pair);
      attempts.failed(subjects.address, policies.address);
      attempts.failed(subjects.account, policies.account);
      return { kind: "wrong" };
    }
    attempts.succeeded(subjects.pair);
    verified.add(proof);
    return { kind: "actor", actor: actorOfUser(found.user) };
  }

  /** A page that opens sends ten requests with one password: it is checked once. */
  function verifyOnce(proof: string, passwordHash: string, password: string): Promise<boolean> {
    const running = verifying.get(proof);
    if (running !== undefined) return running;
    const started = options.verifyPassword(passwordHash, password).finally(() => verifying.delete(proof));
    verifying.set(proof, started);
    return started;
  }

  const logIn = (credential: Credential, address: string): Promise<LogInOutcome> =>
    credential.kind === "key" ? byKey(credential.token) : byPassword(credential, address);

  return {
    logIn,
    async authenticate(credential) {
      const outcome = await logIn(credential, "");
      return outcome.kind === "actor" ? outcome.actor : undefined;
    },
    describe: () => ({
      verified: verified.size(),
      failing: attempts.describe().subjects,
      verifying: verifying.size,
    }),
  };
}

const actorOfKey = (key: ApiKey): Actor => ({
  tenant: key.tenant,
  kind: "key",
  user: undefined,
  extension: undefined,
  key: key.id,
  roles: [key.role],
  limits: key.limits,
});
