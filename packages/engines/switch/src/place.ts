import type { LegAction, LegTarget } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import type { AgreedAudio, AudioCodec } from "@cordboard/sip";
import { parseUri } from "@cordboard/sip";
import type { PeerPlace } from "./addresses.ts";
import { peerOf } from "./addresses.ts";
import { agreedCodecs, ourCodecs, withDigits } from "./codecs.ts";
import { Leg } from "./leg.ts";
import { placedLife } from "./leg-life.ts";
import type { Destination } from "./placed-side.ts";
import { PlacedSide } from "./placed-side.ts";
import { ownEnd, unansweredInTime } from "./verdicts.ts";
import type { World } from "./world.ts";

type PlaceAction = Extract<LegAction, { type: "place" }>;

/** Hops that a call of our own may take. @rfc 3261#8.1.1.6 */
const MAX_FORWARDS = 70;

/** Calls a device or a number outside. Whatever becomes of it is a fact of the leg; `isOpen`: the switch is not closing. */
export function placeLeg(world: World, action: PlaceAction, isOpen: boolean): void {
  const side = action.target.kind === "device" ? action.side : "carrier";
  const leg = new Leg(world, { id: action.leg, tenant: action.tenant, side, life: placedLife, isAnnounced: true });
  world.legs.set(leg.id, leg);
  if (!isOpen) return leg.fail(ownEnd("shutting-down"));
  const tenant = world.directory.tenant(action.tenant);
  const way = wayTo(world, action);
  if (tenant === undefined || way === undefined)
    return leg.fail(ownEnd(side === "carrier" ? "unreachable" : "not-registered"));
  leg.expect(action.id, action.deadline, () => leg.end(unansweredInTime(side)));
  const { offerOf, shows, deadline } = action;
  const source = offerOf === null ? undefined : world.legs.get(offerOf);
  const caller = offerOf === null ? undefined : world.callers.get(offerOf);
  const codecs = withDigits(offeredOn(source?.agreed, caller?.offered));
  const to: Destination = {
    request: way.request,
    shows,
    tenant,
    isTrusted: side !== "carrier",
    codecs,
    maxForwards: caller?.hopsLeft ?? MAX_FORWARDS,
    order: action.id,
    deadline: ms(deadline),
  };
  void leg.open(new PlacedSide(world, leg, to), () => world.addresses.towards(way.peer), offerOf ?? undefined);
}

interface Way {
  readonly request: Destination["request"];
  /** Who the INVITE goes to next, which decides what our own address is. */
  readonly peer: PeerPlace;
}

function wayTo(world: World, { target, tenant }: PlaceAction): Way | undefined {
  return target.kind === "device" ? wayToDevice(world, target) : wayToTrunk(world, target, tenant);
}

/** A device is reached as it registered; when its connection is gone the stack turns to its contact. */
function wayToDevice(world: World, { device }: Extract<LegTarget, { kind: "device" }>): Way | undefined {
  const registered = world.registrations.at(device);
  if (registered === undefined) return undefined;
  const { contact, flow } = registered.binding;
  const { transport } = flow;
  return { request: { uri: contact, to: registered.aor, flow, transport }, peer: peerOf(flow) };
}

function wayToTrunk(
  world: World,
  { trunk: id, number }: Extract<LegTarget, { kind: "trunk" }>,
  tenant: PlaceAction["tenant"],
): Way | undefined {
  const trunk = world.directory.trunk(tenant, id);
  if (trunk === undefined || !/^[+0-9*#A-Za-z._-]{1,64}$/.test(number)) return undefined;
  const { address, transport } = trunk;
  const text = `sip:${number.replaceAll("#", "%23")}@${address}${transport === "tcp" ? ";transport=tcp" : ""}`;
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  return { request: { uri: text, transport }, peer: { transport, host: uri.host, port: uri.port ?? 5060 } };
}

/** What another leg can say: what it has agreed on, or what it offers while it is unanswered. */
function offeredOn(agreed: AgreedAudio | undefined, offered: readonly AudioCodec[] = []): readonly AudioCodec[] {
  if (agreed !== undefined) return agreedCodecs(agreed);
  return offered.length > 0 ? offered : ourCodecs;
}
