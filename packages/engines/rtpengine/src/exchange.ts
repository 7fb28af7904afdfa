import type { NegotiatedMedia } from "@cordboard/core";
import type { Direction } from "@cordboard/sip";
import { mirrored, narrowest } from "@cordboard/sip";
import type { Bencoded } from "./bencode.ts";
import { describeSide, peerDirection } from "./description.ts";
import type { Endpoints, Seat } from "./seat.ts";

/** An offer and its answer: how rtpengine is told who belongs together. */
export interface Exchange {
  readonly from: string;
  readonly to: string;
  readonly offer: Readonly<Record<string, Bencoded>>;
  readonly answer: Readonly<Record<string, Bencoded>>;
}

/** Where nobody is: the discard port, and another for reports, because one for both would be another kind of call. */
const NOWHERE: Endpoints = { address: "127.0.0.1", port: 9, rtcpPort: 10 };

/** Only what comes from where the other side is believed to be is passed on. */
const STRICT = "strict-source";
/** Where that is, is what the description says, and is not learned from packets. ICE has ways of its own. */
const PINNED = "asymmetric";

const REPLACED = { replace: ["origin", "session-connection"] } as const;

/** How a side is spoken to: with ICE and DTLS if it is a browser, and in its address family. */
function towards(isIPv6: boolean, isWebRtc: boolean): Readonly<Record<string, Bencoded>> {
  const family = { "address-family": isIPv6 ? "IP6" : "IP4" };
  return isWebRtc
    ? {
        ...family,
        ICE: "force",
        "transport-protocol": "UDP/TLS/RTP/SAVPF",
        "rtcp-mux": ["offer", "require"],
        SDES: ["off"],
      }
    : { ...family, ICE: "remove", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"], SDES: ["off"] };
}

/** A leg keeps its ports, whoever it is joined with. */
const KEEPS_PORTS = "port-latching";

const flagsOf = (isPinned: boolean): readonly string[] =>
  isPinned ? [KEEPS_PORTS, STRICT, PINNED] : [KEEPS_PORTS, STRICT];

/** Codecs that are named while none are agreed: rtpengine wants to hear some. */
const anyCodecs: Pick<NegotiatedMedia, "codecs" | "digitsPayload"> = {
  codecs: [{ payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 }],
  digitsPayload: 101,
};

/** The offer that gives a leg its port. */
export function opening(seat: Seat): Readonly<Record<string, Bencoded>> {
  return {
    ...REPLACED,
    ...towards(seat.isIPv6, seat.isWebRtc),
    flags: flagsOf(true),
    sdp: describeSide({ at: NOWHERE, media: anyCodecs, direction: "sendrecv" }),
  };
}

/** One side of an exchange: what it says, and how it is spoken to. */
interface Party {
  readonly tag: string;
  readonly towards: Readonly<Record<string, Bencoded>>;
  readonly says: (direction: Direction) => Readonly<Record<string, Bencoded>>;
  readonly direction: Direction;
}

/** Joins a leg with what is behind its inner tag, its second leg in the built-in engine or nobody, by an offer of that side. */
export const inward = (seat: Seat, media: NegotiatedMedia, at: Endpoints | undefined): Exchange =>
  exchange(innerParty(seat, media, at), outerParty(seat, media));

/** As {@link inward}, by an offer of the peer's side. */
export const outward = (seat: Seat, media: NegotiatedMedia, at: Endpoints | undefined): Exchange =>
  exchange(outerParty(seat, media), innerParty(seat, media, at));

function innerParty({ inner }: Seat, media: NegotiatedMedia, at: Endpoints | undefined): Party {
  const { codecs, digitsPayload, digitsReceivedAs } = media;
  const plain = { codecs, digitsPayload, ...(digitsReceivedAs === undefined ? {} : { digitsReceivedAs }) };
  return {
    tag: inner,
    towards: towards(at?.address.includes(":") === true, false),
    says: (direction) => ({ flags: flagsOf(true), sdp: describeSide({ at: at ?? NOWHERE, media: plain, direction }) }),
    direction: at === undefined ? "inactive" : "sendrecv",
  };
}

/** Joins two legs; the first makes the offer. */
export const across = (a: Seat, b: Seat, media: readonly [NegotiatedMedia, NegotiatedMedia]): Exchange =>
  exchange(outerParty(a, media[0]), outerParty(b, media[1]));

/** rtpengine looks for a peer only from the moment at which that peer's side makes an offer. */
export const mustOffer = ({ trust }: Seat): boolean => trust.in === "sought" && !trust.hasOffered;

/**
 * A browser that began its call with an offer stays the side that makes offers, and one that was called the side that answers: by that
 * rtpengine knows who of the two chooses the path, and a quarrel about it may end in silence (RFC 8445 §6.1.1).
 */
export const roleOf = ({ media }: Seat): "offers" | "answers" | undefined => {
  const { protection } = media ?? {};
  return protection?.kind === "webrtc" ? (protection.isControlling ? "answers" : "offers") : undefined;
};

/** What an answer says holds for both sides, and one side's sending meets the other's receiving. */
function exchange(from: Party, to: Party): Exchange {
  const answered = narrowest(to.direction, mirrored(from.direction));
  return {
    from: from.tag,
    to: to.tag,
    offer: { ...REPLACED, ...to.towards, ...from.says(from.direction) },
    answer: { ...REPLACED, ...from.towards, ...to.says(answered) },
  };
}

/** The peer of a leg, where it was found or where it says that it is. */
function outerParty(seat: Seat, media: NegotiatedMedia): Party {
  const { trust, isIPv6, isWebRtc } = seat;
  return {
    tag: seat.outer,
    towards: towards(isIPv6, isWebRtc),
    says: (direction) => ({
      flags: flagsOf(trust.in !== "sought" && !isWebRtc),
      sdp: describeSide({ at: trust.in === "found" ? trust.at : media.remote, media: visible(media), direction }),
    }),
    direction: peerDirection(media),
  };
}

/** Packets that are protected by keys of the description pass through rtpengine as they are: it need not know. */
function visible(media: NegotiatedMedia): NegotiatedMedia {
  if (media.protection?.kind !== "sdes") return media;
  const { protection: _, ...plain } = media;
  return plain;
}
