import type { Result, TenantId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Directory, Service, Trunk, User } from "../directory/index.ts";
import { cleanNumber } from "./number.ts";

/** Where a dialled number leads. */
export type Destination =
  | { readonly kind: "user"; readonly user: User }
  | { readonly kind: "service"; readonly service: Service }
  | { readonly kind: "trunk"; readonly trunk: Trunk; readonly number: string }
  /** Where a message can be left for a user. No number leads there; calls to the user may. */
  | { readonly kind: "mailbox"; readonly user: User };

/** Why a number leads nowhere. */
export type RouteRefusal = { readonly code: "invalid-number" } | { readonly code: "unknown-number" };

/**
 * Finds where a number leads inside a tenant: an extension, a number that the server answers itself, then the trunk with the
 * longest matching prefix.
 */
export function route(directory: Directory, tenant: TenantId, dialled: string): Result<Destination, RouteRefusal> {
  const cleaned = cleanNumber(dialled);
  if (!cleaned.ok) return cleaned;
  const number = cleaned.value;
  const user = directory.userAt(tenant, number);
  if (user !== undefined) return ok({ kind: "user", user });
  const service = directory.serviceAt(tenant, number);
  if (service !== undefined) return ok({ kind: "service", service });
  const trunk = trunkFor(directory.trunks(tenant), number);
  return trunk === undefined ? refused({ code: "unknown-number" }) : ok({ kind: "trunk", trunk, number });
}

function trunkFor(trunks: readonly Trunk[], number: string): Trunk | undefined {
  let best: { readonly trunk: Trunk; readonly length: number } | undefined;
  for (const trunk of trunks) {
    for (const prefix of trunk.prefixes) {
      const fits = number.startsWith(prefix) && number.length > prefix.length;
      if (fits && prefix.length > (best?.length ?? -1)) best = { trunk, length: prefix.length };
    }
  }
  return best?.trunk;
}
