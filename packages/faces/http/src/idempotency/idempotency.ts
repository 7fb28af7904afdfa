import type { Hash, Log, TenantId } from "@cordboard/kernel";

/** What one `Idempotency-Key` is valid for. */
export interface RetryScope {
  readonly tenant: TenantId;
  /** Id of the key or user that asks. */
  readonly credential: string;
  readonly method: string;
  /** The path as routes compare it. */
  readonly path: string;
  readonly key: string;
}

/** An answer as it is kept and given again. */
export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What a key was found to be. */
export type Claim =
  /** Not used before; it is ours now, and committed. */
  | { readonly kind: "new" }
  | { readonly kind: "stored"; readonly answer: StoredAnswer }
  | { readonly kind: "in-progress" }
  | { readonly kind: "key-reused" }
  /** Claimed by a run of the server that ended before it could finish. */
  | { readonly kind: "outcome-unknown" };

/** Where keys are kept for 24 hours. Rejects with `database-unavailable` when it cannot commit. */
export interface IdempotencyStore {
  /** Claims the key for the request whose body has this SHA-256, and commits that before it settles. */
  claim(scope: RetryScope, bodyHash: string): Promise<Claim>;
  /** Keeps the answer of a claimed request. */
  finish(scope: RetryScope, answer: StoredAnswer): Promise<void>;
  /** Gives the key back: the request had no effect, and may be tried again with it. */
  release(scope: RetryScope): Promise<void>;
  /** Marks that the request failed midway: whoever comes with the key again hears `outcome-unknown`. */
  abandon(scope: RetryScope): Promise<void>;
}

/** What came of a request that is safe to retry. */
export type RetryOutcome =
  | { readonly kind: "answer"; readonly answer: StoredAnswer; readonly isReplay: boolean }
  | { readonly kind: "refused"; readonly code: "key-reused" | "in-progress" | "outcome-unknown" };

const VISIBLE = /^[\x21-\x7e]{1,255}$/;

/** Whether a header's text may be an Idempotency-Key: 1 to 255 visible ASCII characters. */
export const isRetryKey = (text: string): boolean => VISIBLE.test(text);

/**
 * Runs a request at most once for its key. An answer below 500 is stored; a 503 means that nothing was done, so the key
 * is given back; anything else that failed is never run again under this key.
 */
export async function runOnce(
  turn: {
    readonly store: IdempotencyStore;
    readonly hash: Hash;
    readonly log: Log;
    readonly scope: RetryScope;
    /** The body as it came. */
    readonly body: string;
  },
  run: () => Promise<StoredAnswer>,
): Promise<RetryOutcome> {
  const { store, hash, log, scope, body } = turn;
  const claim = await store.claim(scope, hash.hex("sha256", body));
  if (claim.kind === "stored") return { kind: "answer", answer: claim.answer, isReplay: true };
  if (claim.kind !== "new") return { kind: "refused", code: claim.kind };

  /** What the client hears is decided by then: a key that cannot be settled stays claimed, which is the safe side. */
  const settle = (settled: Promise<void>): Promise<void> =>
    settled.catch((error: unknown) => log.warn("an idempotency key was not settled", { tenant: scope.tenant, error }));

  let answer: StoredAnswer;
  try {
    answer = await run();
  } catch (error) {
    await settle(store.abandon(scope));
    throw error;
  }
  if (answer.status < 500) await settle(store.finish(scope, answer));
  else if (answer.status === 503) await settle(store.release(scope));
  else await settle(store.abandon(scope));
  return { kind: "answer", answer, isReplay: false };
}
