import type { User } from "@cordboard/core";
import type { LegId, Result, TenantId } from "@cordboard/kernel";
import { makeId, ok, refused } from "@cordboard/kernel";
import type { IncomingCall, SessionDescription, SipRequest } from "@cordboard/sip";
import { parseUri, replacesRefusal } from "@cordboard/sip";
import { peerOf } from "./addresses.ts";
import type { Authentication, Denial } from "./authentication.ts";
import { saidOfCaller } from "./calling-phone.ts";
import { describedCodecs, hasVoice } from "./codecs.ts";
import { IncomingSide } from "./incoming-side.ts";
import { Leg } from "./leg.ts";
import { legInDialog } from "./leg-in-dialog.ts";
import { incomingLife } from "./leg-life.ts";
import { notAcceptable } from "./not-acceptable.ts";
import { askedOf, guardAdvice, guardOf } from "./protection.ts";
import { readOffer } from "./session.ts";
import type { World } from "./world.ts";

/** What stands behind the door. */
export interface CallDoorParts {
  readonly world: World;
  readonly authentication: Authentication;
}

/** Takes an INVITE from outside: who it is, what it can hear, and a leg of which core hears once its sound is open. */
export function takeCall({ world, authentication }: CallDoorParts, call: IncomingCall): void {
  const { request, flow } = call;
  const deny = ({ status, ...content }: Denial): void => void call.reject(status, content);
  const tenant = authentication.tenantOf(request.headers.from?.uri);
  const user = authentication.checkInvite(request, flow, tenant);
  if (!user.ok) return deny(user.error);
  call.trying();
  const offer = readVoice(request);
  if (!offer.ok) return deny(offer.error);
  const said = saidOfCaller(world, { tenant, user: user.value, request, flow });
  const guard = guardOf(offer.value, flow.transport, askedOf(said, world.srtp, flow.transport));
  if (!guard.ok) {
    const why = guardAdvice[guard.error];
    world.log.info("a phone's call is not taken", { tenant: tenant.id, user: user.value.id, why });
    return deny(notAcceptable(why));
  }
  const replaces = replacedBy(world, call, tenant.id);
  if (!replaces.ok) return deny(replaces.error);
  const dialled = dialledIn(request);
  const shows = shownAs(user.value);
  const leg = new Leg(world, {
    id: makeId("leg", world.clock.now(), world.random),
    tenant: tenant.id,
    domain: tenant.domain,
    side: "caller",
    party: shows,
    // It has dialled, and shows what.
    shows: { name: "", number: dialled },
    life: incomingLife,
    isAnnounced: false,
  });
  const from = {
    user: { id: user.value.id, shows },
    dialled,
    offer: offer.value,
    replaces: replaces.value,
  };
  const side = new IncomingSide(leg, call, from);
  world.legs.set(leg.id, leg);
  world.callers.set(leg.id, side);
  void leg.open(side, { find: () => world.addresses.towards(peerOf(flow)), guard: guard.value });
}

/** A caller is shown as the directory has it: what a phone says of itself proves nothing. */
const shownAs = ({ name, extension }: User): { readonly name: string; readonly number: string } => ({
  name,
  number: extension,
});

/** The leg whose place an INVITE asks for, null when it does for none. @rfc 3891#3 */
function replacedBy(world: World, { replaces }: IncomingCall, tenant: TenantId): Result<LegId | null, Denial> {
  if (replaces === undefined) return ok(null);
  const named = legInDialog(world, replaces, tenant);
  const status = replacesRefusal(named?.dialog, replaces);
  if (named === undefined || status !== undefined) return refused({ status: status ?? 481, headers: [] });
  return ok(named.leg.id);
}

/** The offer in an INVITE; undefined when it has none and wants ours. Calls are of sound, so without any it is refused. */
function readVoice(request: SipRequest): Result<SessionDescription | undefined, Denial> {
  const offer = readOffer(request);
  if (!offer.ok || offer.value === undefined || hasVoice(describedCodecs(offer.value))) return offer;
  return refused({ status: 488, headers: [] });
}

/** Whom the caller asks for. */
const dialledIn = ({ uri }: SipRequest): string => parseUri(uri)?.user ?? "";
