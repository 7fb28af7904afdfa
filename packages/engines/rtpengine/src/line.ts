import type { Codec, LegPlace, LegQuality, LocalMedia, NegotiatedMedia, SoundRefusal } from "@cordboard/core";
import type { ActionId, Clock, LegId, Millis, RecordingId, Result, Timer } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { estimateMos } from "@cordboard/rtp";
import type { PeerReport } from "./readings.ts";
import type { RelayCall } from "./relay-call.ts";
import type { SeatFigures } from "./seat.ts";

/**
 * A leg's double in the built-in engine: rtpengine passes the peer's sound to it, and its sound to the peer. It is there as long as
 * something is done that rtpengine does not do.
 */
export interface Double {
  /** Where its sockets are, once they are. */
  local: LocalMedia | undefined;
  /** Settles when they are, or when it has turned out that they will not be. */
  opening: Promise<void>;
  /** It has been told where rtpengine is, and what was agreed. */
  isConnected: boolean;
  /** With whose double it is joined. */
  joined: LegId | undefined;
  /** Orders that came before it was there. */
  readonly waiting: (() => void)[];
}

/** Digits on their way: they wait for the double, and then for each other. */
export interface Dialling {
  /** When the last that was begun will have been sent. */
  until: Millis;
  /** Runs since the double has begun. */
  timer: Timer | undefined;
}

/** A leg as the engine in front knows it: what was ordered of it, and who carries it. */
export interface Line {
  readonly leg: LegId;
  readonly place: LegPlace;
  /** Its call in an rtpengine; undefined when the built-in engine carries it alone. */
  call: RelayCall | undefined;
  state: "opening" | "open" | "closing";
  media: NegotiatedMedia | undefined;
  partner: LegId | undefined;
  room: string | undefined;
  playing: ActionId | undefined;
  readonly recordings: Set<RecordingId>;
  /** Digits that were ordered and may not have left yet. */
  dialling: Dialling | undefined;
  double: Double | undefined;
  /** Settles when the last double is closed: two of one leg cannot be there at once. */
  doubleGone: Promise<unknown>;
  /** What its doubles have measured: of those that are gone, and of the last one. */
  lostBefore: number;
  measured: LegQuality | undefined;
  /** Where digits are heard. */
  heardBy: "rtpengine" | "builtin";
  isSilent: boolean;
  opened: Promise<Result<LocalMedia, SoundRefusal>>;
  closing: Promise<LegQuality | undefined> | undefined;
}

/** A line that has been asked for. */
export function newLine(leg: LegId, place: LegPlace, opened: Line["opened"]): Line {
  return {
    leg,
    place,
    call: undefined,
    state: "opening",
    media: undefined,
    partner: undefined,
    room: undefined,
    playing: undefined,
    recordings: new Set(),
    dialling: undefined,
    double: undefined,
    doubleGone: Promise.resolve(),
    lostBefore: 0,
    measured: undefined,
    heardBy: "rtpengine",
    isSilent: false,
    opened,
    closing: undefined,
  };
}

/** Whether the built-in engine can do something for a leg now. One that has no media yet is as ready as it will be. */
export const isReady = ({ call, double, media }: Line): boolean =>
  call === undefined || (double?.local !== undefined && (double.isConnected || media === undefined));

/** Whether something is being done for the leg that rtpengine leaves to the built-in engine. */
export const isServed = ({ playing, room, recordings, dialling }: Line): boolean =>
  playing !== undefined || room !== undefined || recordings.size > 0 || dialling !== undefined;

/** Whether rtpengine can pass the sound of two legs to each other all by itself. */
export function canJoin(a: Line, b: Line): boolean {
  if (a.call === undefined || a.call !== b.call || a.media === undefined || b.media === undefined) return false;
  if (a.state !== "open" || b.state !== "open" || isServed(a) || isServed(b)) return false;
  // rtpengine passes packets whatever the descriptions say of directions: who holds or is held is better off with us.
  if (a.media.direction !== "sendrecv" || b.media.direction !== "sendrecv") return false;
  if (isRival(a.media, b.media)) return false;
  if (isKeyed(a.media) || isKeyed(b.media) || !passesAsIs(a.media, b.media)) return false;
  return a.call.rtpengine.tellsDigits || a.media.digitsPayload === undefined;
}

