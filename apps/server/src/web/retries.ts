import type { Claim, IdempotencyStore, RetryScope } from "@cordboard/http";
import type { Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { Claim as StoredClaim } from "@cordboard/store";
import { createIdempotencyStore } from "@cordboard/store";
import type { Foundation } from "../system/foundation.ts";

/** Keys of requests that are safe to retry, in the database. */
export interface Retries extends IdempotencyStore {
  /** Stops looking for keys that are too old. */
  stop(): void;
}

const SWEEP_EVERY = seconds(3600);

/** Opens the keys of requests that are safe to retry; `epoch` is this run of the server. Old ones are removed every hour. */
export function openRetries({ database, host }: Foundation, epoch: string): Retries {
  const { clock, log } = host;
  const store = createIdempotencyStore({ database, clock, epoch });
  const sweep = (): void => {
    store.sweep().catch((fault: unknown) => log.warn("old idempotency keys could not be removed", { fault }));
    timer = clock.after(SWEEP_EVERY, sweep);
  };
  let timer: Timer = clock.after(SWEEP_EVERY, sweep);
  const request = ({ credential, method, path, key }: RetryScope, bodyHash: string) => ({
    credential,
    method,
    path,
    key,
    bodyHash,
  });
  return {
    claim: async (scope, bodyHash) => claimed(await store.claim(scope.tenant, request(scope, bodyHash))),
    finish: (scope, { status, contentType, body }) =>
      store.settle(scope.tenant, request(scope, ""), { status, headers: { "content-type": contentType }, body }),
    release: (scope) => store.release(scope.tenant, request(scope, "")),
    abandon: (scope) => store.abandon(scope.tenant, request(scope, "")),
    stop: () => timer.cancel(),
  };
}

function claimed(claim: StoredClaim): Claim {
  switch (claim.outcome) {
    case "claimed":
      return { kind: "new" };
    case "replay": {
      const { status, headers, body } = claim.answer;
      return { kind: "stored", answer: { status, contentType: headers["content-type"] ?? "application/json", body } };
    }
    default:
      return { kind: claim.outcome };
  }
}
