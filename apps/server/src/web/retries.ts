import type { Claim, IdempotencyStore, RetryScope } from "@cordboard/http";
import type { Claim as StoredClaim } from "@cordboard/store";
import { createIdempotencyStore } from "@cordboard/store";
import type { Foundation } from "../system/foundation.ts";

/** Keys of requests that are safe to retry, kept in the database; `epoch` is this run of the server. */
export function retriesIn({ database, host }: Foundation, epoch: string): IdempotencyStore {
  const store = createIdempotencyStore({ database, clock: host.clock, epoch });
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
