import type { SipSecretSource, SipSecrets } from "@cordboard/core";
import type { Log, TenantId, UserId } from "@cordboard/kernel";
import type { ConfigChange } from "../config/changes.ts";
import type { ConfigStore } from "../config/store.ts";
import type { Sealer } from "../sealing/sealer.ts";
import { boundTo, secretsOfText } from "./text.ts";

/** What {@link loadSipSecrets} needs. */
export interface SipSecretsOptions {
  readonly config: ConfigStore;
  readonly sealer: Sealer;
  readonly log: Log;
}

/**
 * All digest secrets, opened, in memory and current from each commit on. One that does not open (the key is another
 * than the one that sealed it) is logged and counts as absent: that user sets a new password.
 */
export async function loadSipSecrets({ config, sealer, log }: SipSecretsOptions): Promise<SipSecretSource> {
  // Within its tenant: to join two ids to one key, and to hash that, takes longer than to look twice, at every request with credentials.
  const known = new Map<TenantId, Map<UserId, SipSecrets>>();
  const of = (tenant: TenantId): Map<UserId, SipSecrets> => {
    const users = known.get(tenant) ?? new Map<UserId, SipSecrets>();
    known.set(tenant, users);
    return users;
  };
  const apply = (change: ConfigChange): void => {
    if (change.kind !== "sip-secrets") return;
    const { tenant, id, value } = change;
    const text = value === null ? undefined : sealer.open(value, boundTo(tenant, id));
    const secrets = text === undefined ? undefined : secretsOfText(text);
    if (value !== null && secrets === undefined)
      log.error("a SIP secret was sealed under another key, so this user cannot register", { tenant, user: id });
    if (secrets === undefined) of(tenant).delete(id);
    else of(tenant).set(id, secrets);
  };
  await config.follow((changes) => changes.forEach(apply));
  return { secretsOf: (tenant, user) => known.get(tenant)?.get(user) };
}
