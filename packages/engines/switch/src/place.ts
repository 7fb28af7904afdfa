import type { LegAction, LegTarget, Party, SoundProtection } from "@cordboard/core";
import { protectionOf } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import type { AgreedAudio, AudioCodec, Binding, TransportName } from "@cordboard/sip";
import { isReachable, parseNameAddr, parseUri } from "@cordboard/sip";
import type { PeerPlace } from "./addresses.ts";
import { peerOf } from "./addresses.ts";
import { agreedCodecs, ourCodecs, withDigits, withPlain } from "./codecs.ts";
import { Leg } from "./leg.ts";
import { placedLife } from "./leg-life.ts";
import type { Destination } from "./placed-side.ts";
import { PlacedSide } from "./placed-side.ts";
import { askedOf, guardAdvice, guardTowards } from "./protection.ts";
import { ownEnd, unansweredInTime } from "./verdicts.ts";
import type { World } from "./world.ts";

type PlaceAction = Extract<LegAction, { type: "place" }>;

/** Hops that a call of our own may take. @rfc 3261#8.1.1.6 */
const MAX_FORWARDS = 70;

/** Calls a device or a number outside. Whatever becomes of it is a fact of the leg; `isOpen`: the switch is not closing. */
export function placeLeg(world: World, action: PlaceAction, isOpen: boolean): void {
  const side = action.target.kind === "device" ? action.side : "carrier";
  const tenant = world.directory.tenant(action.tenant);
  const leg = new Leg(world, {
    id: action.leg,
    tenant: action.tenant,
    domain: tenant?.domain ?? "",
    side,
    party: partyAt(world, action),
    shows: action.shows,
    life: placedLife,
    isAnnounced: true,
  });
  world.legs.set(leg.id, leg);
  if (!isOpen) return leg.fail(ownEnd("shutting-down"));
  const ways = waysTo(world, action);
  if (tenant === undefined || ways === undefined)
    return leg.fail(ownEnd(side === "carrier" ? "unreachable" : "not-registered"));
  const asked = askedOf([saidOfTarget(world, action)], world.srtp, ways.peer.transport);
  const guard = guardTowards(ways.peer.transport, asked);
  if (!guard.ok) {
    world.log.info("a phone is not called", { tenant: action.tenant, leg: leg.id, why: guardAdvice[guard.error] });
    return leg.fail(ownEnd("not-protected"));
  }
  leg.expect(action.id, action.deadline, () => leg.end(unansweredInTime(side)));
  const { offerOf, shows, deadline } = action;
  const source = offerOf === null ? undefined : world.legs.get(offerOf);
  const caller = offerOf === null ? undefined : world.callers.get(offerOf);
  const offered = offeredOn(source?.agreed, caller?.offered);
  const codecs = withDigits(source?.isAnswered === true ? withPlain(offered) : offered);
  const to: Destination = {
    requests: alikeIn(ways.requests, (transport) => {
      const other = guardTowards(transport, asked);
      return other.ok && other.value === guard.value;
    }),
    shows,
    tenant,
    isTrusted: side !== "carrier",
    // Somebody's own mobile is no device of the house, and does not know these words.
    isAutoAnswered: action.isAutoAnswered && side !== "carrier",
    codecs,
    maxForwards: caller?.hopsLeft ?? MAX_FORWARDS,
    order: action.id,
    deadline: ms(deadline),
  };
  void leg.open(new PlacedSide(world, leg, to), {
    find: () => world.addresses.towards(ways.peer),
    guard: guard.value,
    ...(offerOf === null ? {} : { near: offerOf }),
  });
}

/** What is said of the sound of whoever is called. */
function saidOfTarget({ directory, registrations }: World, { target, tenant }: PlaceAction): SoundProtection {
  const phone = target.kind === "device" ? registrations.at(target.device) : undefined;
  if (phone === undefined) return "as-server";
  return protectionOf(directory.soundProtections(tenant, phone.user), phone.flows[0].instance ?? null);
}

/** The ways that a description may take which was made for the first of them: keys are not told in the clear when TLS fails. */
function alikeIn(
  [first, ...others]: Destination["requests"],
  isAlike: (transport: TransportName) => boolean,
): Destination["requests"] {
  return [first, ...others.filter(({ transport }) => transport !== undefined && isAlike(transport))];
}

/** Who is called. */
function partyAt({ directory, registrations }: World, { target, tenant }: PlaceAction): Party {
  if (target.kind === "trunk") return { name: "", number: target.number };
  const registered = registrations.at(target.device);
  const user = registered === undefined ? undefined : directory.user(tenant, registered.user);
  return { name: user?.name ?? "", number: user?.extension ?? "" };
}

/** How a leg gets to where it is called. */
export interface Ways {
  readonly requests: Destination["requests"];
  /** Who the first INVITE goes to next, which decides what our own address is. */
  readonly peer: PeerPlace;
}

function waysTo(world: World, { target, tenant }: PlaceAction): Ways | undefined {
  return target.kind === "device" ? waysToDevice(world, target) : wayToTrunk(world, target, tenant);
}

/**
 * A device is reached as it registered. Once its connection is gone, its flows by which nobody can be reached count as not registered,
 * until it comes back: a call does not wait for them. @rfc 5626#5.3
 */
export function waysToDevice(
  world: Pick<World, "addresses" | "registrations">,
  { device }: Pick<Extract<LegTarget, { kind: "device" }>, "device">,
): Ways | undefined {
  const isOpen = (connection: string): boolean => world.addresses.transports.some((each) => each.isOpen(connection));
  const { flows = [], aor = "" } = world.registrations.at(device) ?? {};
  const [first, ...others] = flows.filter((each) => isReachable(each, isOpen));
  if (first === undefined) return undefined;
  return { requests: [requestTo(first, aor), ...others.map((each) => requestTo(each, aor))], peer: nextOf(first) };
}

/** A phone behind proxies is reached by them alone, whoever brought its REGISTER. @rfc 3327#5.3 */
function requestTo({ contact, flow, path }: Binding, to: string): Destination["requests"][0] {
  const { transport } = flow;
  return path.length === 0 ? { uri: contact, to, flow, transport } : { uri: contact, to, route: path, transport };
}

/** The next hop towards a contact. */
function nextOf({ flow, path: [first] }: Binding): PeerPlace {
  const uri = first === undefined ? undefined : parseUri(parseNameAddr(first)?.uri ?? "");
  return uri === undefined ? peerOf(flow) : { transport: flow.transport, host: uri.host, port: uri.port ?? 5060 };
}

function wayToTrunk(
  world: World,
  { trunk: id, number }: Extract<LegTarget, { kind: "trunk" }>,
  tenant: PlaceAction["tenant"],
): Ways | undefined {
  const trunk = world.directory.trunk(tenant, id);
  if (trunk === undefined || !/^[+0-9*#A-Za-z._-]{1,64}$/.test(number)) return undefined;
  const { address, transport } = trunk;
  const text = `sip:${number.replaceAll("#", "%23")}@${address}${transport === "tcp" ? ";transport=tcp" : ""}`;
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  return { requests: [{ uri: text, transport }], peer: { transport, host: uri.host, port: uri.port ?? 5060 } };
}

/** What another leg can say: what it has agreed on, or what it offers while it is unanswered. */
function offeredOn(agreed: AgreedAudio | undefined, offered: readonly AudioCodec[] = []): readonly AudioCodec[] {
  if (agreed !== undefined) return agreedCodecs(agreed);
  return offered.length > 0 ? offered : ourCodecs;
}
