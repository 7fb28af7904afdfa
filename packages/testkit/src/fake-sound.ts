import type {
  CertificateFingerprint,
  IceCandidate,
  IceCredentials,
  LegPlace,
  LegQuality,
  LocalMedia,
  NegotiatedMedia,
  RecordEnd,
  RecordOrder,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  SoundRefusal,
  SoundSource,
  SpeaksTo,
} from "@cordboard/core";
import type { ActionId, Clock, LegId, Millis, RecordingId, Result } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { manualClock } from "./manual-clock.ts";

/** An order as the fake received it, open legs and others alike. */
export type SoundOrder =
  | { readonly type: "open"; readonly leg: LegId; readonly address: string; readonly near: LegId | undefined }
  | { readonly type: "connect"; readonly leg: LegId; readonly media: NegotiatedMedia }
  | { readonly type: "bridge"; readonly a: LegId; readonly b: LegId }
  | { readonly type: "mix"; readonly leg: LegId; readonly room: string; readonly speaksTo: SpeaksTo }
  | { readonly type: "record"; readonly leg: LegId; readonly order: RecordOrder }
  | { readonly type: "stop-recording"; readonly leg: LegId; readonly recording: RecordingId }
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
  /** The room that a leg takes part in, and to whom it speaks there. */
  seat(leg: LegId): FakeSeat | undefined;
  /** What is being recorded at a leg. */
  recording(leg: LegId): RecordOrder | undefined;
  /** What the leg was last connected to. */
  media(leg: LegId): NegotiatedMedia | undefined;
  /** Reports a fact, as the engine would. `lost` also ends the leg here. */
  raise(fact: SoundFact): void;
  /** Refuses every `open` from now on, until called with undefined. */
  refuse(refusal: SoundRefusal | undefined): void;
}

/** A leg's part in a room. */
export interface FakeSeat {
  readonly room: string;
  readonly speaksTo: SpeaksTo;
}

interface FakeLeg {
  readonly local: LocalMedia;
  media: NegotiatedMedia | undefined;
  partner: LegId | undefined;
  seat: FakeSeat | undefined;
  recording: RecordOrder | undefined;
  playing: SoundSource | undefined;
}

const FIRST_PORT = 40_000;

const fingerprint: CertificateFingerprint = { hash: "sha-256", value: Array(32).fill("FA").join(":") };

const hostCandidate = (address: string, port: number): IceCandidate => ({
  foundation: "1",
  priority: 2_130_706_431,
  address,
  port,
  type: "host",
});

/** A fake sound engine; passes the orders part of the contract suite. */
export function fakeSound(options: FakeSoundOptions = {}): FakeSound {
  return new Fake(options);
}

class Fake implements FakeSound {
  readonly orders: SoundOrder[] = [];
  readonly #legs = new Map<LegId, FakeLeg>();
  readonly #listeners: ((fact: SoundFact) => void)[] = [];
  readonly #free: number[];
  readonly #drain: Millis;
  readonly #clock: Clock;
  #draining = 0;
  #renewals = 0;
  #isStopped = false;
  #refusal: SoundRefusal | undefined;

  constructor({ pairs = 1000, drain = ms(5000), clock = manualClock() }: FakeSoundOptions) {
    this.#free = Array.from({ length: pairs }, (_, i) => FIRST_PORT + 2 * i);
    this.#drain = drain;
    this.#clock = clock;
  }

  hearing(leg: LegId): LegId | SoundSource | undefined {
    return this.#legs.get(leg)?.playing ?? this.#legs.get(leg)?.partner;
  }
  media(leg: LegId): NegotiatedMedia | undefined {
    return this.#legs.get(leg)?.media;
  }
  seat(leg: LegId): FakeSeat | undefined {
    return this.#legs.get(leg)?.seat;
  }
  recording(leg: LegId): RecordOrder | undefined {
    return this.#legs.get(leg)?.recording;
  }
  raise(fact: SoundFact): void {
    if (fact.type === "lost") this.#remove(fact.leg, "fault");
    const own = this.#legs.get(fact.leg);
    if (fact.type === "record-done" && own?.recording?.recording === fact.recording) own.recording = undefined;
    this.#tell(fact);
  }
  refuse(refusal: SoundRefusal | undefined): void {
    this.#refusal = refusal;
  }

