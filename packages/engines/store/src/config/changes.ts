import type { ApiKey, Service, SoundProtections, Tenant, Trunk, User } from "@cordboard/core";
import type { KeyId, TenantId, TrunkId, UserId } from "@cordboard/kernel";
import type { Sealed } from "../sealing/sealer.ts";

/** One thing of the configuration as it is now; `null` when it is no more. */
export type ConfigChange =
  | { readonly kind: "tenant"; readonly tenant: TenantId; readonly id: TenantId; readonly value: Tenant }
  | { readonly kind: "user"; readonly tenant: TenantId; readonly id: UserId; readonly value: User | null }
  | { readonly kind: "service"; readonly tenant: TenantId; readonly id: string; readonly value: Service | null }
  | { readonly kind: "trunk"; readonly tenant: TenantId; readonly id: TrunkId; readonly value: Trunk | null }
  | { readonly kind: "key"; readonly tenant: TenantId; readonly id: KeyId; readonly value: StoredKey | null }
  | { readonly kind: "sip-secrets"; readonly tenant: TenantId; readonly id: UserId; readonly value: Sealed | null }
  | {
      readonly kind: "sound-protections";
      readonly tenant: TenantId;
      readonly id: UserId;
      readonly value: SoundProtections;
    }
  /** A web password was set; it is read when it is needed. */
  | { readonly kind: "web-password"; readonly tenant: TenantId; readonly id: UserId };

/** A live API key with the SHA-256 by which it is found. */
export interface StoredKey extends ApiKey {
  readonly sha256: string;
}

/** Told what one commit changed, at once after it and in the order of commits. */
export type ConfigListener = (changes: readonly ConfigChange[]) => void;

/** Does one thing after the other, and passes on what each changed. */
export interface ConfigFeed {
  /** Runs a step when the ones before are done, and tells all listeners what it changed. */
  commit<Value>(step: () => Promise<ConfigOutcome<Value>>): Promise<Value>;
  /** Runs a step between commits. */
  between<Value>(step: () => Promise<Value>): Promise<Value>;
  /** Listens until the returned function is called. */
  listen(listener: ConfigListener): () => void;
}

/** What a step comes to, and what it changed. */
export interface ConfigOutcome<Value> {
  readonly value: Value;
  readonly changes: readonly ConfigChange[];
}

/** A feed without listeners. */
export function createConfigFeed(): ConfigFeed {
  const listeners = new Set<ConfigListener>();
  let last: Promise<unknown> = Promise.resolve();
  const between = <Value>(step: () => Promise<Value>): Promise<Value> => {
    const run = last.then(step);
    last = run.catch(() => {});
    return run;
  };
  return {
    between,
    commit: (step) =>
      between(async () => {
        const { value, changes } = await step();
        if (changes.length > 0) for (const listener of [...listeners]) listener(changes);
        return value;
      }),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
