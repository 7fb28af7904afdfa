import type { User } from "@cordboard/core";
import type { Result } from "@cordboard/kernel";
import { makeId, refused } from "@cordboard/kernel";
import type { IncomingCall, SessionDescription, SipRequest } from "@cordboard/sip";
import { parseUri } from "@cordboard/sip";
import { peerOf } from "./addresses.ts";
import type { Authentication, Denial } from "./authentication.ts";
import { describedCodecs, hasVoice } from "./codecs.ts";
import { IncomingSide } from "./incoming-side.ts";
import { Leg } from "./leg.ts";
import { incomingLife } from "./leg-life.ts";
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
  const leg = new Leg(world, {
    id: makeId("leg", world.clock.now(), world.random),
    tenant: tenant.id,
    side: "caller",
    life: incomingLife,
    isAnnounced: false,
  });
  const from = {
    user: { id: user.value.id, shows: shownAs(user.value) },
    dialled: dialledIn(request),
    offer: offer.value,
  };
  const side = new IncomingSide(leg, call, from);
  world.legs.set(leg.id, leg);
  world.callers.set(leg.id, side);
  void leg.open(side, () => world.addresses.towards(peerOf(flow)));
}

/** A caller is shown as the directory has it: what a phone says of itself proves nothing. */
const shownAs = ({ name, extension }: User): { readonly name: string; readonly number: string } => ({
  name,
  number: extension,
});

/** The offer in an INVITE; undefined when it has none and wants ours. Calls are of sound, so without any it is refused. */
function readVoice(request: SipRequest): Result<SessionDescription | undefined, Denial> {
  const offer = readOffer(request);
  if (!offer.ok || offer.value === undefined || hasVoice(describedCodecs(offer.value))) return offer;
  return refused({ status: 488, headers: [] });
}

/** Whom the caller asks for. */
const dialledIn = ({ uri }: SipRequest): string => parseUri(uri)?.user ?? "";
