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
  readonly portsUsed: number;
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
  const sumOf = (name: string): number => ports.reduce<number>((sum, each) => sum + numberOf(below(each, name)), 0);
  return { calls, upFor: ms(1000 * upSeconds), portsUsed: sumOf("used"), portsFree: sumOf("free") };
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

/** The figures of the RTP and the RTCP port of each tag, from the answers to `query` and `delete`. */
export type CallFigures = ReadonlyMap<
  string,
  { readonly rtp: StreamFigures; readonly rtcp: StreamFigures | undefined }
>;

/** Reads what a call has carried; what is not told is left out. */
export function readCall(reply: Dictionary): CallFigures {
  const tags = reply.get("tags");
  const found = new Map<string, { readonly rtp: StreamFigures; readonly rtcp: StreamFigures | undefined }>();
  for (const [tag, side] of isDictionary(tags) ? tags : []) {
    const streams = below(side, "medias", 0, "streams");
    const [rtp, rtcp] = [streamOf(below(streams, 0)), streamOf(below(streams, 1))];
    if (rtp !== undefined) found.set(tag, { rtp, rtcp });
  }
  return found;
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
