import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { LocalMedia, MediaProtection, NegotiatedMedia, SrtpKeys } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { browserTerms, pcma } from "@cordboard/testkit";
import { startRtpengine } from "@cordboard/testkit/rtpengine";
import type { EngineApart } from "./engine-apart.ts";
import { startEngineApart } from "./engine-apart.ts";
import type { Bench, Figure, Measured } from "./figure.ts";
import { processSeconds } from "./processes.ts";
import type { Heard, RtpLoad } from "./rtp-load.ts";
import { openRtpLoad } from "./rtp-load.ts";
import { quantile, rounded } from "./spread.ts";

/** How the two legs of each call are protected. */
type Kind = "plain" | "sdes" | "webrtc";

/** Whose relaying is measured. */
type By = "builtin" | "rtpengine";

/** Calls at each step. The far engine does twice the work of the one that is measured, beside the load, and is full long before it. */
const STEPS = [10, 50, 100];
const MOST_DELAY_MS = 20;
/** Handshakes of all legs, and a steady state. */
const SETTLE_MS = 3000;
const MEASURE_MS = 5000;
const NEAR_PORTS = { first: 20_000, last: 24_999 };
const FAR_PORTS = { first: 25_000, last: 29_999 };
const LOCAL = "127.0.0.1";
const SUITE = "AES_CM_128_HMAC_SHA1_80";
const KEY_AND_SALT_BYTES = 30;
/** More than rtpengine opens for each leg of the largest step, and for its probe. */
const RTPENGINE_PORTS = 2000;

const told: Readonly<Record<Kind, string>> = {
  plain: "plain RTP",
  sdes: "SRTP under keys of the description (AES-128, HMAC-SHA1)",
  webrtc: "ICE, DTLS and SRTP as browsers have it",
};

const carriers: Readonly<Record<By, string>> = {
  builtin: "the built-in engine",
  rtpengine: "one rtpengine in user space with one thread for sound",
};

const figureOf = (kind: Kind, by: By = "builtin"): Figure => ({
  name: `relay-${kind}${by === "builtin" ? "" : `-by-${by}`}`,
  about: `calls whose two legs are ${told[kind]}, that ${carriers[by]} can relay on one core by the processor time that each takes; of those measured, how many with p99 of the way through it and a built-in engine at most ${MOST_DELAY_MS} ms`,
  measure: (bench) => measure(bench, { kind, by }),
});

/** The same way without protection, for comparison. */
export const relayPlain: Figure = figureOf("plain");
/** Phones over TLS. */
export const relaySdes: Figure = figureOf("sdes");
/** Browsers. */
export const relayWebRtc: Figure = figureOf("webrtc");
/** The same three by rtpengine. */
export const relayPlainByRtpengine: Figure = figureOf("plain", "rtpengine");
export const relaySdesByRtpengine: Figure = figureOf("sdes", "rtpengine");
export const relayWebRtcByRtpengine: Figure = figureOf("webrtc", "rtpengine");

/** What is relayed, and by whom. */
interface Wanted {
  readonly kind: Kind;
  readonly by: By;
}

/** One size of load, and what it took of a core. */
interface Step {
  readonly calls: number;
  readonly heard: Heard;
  readonly share: number;
}

const isInTime = ({ heard }: Step): boolean => quantile(heard.delaysMs, 0.99) <= MOST_DELAY_MS;

async function measure(bench: Bench, wanted: Wanted): Promise<Measured> {
  const steps: Step[] = [];
  for (const calls of STEPS) {
    const step = await measureStep(bench, wanted, calls);
    if (step.heard.lost > 0) break;
    steps.push(step);
  }
  const { idle, ofACall } = costs(steps);
  return {
    value: Number.isNaN(ofACall) ? 0 : Math.floor((1 - idle) / ofACall),
    unit: "calls",
    aim: "none",
    details: {
      processorMsASecondAndCall: rounded(ofACall * 1000, 2),
      mostInTime: steps.filter(isInTime).at(-1)?.calls ?? 0,
      ...Object.fromEntries(steps.map((step) => [`at ${step.calls}`, inWords(step)])),
    },
  };
}

/** Shares of a core: what an engine takes without calls, and what each call takes beside that. */
function costs(steps: readonly Step[]): { readonly idle: number; readonly ofACall: number } {
  const [first, last] = [steps.at(0), steps.at(-1)];
  if (first === undefined || last === undefined || first === last) return { idle: 0, ofACall: Number.NaN };
  const ofACall = (last.share - first.share) / (last.calls - first.calls);
  return { idle: Math.max(0, first.share - ofACall * first.calls), ofACall };
}

