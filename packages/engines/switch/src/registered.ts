import type { Device, StoredContact, Tenant, User } from "@cordboard/core";
import type { DeviceId, Instant, TenantId, UserId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { Binding } from "@cordboard/sip";
import { isSameContact } from "@cordboard/sip";
import type { Flows } from "./flows.ts";
import { asStored } from "./stored-binding.ts";

/** Whose contacts: a user of a tenant under one address of record. */
export interface Aor {
  readonly tenant: TenantId;
  readonly user: UserId;
  /** `sip:101@example.org` */
  readonly aor: string;
}

/** The address of record under which a user's phones register. */
export const aorOf = ({ id, domain }: Tenant, user: User): Aor => ({
  tenant: id,
  user: user.id,
  aor: `sip:${user.extension}@${domain}`,
});

/** One endpoint where it can be reached. */
export interface Registered extends Aor {
  readonly device: DeviceId;
  readonly flows: Flows;
  /** Until when the store would bring it back. */
  readonly storedUntil: Instant;
}

/** When the first of its flows ends, which is when it has to be looked at again. */
export const firstEnd = ({ flows }: Pick<Registered, "flows">): Instant =>
  instant(Math.min(...flows.map(({ expiresAt }) => expiresAt)));

/** When the last of its flows ends, and the endpoint with it. */
export const lastEnd = ({ flows }: Pick<Registered, "flows">): Instant =>
  instant(Math.max(...flows.map(({ expiresAt }) => expiresAt)));

/**
 * Which of the endpoints of before each of these is: by its contact, else by its instance (a phone that came back elsewhere);
 * undefined for a new one.
 */
export function matched(
  before: readonly Registered[],
  endpoints: readonly Flows[],
): readonly (Registered | undefined)[] {
  const free = new Set(before);
  const take = (fits: (old: Binding) => boolean): Registered | undefined => {
    for (const old of free) if (old.flows.some(fits)) return free.delete(old) ? old : undefined;
    return undefined;
  };
  const byContact = endpoints.map(([{ contact, regId }]) =>
    regId === undefined ? take((old) => isSameContact(old.contact, contact)) : undefined,
  );
  return endpoints.map(
    ([{ instance }], i) =>
      byContact[i] ?? (instance === undefined ? undefined : take((old) => old.instance === instance)),
  );
}

/** The endpoint as the rest of the house sees it. */
export const toDevice = (registered: Registered): Device => {
  const { device, tenant, user, flows } = registered;
  const [{ contact, userAgent = "", flow, instance = null }] = flows;
  const { transport } = flow;
  return { id: device, tenant, user, contact, userAgent, transport, instance, expiresAt: lastEnd(registered) };
};

/** The endpoint as the store keeps it. */
export const toStored = ({ device, tenant, user, aor, flows, storedUntil }: Registered): StoredContact => ({
  tenant,
  user,
  device,
  aor,
  binding: asStored(flows),
  expiresAt: storedUntil,
});