  async open(leg: LegId, { address, near, isWebRtc = false }: LegPlace): Promise<Result<LocalMedia, SoundRefusal>> {
    this.orders.push({ type: "open", leg, address, near });
    const known = this.#legs.get(leg);
    if (known !== undefined) return ok(known.local);
    if (this.#refusal !== undefined) return refused(this.#refusal);
    if (this.#isStopped) return refused({ code: "sound-engine-away" });
    const port = this.#free.shift();
    if (port === undefined) return refused({ code: "no-free-ports" });
    const local: LocalMedia = {
      address,
      port,
      rtcpPort: port + 1,
      ...(isWebRtc ? { webRtc: { ice: this.#newIce(), candidates: [hostCandidate(address, port)], fingerprint } } : {}),
    };
    const nothing = { media: undefined, partner: undefined, seat: undefined, recording: undefined, playing: undefined };
    this.#legs.set(leg, { local, ...nothing });
    return ok(local);
  }
  async renewIce(leg: LegId, _theirs: IceCredentials): Promise<IceCredentials | undefined> {
    return this.#legs.get(leg)?.local.webRtc === undefined ? undefined : this.#newIce();
  }
  #newIce(): IceCredentials {
    this.#renewals++;
    return {
      usernameFragment: `fake${this.#renewals}`,
      password: `a password of the fake ${this.#renewals}`.replaceAll(" ", "+"),
    };
  }
  connect(leg: LegId, media: NegotiatedMedia): void {
    this.orders.push({ type: "connect", leg, media });
    const own = this.#legs.get(leg);
    if (own !== undefined) own.media = media;
  }
  bridge(a: LegId, b: LegId): void {
    this.orders.push({ type: "bridge", a, b });
    const [first, second] = [this.#legs.get(a), this.#legs.get(b)];
    if (first === undefined || second === undefined || a === b) return;
    this.#part(a);
    this.#part(b);
    Object.assign(first, { partner: b, playing: undefined });
    Object.assign(second, { partner: a, playing: undefined });
  }
  mix(leg: LegId, room: string, speaksTo: SpeaksTo): void {
    this.orders.push({ type: "mix", leg, room, speaksTo });
    const own = this.#legs.get(leg);
    if (own === undefined) return;
    if (own.seat?.room !== room) {
      this.#part(leg);
      own.playing = undefined;
    }
    own.seat = { room, speaksTo };
  }
  unbridge(leg: LegId): void {
    this.orders.push({ type: "unbridge", leg });
    this.#part(leg);
  }
  play(leg: LegId, source: SoundSource, action: ActionId): void {
    this.orders.push({ type: "play", leg, source, action });
    const own = this.#legs.get(leg);
    if (own !== undefined) own.playing = source;
  }
  stop(leg: LegId): void {
    this.orders.push({ type: "stop", leg });
    const own = this.#legs.get(leg);
    if (own !== undefined) own.playing = undefined;
  }
  record(leg: LegId, order: RecordOrder): void {
    this.orders.push({ type: "record", leg, order });
    const own = this.#legs.get(leg);
    if (own === undefined) return;
    const { recording } = order;
    if (own.recording === undefined) own.recording = order;
    else this.#tell({ type: "record-done", leg, recording, lasted: ms(0), why: "fault" });
  }
  stopRecording(leg: LegId, recording: RecordingId): void {
    this.orders.push({ type: "stop-recording", leg, recording });
    if (this.recording(leg)?.recording === recording) this.#endRecording(leg, "stopped");
  }
  sendDigits(leg: LegId, digits: string): void {
    this.orders.push({ type: "send-digits", leg, digits });
  }
  async close(leg: LegId): Promise<LegQuality | undefined> {
    this.orders.push({ type: "close", leg });
    const own = this.#remove(leg, "leg-ended");
    return own === undefined ? undefined : unheard(own.media);
  }
  onFact(listener: (fact: SoundFact) => void): void {
    this.#listeners.push(listener);
  }
  describe(): SoundEngineState {
    return stateOf(this.#legs.size, this.#draining, this.#free.length, !this.#isStopped);
  }
  async stopAll(): Promise<void> {
    this.#isStopped = true;
    for (const leg of [...this.#legs.keys()]) this.#remove(leg, "leg-ended");
  }

  #tell(fact: SoundFact): void {
    for (const listener of this.#listeners) listener(fact);
  }
  #part(leg: LegId): void {
    const own = this.#legs.get(leg);
    const other = own?.partner === undefined ? undefined : this.#legs.get(own.partner);
    if (other !== undefined) other.partner = undefined;
    if (own !== undefined) Object.assign(own, { partner: undefined, seat: undefined });
  }
  #endRecording(leg: LegId, why: RecordEnd): void {
    const own = this.#legs.get(leg);
    if (own?.recording === undefined) return;
    const { recording } = own.recording;
    own.recording = undefined;
    this.#tell({ type: "record-done", leg, recording, lasted: ms(0), why });
  }
  #remove(leg: LegId, recordEnd: RecordEnd): FakeLeg | undefined {
    const own = this.#legs.get(leg);
    if (own === undefined) return undefined;
    this.#endRecording(leg, recordEnd);
    this.#part(leg);
    this.#legs.delete(leg);
    this.#draining++;
    this.#clock.after(this.#drain, () => {
      this.#draining--;
      this.#free.push(own.local.port);
    });
    return own;
  }
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