function inWords({ heard, share }: Step): string {
  const [p50, p99] = [quantile(heard.delaysMs, 0.5), quantile(heard.delaysMs, 0.99)];
  return `p50 ${rounded(p50, 2)} ms, p99 ${rounded(p99, 2)} ms through both, ${heard.lost} lost, ${rounded(share * 100, 0)} % of a core`;
}

/** load ─plain─ far ═protected═ near ═protected═ far ─plain─ load: what near takes is measured. */
async function measureStep(bench: Bench, { kind, by }: Wanted, calls: number): Promise<Step> {
  const load = await openRtpLoad();
  const carrier = await startCarrier(bench, by);
  const far = startEngineApart([], FAR_PORTS);
  try {
    for (let call = 0; call < calls; call++) await callUp({ near: carrier.engine, far, load, kind }, call);
    await pause(SETTLE_MS);
    const before = carrier.seconds();
    const startedAt = performance.now();
    const heard = await load.measure(MEASURE_MS);
    return { calls, heard, share: (carrier.seconds() - before) / ((performance.now() - startedAt) / 1000) };
  } finally {
    load.hush();
    await Promise.all([carrier.stop(), far.stop(), load.close()]);
  }
}

/** What is measured. */
interface Carrier {
  readonly engine: EngineApart;
  /** Processor time so far. */
  seconds(): number;
  stop(): Promise<void>;
}

async function startCarrier({ serverInside }: Bench, by: By): Promise<Carrier> {
  if (by === "builtin") {
    const engine = startEngineApart(serverInside, NEAR_PORTS);
    return { engine, seconds: () => engine.used().all, stop: () => engine.stop() };
  }
  const { host, port, pid, kill } = await startRtpengine({ soundPorts: RTPENGINE_PORTS, inside: serverInside });
  const engine = startEngineApart(serverInside, NEAR_PORTS, `${host}:${port}`);
  return {
    engine,
    seconds: () => engine.used().all + processSeconds(pid),
    stop: async () => {
      await engine.stop();
      await kill();
    },
  };
}

interface Scene {
  readonly near: EngineApart;
  readonly far: EngineApart;
  readonly load: RtpLoad;
  readonly kind: Kind;
}

async function callUp(scene: Scene, call: number): Promise<void> {
  const { near } = scene;
  const sides = [`${call} a` as LegId, `${call} b` as LegId] as const;
  for (const [index, leg] of sides.entries())
    await sideUp(scene, { leg, near: index === 0 ? undefined : sides[0], from: 2 * call + index });
  await near.bridge(...sides);
}

/** One end of a call. */
interface Side {
  readonly leg: LegId;
  /** The other leg, when it is open. */
  readonly near: LegId | undefined;
  /** Which of the load's places speaks. */
  readonly from: number;
}

/** A leg of the measured engine, whose peer is a leg of the far one, which is joined with a place of the load. */
async function sideUp({ near, far, load, kind }: Scene, { leg, near: other, from }: Side): Promise<void> {
  const place = load.places[from % load.places.length];
  if (place === undefined) throw new Error("the load has no socket");
  const behind = `${leg} behind` as LegId;
  const at = { address: LOCAL, isWebRtc: kind === "webrtc" };
  const [atNear, atFar, atBehind] = [
    await near.open(leg, { ...at, ...(other === undefined ? {} : { near: other }) }),
    await far.open(leg, at),
    await far.open(behind, { address: LOCAL }),
  ];
  const [ofNear, ofFar] = protections(kind, atNear, atFar);
  await near.connect(leg, mediaTo(atFar, ofNear));
  await far.connect(leg, mediaTo(atNear, ofFar));
  await far.connect(behind, mediaTo({ ...place, rtcpPort: place.port + 1 }, undefined));
  await far.bridge(leg, behind);
  load.speak(from, { address: LOCAL, port: atBehind.port });
}

const mediaTo = (
  { address, port, rtcpPort }: NegotiatedMedia["remote"],
  protection: MediaProtection | undefined,
): NegotiatedMedia => ({
  remote: { address, port, rtcpPort },
  codecs: [pcma],
  digitsPayload: undefined,
  direction: "sendrecv",
  ...(protection === undefined ? {} : { protection }),
});

function protections(
  kind: Kind,
  near: LocalMedia,
  far: LocalMedia,
): readonly [MediaProtection | undefined, MediaProtection | undefined] {
  if (kind === "plain") return [undefined, undefined];
  if (kind === "webrtc") return [browserTerms(near, far, true), browserTerms(far, near, false)];
  const [ours, theirs] = [newKeys(), newKeys()];
  return [
    { kind: "sdes", send: ours, receive: theirs },
    { kind: "sdes", send: theirs, receive: ours },
  ];
}

const newKeys = (): SrtpKeys => ({ suite: SUITE, keyAndSalt: Uint8Array.from(randomBytes(KEY_AND_SALT_BYTES)) });
