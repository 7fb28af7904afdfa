import type { Result, TenantId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Directory, Service, Trunk, User } from "../directory/index.ts";
import { cleanNumber } from "./number.ts";

/** Where a dialled number leads. */
export type Destination =
  | { readonly kind: "user"; readonly user: User }
  | { readonly kind: "service"; readonly service: Service }
  | { readonly kind: "trunk"; readonly trunk: Trunk; readonly number: string }
  /** The ringing call of an extension, for whoever dialled the service's number with that behind it. */
  | { readonly kind: "pick-up"; readonly extension: string }
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
  const picked = pickedUp(directory, tenant, number);
  if (picked !== undefined) return ok({ kind: "pick-up", extension: picked });
  const trunk = trunkFor(directory.trunks(tenant), number);
  return trunk === undefined ? refused({ code: "unknown-number" }) : ok({ kind: "trunk", trunk, number });
}

/** The extension behind the number of a pick-up service. */
function pickedUp(directory: Directory, tenant: TenantId, number: string): string | undefined {
  const service = directory.services(tenant).find((each) => each.kind === "pick-up" && number.startsWith(each.number));
  const extension = service === undefined ? "" : number.slice(service.number.length);
  return directory.userAt(tenant, extension)?.extension;
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
