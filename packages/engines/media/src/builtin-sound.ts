import { availableParallelism } from "node:os";
import type {
  CertificateFingerprint,
  IceCredentials,
  LegPlace,
  LegQuality,
  LocalMedia,
  NegotiatedMedia,
  RecordOrder,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  SoundLibrary,
  SoundRefusal,
  SoundSource,
  SpeaksTo,
} from "@cordboard/core";
import { fingerprintOf, makeDtlsIdentity } from "@cordboard/dtls/node";
import { makeIceCredentials } from "@cordboard/ice";
import type { ActionId, Clock, LegId, Log, Millis, Random, RecordingId, Result, Timer } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { localMedia, stunFor } from "./local-media.ts";
import type { Answer, Order, PlayedSource, Report } from "./messages.ts";
import type { PortPair, PortPool } from "./port-pool.ts";
import { createPortPool } from "./port-pool.ts";
import type { SoundTimings } from "./timings.ts";
import { defaultTimings } from "./timings.ts";
import type { Endpoint } from "./worker/addresses.ts";
import type { LegSnapshot } from "./worker/leg-snapshot.ts";
import type { LinkParts, StartWorker } from "./worker-link.ts";
import { startWorker, WorkerLink } from "./worker-link.ts";

/** What the built-in sound engine is made of. */
export interface BuiltinSoundOptions {
  /** UDP ports for legs, both ends included; each leg takes an even one and the odd one after it. */
  readonly ports: { readonly first: number; readonly last: number };
  /** Worker threads; default one less than the machine has cores, at least 1. */
  readonly workers?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where the sound of words is; without it nothing is spoken. */
  readonly library?: SoundLibrary;
  /** Finds a STUN server that tells browsers' legs what they look like from outside; without it there is nobody to ask. */
  readonly stun?: () => Promise<Endpoint | undefined>;
  /** How long a leg's ports rest before another leg gets them; default 5 s. */
  readonly drainMs?: Millis;
  /** Waits that differ from their defaults. */
  readonly timings?: Partial<SoundTimings>;
  /** How a worker thread is started; default the engine's own program. For tests. */
  readonly startWorker?: StartWorker;
}

/** Pairs that are tried for one leg when the system has ports of the range in use. */
const MAX_TRIES = 64;
/** Pause before a worker that died is replaced, so that one that cannot start does not take the machine. */
const RESTART_AFTER = ms(200);

type Bound = Pick<Extract<Answer, { type: "opened" }>, "outcome" | "outside">;
type PlainOrder = Exclude<Extract<Order, { leg: LegId }>, { request: number }>;

/** A leg as the main thread knows it. */
interface LegRecord {
  readonly leg: LegId;
  readonly address: string;
  readonly isWebRtc: boolean;
  /** Where it lives; while it moves, where it goes. */
  link: WorkerLink;
  ports: PortPair | undefined;
  state: "opening" | "open" | "moving" | "gone";
  /** The room that it takes part in, by what was ordered. */
  room: string | undefined;
  /** Recordings whose end has not been told, and when they began. */
  readonly recordings: Map<RecordingId, Millis>;
  /** What was ordered while it moves. */
  readonly waiting: (() => void)[];
  opened: Promise<Result<LocalMedia, SoundRefusal>>;
  moved: Promise<void>;
  closing: Promise<LegQuality | undefined> | undefined;
}

/**
 * The sound engine that needs nothing installed: worker threads that relay, play, echo and count G.711 and other RTP.
 * It keeps ports and leg ids here and the sound in the workers, and speaks to them once a leg and change.
 */
export function createBuiltinSound(options: BuiltinSoundOptions): SoundEngine {
  return new BuiltinSound(options);
}

class BuiltinSound implements SoundEngine {
  readonly #options: BuiltinSoundOptions;
  readonly #pool: PortPool;
  readonly #linkParts: LinkParts;
  readonly #fingerprint: CertificateFingerprint;
  readonly #links: WorkerLink[];
  readonly #legs = new Map<LegId, LegRecord>();
  readonly #listeners: ((fact: SoundFact) => void)[] = [];
  readonly #restarts = new Set<Timer>();
  #isStopped = false;

