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
  const known = new Map<string, SipSecrets>();
  const keyOf = (tenant: TenantId, user: UserId): string => `${tenant} ${user}`;
  const apply = (change: ConfigChange): void => {
    if (change.kind !== "sip-secrets") return;
    const { tenant, id, value } = change;
    const text = value === null ? undefined : sealer.open(value, boundTo(tenant, id));
    const secrets = text === undefined ? undefined : secretsOfText(text);
    if (value !== null && secrets === undefined)
      log.error("a SIP secret was sealed under another key, so this user cannot register", { tenant, user: id });
    if (secrets === undefined) known.delete(keyOf(tenant, id));
    else known.set(keyOf(tenant, id), secrets);
  };
  await config.follow((changes) => changes.forEach(apply));
  return { secretsOf: (tenant, user) => known.get(keyOf(tenant, user)) };
}
