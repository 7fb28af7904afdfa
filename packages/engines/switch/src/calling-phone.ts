import type { SoundProtection, Tenant, User } from "@cordboard/core";
import { everyProtection, protectionOf } from "@cordboard/core";
import type { Binding, Flow, SipRequest } from "@cordboard/sip";
import { isSameContact } from "@cordboard/sip";
import type { Registered } from "./registered.ts";
import { aorOf } from "./registered.ts";
import type { World } from "./world.ts";

/** A user's call, as it comes in. */
export interface UsersCall {
  readonly tenant: Tenant;
  readonly user: User;
  readonly request: SipRequest;
  readonly flow: Flow;
}

/** What is said of the sound of the phone that calls. One that cannot be told from the user's others may be any of them. */
export function saidOfCaller(
  { directory, registrations }: Pick<World, "directory" | "registrations">,
  { tenant, user, ...call }: UsersCall,
): readonly SoundProtection[] {
  const said = directory.soundProtections(tenant.id, user.id);
  const phone = callingPhone(registrations.of(aorOf(tenant, user)), call);
  return phone === undefined ? everyProtection(said) : [protectionOf(said, phone.flows[0].instance ?? null)];
}

/** Which of a user's phones calls: the one with this contact, else the only one that is reached by this way. */
export function callingPhone(
  phones: readonly Registered[],
  { request, flow }: Pick<UsersCall, "request" | "flow">,
): Registered | undefined {
  const { contacts } = request.headers;
  const contact = contacts === "*" ? undefined : contacts?.[0]?.uri;
  const isThere = (each: Binding): boolean => contact !== undefined && isSameContact(each.contact, contact);
  const byContact = phones.find(({ flows }) => flows.some(isThere));
  if (byContact !== undefined) return byContact;
  const [first, ...others] = phones.filter(({ flows }) => flows.some((each) => isBy(each, flow)));
  return others.length === 0 ? first : undefined;
}

/** Whether a binding leads over a flow to the phone itself: behind a proxy there may be many. */
function isBy({ flow, path }: Binding, by: Flow): boolean {
  if (path.length > 0 || flow.transport !== by.transport) return false;
  if (by.connection !== undefined) return flow.connection === by.connection;
  return flow.remote.address === by.remote.address && flow.remote.port === by.remote.port;
}
