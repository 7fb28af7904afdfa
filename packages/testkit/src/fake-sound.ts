import type {
  LegQuality,
  LocalMedia,
  NegotiatedMedia,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  SoundRefusal,
  SoundSource,
} from "@cordboard/core";
import type { ActionId, Clock, LegId, Millis } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { manualClock } from "./manual-clock.ts";

/** An order as the fake received it, open legs and others alike. */
export type SoundOrder =
  | { readonly type: "open"; readonly leg: LegId; readonly address: string; readonly near: LegId | undefined }
  | { readonly type: "connect"; readonly leg: LegId; readonly media: NegotiatedMedia }
  | { readonly type: "bridge"; readonly a: LegId; readonly b: LegId }
  | { readonly type: "play"; readonly leg: LegId; readonly source: SoundSource; readonly action: ActionId }
  | { readonly type: "send-digits"; readonly leg: LegId; readonly digits: string }
  | { readonly type: "unbridge" | "stop" | "close"; readonly leg: LegId };

/** How a fake is set up; everything has a default. */
export interface FakeSoundOptions {
  /** Port pairs, from port 40000 on; default 1,000. */
  readonly pairs?: number;
  /** Default 5 s. */
  readonly drain?: Millis;
  /** Default a clock that stands still. */
  readonly clock?: Clock;
}

/** A sound engine without any sound: it keeps what it was ordered, and a test says what happens. */
export interface FakeSound extends SoundEngine {
  /** Every order so far, in order. */
  readonly orders: readonly SoundOrder[];
  /** Whom a leg hears by its orders: a leg, a source, or nothing. */
  hearing(leg: LegId): LegId | SoundSource | undefined;
  /** What the leg was last connected to. */
  media(leg: LegId): NegotiatedMedia | undefined;
  /** Reports a fact, as the engine would. `lost` also ends the leg here. */
  raise(fact: SoundFact): void;
  /** Refuses every `open` from now on, until called with undefined. */
  refuse(refusal: SoundRefusal | undefined): void;
}

interface FakeLeg {
  readonly local: LocalMedia;
  media: NegotiatedMedia | undefined;
  partner: LegId | undefined;
  playing: SoundSource | undefined;
}

const FIRST_PORT = 40_000;

/** A fake sound engine; passes the orders part of the contract suite. */
export function fakeSound({ pairs = 1000, drain = ms(5000), clock = manualClock() }: FakeSoundOptions = {}): FakeSound {
  const orders: SoundOrder[] = [];
  const legs = new Map<LegId, FakeLeg>();
  const listeners: ((fact: SoundFact) => void)[] = [];
  const free = Array.from({ length: pairs }, (_, i) => FIRST_PORT + 2 * i);
  let draining = 0;
  let isStopped = false;
  let refusal: SoundRefusal | undefined;

  const part = (leg: LegId): void => {
    const own = legs.get(leg);
    const other = own?.partner === undefined ? undefined : legs.get(own.partner);
    if (other !== undefined) other.partner = undefined;
    if (own !== undefined) own.partner = undefined;
  };
  const remove = (leg: LegId): FakeLeg | undefined => {
    const own = legs.get(leg);
    if (own === undefined) return undefined;
    part(leg);
    legs.delete(leg);
    draining++;
    clock.after(drain, () => {
      draining--;
      free.push(own.local.port);
    });
    return own;
  };

  return {
    orders,
    hearing: (leg) => legs.get(leg)?.playing ?? legs.get(leg)?.partner,
    media: (leg) => legs.get(leg)?.media,
    raise(fact) {
      if (fact.type === "lost") remove(fact.leg);
      for (const listener of listeners) listener(fact);
    },
    refuse(next) {
      refusal = next;
    },
    async open(leg, { address, near }) {
      orders.push({ type: "open", leg, address, near });
      const known = legs.get(leg);
      if (known !== undefined) return ok(known.local);
      if (refusal !== undefined) return refused(refusal);
      if (isStopped) return refused({ code: "sound-engine-away" });
      const port = free.shift();
      if (port === undefined) return refused({ code: "no-free-ports" });
      const local = { address, port, rtcpPort: port + 1 };
      legs.set(leg, { local, media: undefined, partner: undefined, playing: undefined });
      return ok(local);
    },
    connect(leg, media) {
      orders.push({ type: "connect", leg, media });
      const own = legs.get(leg);
      if (own !== undefined) own.media = media;
    },
    bridge(a, b) {
      orders.push({ type: "bridge", a, b });
      const [first, second] = [legs.get(a), legs.get(b)];
      if (first === undefined || second === undefined || a === b) return;
      part(a);
      part(b);
      Object.assign(first, { partner: b, playing: undefined });
      Object.assign(second, { partner: a, playing: undefined });
    },
    unbridge(leg) {
      orders.push({ type: "unbridge", leg });
      part(leg);
    },
    play(leg, source, action) {
      orders.push({ type: "play", leg, source, action });
      const own = legs.get(leg);
      if (own !== undefined) own.playing = source;
    },
    stop(leg) {
      orders.push({ type: "stop", leg });
      const own = legs.get(leg);
      if (own !== undefined) own.playing = undefined;
    },
    sendDigits(leg, digits) {
      orders.push({ type: "send-digits", leg, digits });
    },
    async close(leg) {
      orders.push({ type: "close", leg });
      const own = remove(leg);
      return own === undefined ? undefined : unheard(own.media);
    },
    onFact(listener) {
      listeners.push(listener);
    },
    describe: () => stateOf(legs.size, draining, free.length, !isStopped),
    async stopAll() {
      isStopped = true;
      for (const leg of [...legs.keys()]) remove(leg);
    },
  };
}

function stateOf(legs: number, draining: number, free: number, isAlive: boolean): SoundEngineState {
  const ports = { portsInUse: 2 * legs, portsDraining: 2 * draining, portsFree: 2 * free };
  return { legs, ...ports, workers: [{ legs, isAlive, waitMs: ms(0) }] };
}

/** The figures of a leg that carried nothing. */
function unheard(media: NegotiatedMedia | undefined): LegQuality {
  return {
    codec: media?.codecs[0]?.name ?? "",
    packetsSent: 0,
    packetsReceived: 0,
    packetsLost: 0,
    remoteLossRatio: undefined,
    jitterMs: 0,
    roundTripMs: undefined,
    packetsForeign: 0,
    mos: undefined,
  };
}