/** Two browsers that both were called, or both called: rtpengine would have to take the other part towards one of them. */
const isRival = ({ protection: a }: NegotiatedMedia, { protection: b }: NegotiatedMedia): boolean =>
  a?.kind === "webrtc" && b?.kind === "webrtc" && a.isControlling === b.isControlling;

/** Its packets are protected by keys that only the built-in engine knows. */
const isKeyed = ({ protection }: NegotiatedMedia): boolean => protection?.kind === "sdes";

/** Whether every packet of either may reach the other unchanged: the same codecs under the same numbers. */
export function passesAsIs(a: NegotiatedMedia, b: NegotiatedMedia): boolean {
  const keysOf = ({ codecs, digitsPayload, digitsReceivedAs }: NegotiatedMedia): string =>
    [...codecs.map(keyOf).toSorted(), digitsPayload, digitsReceivedAs ?? digitsPayload].join(" ");
  return keysOf(a) === keysOf(b) && [...a.codecs, ...b.codecs].every(isOneNumber) && hasOneNumber(a) && hasOneNumber(b);
}

const keyOf = ({ payload, name, clockRateHz, channels }: Codec): string =>
  `${payload} ${name}/${clockRateHz}/${channels}`;
const isOneNumber = ({ payload, receiveAs = payload }: Codec): boolean => payload === receiveAs;
const hasOneNumber = ({ digitsPayload, digitsReceivedAs = digitsPayload }: NegotiatedMedia): boolean =>
  digitsPayload === digitsReceivedAs;

/**
 * How well a relayed leg's sound travelled. What went by is rtpengine's to count. It does not measure loss and delay of what it passes on:
 * they are known of the time that the leg had a double, and else from what the peers report to each other, if they do. Then loss
 * and jitter are those of the whole way to whom the leg is joined with.
 */
export function qualityOf({ media, measured, lostBefore }: Line, figures: SeatFigures): LegQuality {
  const { packetsReceived, packetsSent, packetsForeign, isHeard, hears } = figures;
  const packetsLost = lostBefore + (measured?.packetsLost ?? 0) + figures.packetsLost;
  return {
    codec: measured?.codec ?? media?.codecs[0]?.name ?? "",
    packetsSent,
    packetsReceived,
    packetsForeign,
    packetsLost,
    remoteLossRatio: hears === undefined ? measured?.remoteLossRatio : shareOf(hears.packetsLost, packetsSent),
    jitterMs: isHeard?.jitterMs ?? measured?.jitterMs ?? 0,
    roundTripMs: hears === undefined || hears.roundTripMs === 0 ? measured?.roundTripMs : hears.roundTripMs,
    mos: isHeard === undefined ? measured?.mos : opinionOf(figures, isHeard),
  };
}

/** A packet of 20 ms has to be full before it leaves. */
const PACKET = ms(20);

/** What somebody thinks who hears the leg's peer through rtpengine. */
function opinionOf({ packetsLost, packetsReceived, hears }: SeatFigures, isHeard: PeerReport): number {
  const roundTripMs = isHeard.roundTripMs + (hears?.roundTripMs ?? 0);
  return estimateMos({
    delay: ms(roundTripMs / 2 + PACKET),
    jitter: ms(isHeard.jitterMs),
    lossRatio: shareOf(packetsLost, packetsLost + packetsReceived),
  });
}

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : Math.min(1, part / whole));

/** What a double has agreed with rtpengine: what the leg has with its peer, at rtpengine's inner port, and plain where rtpengine protects. */
export function doubled(media: NegotiatedMedia, at: NegotiatedMedia["remote"]): NegotiatedMedia {
  const { protection, ...plain } = media;
  const remote = { address: at.address, port: at.port, rtcpPort: at.rtcpPort };
  return protection?.kind === "sdes" ? { ...plain, remote, protection } : { ...plain, remote };
}

/** How long a digit that is sent takes with its pause, and how long the last may take to leave. */
const DIGIT = ms(250);
const DIGITS_END = seconds(1);

/** The double begins to send digits, after those that it is sending. `over` is called when it is not needed for them any more. */
export function beginDigits(dialling: Dialling, digits: string, { clock, over }: { clock: Clock; over(): void }): void {
  const now = clock.monotonic();
  dialling.until = ms(Math.max(now, dialling.until) + digits.length * DIGIT);
  dialling.timer?.cancel();
  dialling.timer = clock.after(ms(dialling.until + DIGITS_END - now), over);
}
