import type { Codec, NegotiatedMedia } from "@cordboard/core";
import type { Attribute, Direction, SessionDescription } from "@cordboard/sip";
import { mirrored, printSdp } from "@cordboard/sip";
import type { Endpoints } from "./seat.ts";

/** What stands behind one side of a call, as a session description for rtpengine's eyes. */
export interface Side {
  readonly at: Endpoints;
  readonly media: Pick<NegotiatedMedia, "codecs" | "digitsPayload" | "digitsReceivedAs" | "protection">;
  /** Seen from that side. */
  readonly direction: Direction;
}

const valueless = (name: string): Attribute => ({ name, value: undefined });

/** Prints a side. */
export function describeSide({ at, media, direction }: Side): string {
  const { codecs, protection } = media;
  const isWebRtc = protection?.kind === "webrtc";
  const maps = [...codecs.flatMap(mapsOf), ...digitMaps(media)];
  const session: SessionDescription = {
    origin: { username: "-", sessionId: "1", version: "1", address: at.address },
    name: "-",
    address: at.address,
    times: ["0 0"],
    attributes: [],
    others: [],
    media: [
      {
        kind: "audio",
        port: at.port,
        portCount: undefined,
        protocol: isWebRtc ? "UDP/TLS/RTP/SAVPF" : "RTP/AVP",
        formats: [...new Set(maps.map(({ payload }) => String(payload)))],
        address: undefined,
        attributes: [
          ...maps.flatMap(({ attributes }) => attributes),
          valueless(direction),
          ...(isWebRtc ? webRtcAttributes(protection) : [{ name: "rtcp", value: String(at.rtcpPort) }]),
        ],
        others: [],
      },
    ],
  };
  return printSdp(session);
}

interface PayloadMap {
  readonly payload: number;
  readonly attributes: readonly Attribute[];
}

/** A codec under each of its numbers: packets pass under either. */
function mapsOf({ payload, receiveAs = payload, name, clockRateHz, channels, fmtp }: Codec): readonly PayloadMap[] {
  const map = `${name}/${clockRateHz}${channels > 1 ? `/${channels}` : ""}`;
  return [...new Set([payload, receiveAs])].map((number) => ({
    payload: number,
    attributes: [
      { name: "rtpmap", value: `${number} ${map}` },
      ...(fmtp === undefined ? [] : [{ name: "fmtp", value: `${number} ${fmtp}` }]),
    ],
  }));
}

function digitMaps({ digitsPayload, digitsReceivedAs }: Side["media"]): readonly PayloadMap[] {
  if (digitsPayload === undefined) return [];
  const events = { name: "telephone-event", clockRateHz: 8000, channels: 1, fmtp: "0-15" };
  const numbers = {
    payload: digitsPayload,
    ...(digitsReceivedAs === undefined ? {} : { receiveAs: digitsReceivedAs }),
  };
  return mapsOf({ ...events, ...numbers });
}

function webRtcAttributes(protection: Extract<Side["media"]["protection"], { kind: "webrtc" }>): readonly Attribute[] {
  const { remoteIce, candidates, fingerprints, dtlsRole, isRemoteLite } = protection;
  return [
    { name: "mid", value: "0" },
    valueless("rtcp-mux"),
    ...(isRemoteLite ? [valueless("ice-lite")] : []),
    { name: "ice-ufrag", value: remoteIce.usernameFragment },
    { name: "ice-pwd", value: remoteIce.password },
    ...fingerprints.map(({ hash, value }) => ({ name: "fingerprint", value: `${hash} ${value}` })),
    // The other part than ours.
    { name: "setup", value: dtlsRole === "client" ? "passive" : "active" },
    ...candidates.map(({ foundation, priority, address, port, type }) => ({
      name: "candidate",
      value: `${foundation} 1 UDP ${priority} ${address} ${port} typ ${type}${type === "host" ? "" : " raddr 0.0.0.0 rport 9"}`,
    })),
  ];
}

/** What a leg's peer does, seen from the peer. */
export const peerDirection = ({ direction }: NegotiatedMedia): Direction => mirrored(direction);

/** Whether the peer should be sending. */
export const shouldBeHeard = ({ direction }: NegotiatedMedia): boolean =>
  direction === "sendrecv" || direction === "recvonly";