  constructor(options: BuiltinSoundOptions) {
    const { ports, clock, random, drainMs = ms(5000) } = options;
    this.#options = options;
    this.#pool = createPortPool({ ...ports, drain: drainMs, clock, random });
    const identity = makeDtlsIdentity(clock.now());
    this.#fingerprint = { hash: "sha-256", value: fingerprintOf("sha-256", identity.certificate) };
    this.#linkParts = {
      clock,
      identity,
      timings: { ...defaultTimings, ...options.timings },
      start: options.startWorker ?? startWorker,
      events: {
        onReport: (_link, report) => this.#hear(report),
        onDead: (link, why) => this.#replace(link, why),
      },
    };
    const count = Math.max(1, options.workers ?? availableParallelism() - 1);
    this.#links = Array.from({ length: count }, () => new WorkerLink(this.#linkParts));
  }

  open(leg: LegId, place: LegPlace): Promise<Result<LocalMedia, SoundRefusal>> {
    const known = this.#legs.get(leg);
    if (known !== undefined) return known.opened;
    const link = this.#choose(place.near);
    if (link === undefined) return Promise.resolve(refused({ code: "sound-engine-away" }));
    link.legs++;
    const record: LegRecord = {
      leg,
      address: place.address,
      isWebRtc: place.isWebRtc === true,
      link,
      ports: undefined,
      state: "opening",
      room: undefined,
      recordings: new Map(),
      waiting: [],
      opened: Promise.resolve(refused({ code: "sound-engine-away" })),
      moved: Promise.resolve(),
      closing: undefined,
    };
    this.#legs.set(leg, record);
    record.opened = this.#open(record);
    return record.opened;
  }

  async renewIce(leg: LegId): Promise<IceCredentials | undefined> {
    return this.#legs.get(leg)?.isWebRtc === true ? makeIceCredentials(this.#options.random) : undefined;
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    this.#order({ type: "connect", leg, media });
  }

  bridge(a: LegId, b: LegId): void {
    const [first, second] = [this.#legs.get(a), this.#legs.get(b)];
    if (first === undefined || second === undefined || a === b) return;
    if (first.state === "opening" || second.state === "opening") return;
    const moving = [first, second].find(({ state }) => state === "moving");
    if (moving !== undefined) {
      moving.waiting.push(() => this.bridge(a, b));
      return;
    }
    first.room = undefined;
    second.room = undefined;
    first.link.send({ type: "bridge", a, b });
    if (first.link !== second.link) second.moved = this.#move(second, first.link);
  }

  /** The legs of a room live on one worker: that of the first. Others move there. */
  mix(leg: LegId, room: string, speaksTo: SpeaksTo): void {
    const record = this.#legs.get(leg);
    if (record === undefined || record.state === "opening") return;
    if (record.state === "moving") {
      record.waiting.push(() => this.mix(leg, room, speaksTo));
      return;
    }
    const link = [...this.#legs.values()].find((each) => each.room === room)?.link ?? record.link;
    record.room = room;
    if (link !== record.link) record.moved = this.#move(record, link);
    this.#order({ type: "mix", leg, room, speaksTo });
  }

  unbridge(leg: LegId): void {
    const record = this.#legs.get(leg);
    if (record === undefined) return;
    if (record.state === "moving") {
      record.waiting.push(() => this.unbridge(leg));
      return;
    }
    record.room = undefined;
    this.#order({ type: "unbridge", leg });
  }

  play(leg: LegId, source: SoundSource, action: ActionId): void {
    this.#order({ type: "play", leg, source: source.kind === "spoken" ? this.#filesOf(source) : source, action });
  }

  record(leg: LegId, order: RecordOrder): void {
    const record = this.#legs.get(leg);
    if (record === undefined || record.state === "opening" || record.closing !== undefined) return;
    if (record.recordings.has(order.recording)) return;
    record.recordings.set(order.recording, this.#options.clock.monotonic());
    this.#order({ type: "record", leg, order });
  }

  stopRecording(leg: LegId, recording: RecordingId): void {
    this.#order({ type: "stop-recording", leg, recording });
  }

  stop(leg: LegId): void {
    this.#order({ type: "stop", leg });
  }

  sendDigits(leg: LegId, digits: string): void {
    this.#order({ type: "send-digits", leg, digits });
  }

  close(leg: LegId): Promise<LegQuality | undefined> {
    const record = this.#legs.get(leg);
    if (record === undefined) return Promise.resolve(undefined);
    record.closing ??= this.#close(record);
    return record.closing;
  }

  onFact(listener: (fact: SoundFact) => void): void {
    this.#listeners.push(listener);
  }

  describe(): SoundEngineState {
    const { inUse, draining, free } = this.#pool.counts();
    return {
      legs: this.#legs.size,
      portsInUse: inUse,
      portsDraining: draining,
      portsFree: free,
      workers: this.#links.map(({ legs, isAlive, waitMs }) => ({ legs, isAlive, waitMs })),
    };
  }

  async stopAll(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#restarts) timer.cancel();
    this.#restarts.clear();
    await Promise.all([...this.#legs.keys()].map((leg) => this.close(leg)));
    await Promise.all(this.#links.map((link) => link.stop()));
    this.#pool.stop();
  }

  #filesOf({ words, tenant, language }: Extract<SoundSource, { kind: "spoken" }>): PlayedSource {
    const { library, log } = this.#options;
    const paths = words.flatMap((word) => {
      const path = library?.pathOf(word, { tenant, language });
      if (path === undefined) log.warn("a word has no sound", { word, tenant, language });
      return path ?? [];
    });
    return { kind: "files", paths };
  }

  /** The worker for a new leg: its neighbour's, so that a bridge needs no move, or else the one with fewest legs. */
  #choose(near: LegId | undefined): WorkerLink | undefined {
    if (this.#isStopped) return undefined;
    const neighbour = near === undefined ? undefined : this.#legs.get(near)?.link;
    if (neighbour?.isAlive === true) return neighbour;
    return this.#links
      .filter(({ isAlive }) => isAlive)
      .reduce<WorkerLink | undefined>(
        (least, link) => (least === undefined || link.legs < least.legs ? link : least),
        undefined,
      );
  }

  async #open(record: LegRecord): Promise<Result<LocalMedia, SoundRefusal>> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const ports = this.#pool.take();
      if (ports === undefined) break;
      record.ports = ports;
      const { outcome, outside } = await this.#bind(record, undefined);
      if (outcome === "open") {
        record.state = "open";
        return ok(localMedia({ ...record, ports, outside }, this.#fingerprint, this.#options.random));
      }
      this.#giveBack(record);
      if (outcome !== "port-in-use") {
        this.#drop(record);
        return refused({ code: "sound-engine-away" });
      }
    }
    this.#drop(record);
    return refused({ code: "no-free-ports" });
  }

  async #bind(record: LegRecord, snapshot: LegSnapshot | undefined): Promise<Bound> {
    const { leg, address, ports, link, isWebRtc } = record;
    if (ports === undefined) return { outcome: "failed" };
    const stun = isWebRtc && snapshot === undefined ? await stunFor(address, this.#options.stun) : undefined;
    const answer = await link.request({ type: "open", leg, place: { address, ports }, snapshot, stun });
    return answer?.type === "opened" ? answer : { outcome: "failed" };
  }

  async #close(record: LegRecord): Promise<LegQuality | undefined> {
    await record.opened;
    await record.moved;
    if (record.state === "gone") return undefined;
    const answer = await record.link.request({ type: "close", leg: record.leg });
    this.#drop(record);
    return answer?.type === "closed" ? answer.quality : undefined;
  }

  /**
   * Takes a leg to another worker, because it is to be joined with legs there. Its sockets are closed and bound again, which may
   * cost a packet; stream, lock and figures go along.
   */
  async #move(record: LegRecord, to: WorkerLink): Promise<void> {
    const { leg, link: from } = record;
    record.state = "moving";
    record.link = to;
    from.legs--;
    to.legs++;
    const answer = await from.request({ type: "release", leg });
    const snapshot = answer?.type === "released" ? answer.snapshot : undefined;
    const bound = snapshot === undefined ? undefined : await this.#bind(record, snapshot);
    if (bound?.outcome !== "open") {
      const why = "could not be moved to the worker of the legs that it is joined with";
      this.#options.log.error("leg lost its sound", { leg, why });
      this.#lose(record, why);
      return;
    }
    record.state = "open";
    for (const order of record.waiting.splice(0)) order();
  }

  #order(order: PlainOrder): void {
    const record = this.#legs.get(order.leg);
    if (record === undefined || record.state === "opening") return;
    if (record.state === "moving") record.waiting.push(() => this.#order(order));
    else record.link.send(order);
  }

  #hear(report: Exclude<Report, Answer>): void {
    if (report.type === "log") {
      this.#options.log[report.level](report.message, report.fields);
      return;
    }
    const { fact } = report;
    const record = this.#legs.get(fact.leg);
    if (record === undefined) return;
    // A recording that ends with its leg is told while the leg is being closed.
    if (fact.type === "record-done") {
      if (record.recordings.delete(fact.recording)) this.#tell(fact);
    } else if (record.closing !== undefined) return;
    else if (fact.type !== "lost") this.#tell(fact);
    else {
      this.#options.log.error("leg lost its sound", { leg: record.leg, why: fact.why });
      this.#lose(record, fact.why);
    }
  }

  #tell(fact: SoundFact): void {
    for (const listener of this.#listeners) listener(fact);
  }

  /** A leg's sound is gone without having been closed. */
  #lose(record: LegRecord, why: string): void {
    this.#drop(record);
    if (record.closing === undefined) this.#tell({ type: "lost", leg: record.leg, why });
  }

  #drop(record: LegRecord): void {
    if (record.state === "gone") return;
    record.state = "gone";
    record.link.legs--;
    this.#giveBack(record);
    this.#legs.delete(record.leg);
    // Its worker can tell no more; what it had written is in the file.
    const now = this.#options.clock.monotonic();
    for (const [recording, at] of record.recordings)
      this.#tell({ type: "record-done", leg: record.leg, recording, lasted: ms(now - at), why: "fault" });
    record.recordings.clear();
  }

  #giveBack(record: LegRecord): void {
    if (record.ports !== undefined) this.#pool.giveBack(record.ports);
    record.ports = undefined;
  }

  /** A worker died: its legs are lost, and another takes its place. Legs that are being opened, moved or closed notice by themselves. */
  #replace(dead: WorkerLink, why: string): void {
    const { clock, log } = this.#options;
    log.error("sound worker lost", { why, legs: dead.legs });
    for (const record of [...this.#legs.values()])
      if (record.link === dead && record.state === "open" && record.closing === undefined) this.#lose(record, why);
    const timer = clock.after(dead.hasBeaten ? RESTART_AFTER : ms(10 * RESTART_AFTER), () => {
      this.#restarts.delete(timer);
      const place = this.#links.indexOf(dead);
      if (place >= 0) this.#links[place] = new WorkerLink(this.#linkParts);
    });
    this.#restarts.add(timer);
  }
}
