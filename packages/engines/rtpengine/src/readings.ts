import type { LegId, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { digitOfEvent } from "@cordboard/rtp";
import type { Bencoded, Dictionary } from "./bencode.ts";
import { isDictionary, isList } from "./bencode.ts";

/** What lies in a value below these names and places; undefined where there is nothing. */
function below(value: Bencoded | undefined, ...path: readonly (string | number)[]): Bencoded | undefined {
  let at = value;
  for (const step of path) {
    if (typeof step === "string") at = isDictionary(at) ? at.get(step) : undefined;
    else at = isList(at) ? at[step] : undefined;
  }
  return at;
}

const numberOf = (value: Bencoded | undefined): number => (typeof value === "number" && value > 0 ? value : 0);

/** How an rtpengine does, from its `statistics`. */
export interface EngineFigures {
  /** Calls that it holds, whoever made them. */
  readonly calls: number;
  /** How long it has run. */
  readonly upFor: Millis;
  readonly portsFree: number;
}

/** Reads the answer to `statistics`; undefined when it says nothing of what is needed. */
export function readStatistics(reply: Dictionary): EngineFigures | undefined {
  const statistics = reply.get("statistics");
  const calls = below(statistics, "currentstatistics", "sessionsown");
  const uptime = below(statistics, "totalstatistics", "uptime");
  const upSeconds = typeof uptime === "string" && /^\d{1,10}$/.test(uptime) ? Number(uptime) : uptime;
  if (typeof calls !== "number" || typeof upSeconds !== "number") return undefined;
  const interfaces = below(statistics, "interfaces");
  const ports = (isList(interfaces) ? interfaces : []).map((each) => below(each, "ports"));
  const portsFree = ports.reduce<number>((sum, each) => sum + numberOf(below(each, "free")), 0);
  return { calls, upFor: ms(1000 * upSeconds), portsFree };
}

/** Reads the ids of calls from the answer to `list`. */
export function readCallIds(reply: Dictionary): readonly string[] {
  const calls = reply.get("calls");
  return (isList(calls) ? calls : []).filter((each) => typeof each === "string");
}

/** What came to one port of a call. */
export interface StreamFigures {
  readonly packets: number;
  /** Packets that were dropped, nearly always because they came from elsewhere. */
  readonly errors: number;
  /** Where packets are sent to: what was negotiated, or what was learned from the packets that came. */
  readonly endpoint: { readonly address: string; readonly port: number };
  /** The endpoint has been learned and will not change by itself. */
  readonly isConfirmed: boolean;
}

/** What a peer reports of what it hears: how that came all the way, through rtpengine. @rfc 3550#6.4 */
export interface PeerReport {
  /** Its reports so far, whatever it heard. */
  readonly reports: number;
  /** As the last one says. */
  readonly packetsLost: number;
  /** Mean of all reports. */
  readonly jitterMs: number;
  /** From rtpengine to the peer and back, mean of all reports; 0 when that is not known. */
  readonly roundTripMs: number;
}

/** What is known of one side of a call. */
export interface SideFigures {
  readonly rtp: StreamFigures;
  readonly rtcp: StreamFigures | undefined;
  /** What this side says of what it hears. */
  readonly report: PeerReport | undefined;
}

/** The figures of each tag, from the answers to `query` and `delete`. */
export type CallFigures = ReadonlyMap<string, SideFigures>;

/** Reads what a call has carried; what is not told is left out. */
export function readCall(reply: Dictionary): CallFigures {
  const [tags, sources] = [reply.get("tags"), reply.get("SSRC")];
  const found = new Map<string, SideFigures>();
  for (const [tag, side] of isDictionary(tags) ? tags : []) {
    const streams = below(side, "medias", 0, "streams");
    const [rtp, rtcp] = [streamOf(below(streams, 0)), streamOf(below(streams, 1))];
    if (rtp === undefined) continue;
    found.set(tag, { rtp, rtcp, report: reportOf(below(sources, String(below(streams, 0, "SSRC")))) });
  }
  return found;
}

/** From here on a loss of 24 bits is a negative one: more has come than was sent, because packets were doubled. */
const NEGATIVE = 0x80_0000;

function reportOf(source: Bencoded | undefined): PeerReport | undefined {
  const mean = below(source, "average MOS");
  if (mean === undefined) return undefined;
  const lost = numberOf(below(source, "cumulative loss"));
  return {
    reports: numberOf(below(mean, "samples")),
    packetsLost: lost < NEGATIVE ? lost : 0,
    jitterMs: numberOf(below(mean, "jitter")),
    // It is told in microseconds.
    roundTripMs: numberOf(below(mean, "round-trip time leg")) / 1000,
  };
}

function streamOf(stream: Bencoded | undefined): StreamFigures | undefined {
  const endpoint = endpointOf(below(stream, "endpoint"));
  if (endpoint === undefined) return undefined;
  const flags = below(stream, "flags");
  return {
    packets: numberOf(below(stream, "stats", "packets")),
    errors: numberOf(below(stream, "stats", "errors")),
    endpoint,
    isConfirmed: isList(flags) && flags.includes("confirmed"),
  };
}

function endpointOf(value: Bencoded | undefined): { readonly address: string; readonly port: number } | undefined {
  const [address, port] = [below(value, "address"), below(value, "port")];
  return typeof address === "string" && typeof port === "number" ? { address, port } : undefined;
}

/** A digit that somebody's phone has sent through rtpengine. */
export interface DigitNotice {
  readonly callId: string;
  /** Whose tag it came with: of our calls the leg's own. */
  readonly leg: LegId;
  readonly digit: string;
  readonly lasted: Millis;
}

/** Reads an `onDTMF` notice; undefined when it is another one. */
export function readDigitNotice(body: Dictionary): DigitNotice | undefined {
  const data = body.get("data");
  const [callId, tag, event] = [below(data, "callid"), below(data, "source_tag"), below(data, "event")];
  if (body.get("notify") !== "onDTMF" || typeof callId !== "string" || typeof tag !== "string") return undefined;
  const digit = typeof event === "number" ? digitOfEvent(event) : undefined;
  return digit === undefined
    ? undefined
    : { callId, leg: tag as LegId, digit, lasted: ms(numberOf(below(data, "duration"))) };
}
