import type {
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
import type { ActionId, LegId, Millis, RecordingId, Result } from "@cordboard/kernel";
import { ms, refused, seconds } from "@cordboard/kernel";
import { Doubles } from "./doubles.ts";
import type { Line } from "./line.ts";
import { canJoin, diallingTime, doubled, isReady, isServed, newLine, qualityOf, shouldBeHeard } from "./line.ts";
import type { DigitNotice } from "./readings.ts";
import type { RelayCallEvents } from "./relay-call.ts";
import { RelayCall } from "./relay-call.ts";
import type { RelayedSound, RelayedSoundOptions } from "./relayed-sound-options.ts";
import { leastLoaded, Rtpengine } from "./rtpengine.ts";
import type { SeatFigures } from "./seat.ts";
import { nothingCarried } from "./seat.ts";
import { openSocketLink } from "./socket-link.ts";

/**
 * The sound engine over rtpengine. Each leg's peer speaks to an rtpengine. Two legs that only talk are joined there, and no packet
 * of theirs comes to us; for everything else a leg gets a double in the built-in engine, and rtpengine passes its sound there:
 *
 *     peer ◄─► rtpengine ◄─► peer              two legs that talk
 *     peer ◄─► rtpengine ◄─► built-in engine   rooms, prompts, recordings, digits to send, codecs that do not fit
 *     peer ◄─► built-in engine                 no rtpengine is there
 */
export function createRelayedSound(options: RelayedSoundOptions): RelayedSound {
  return new RelaySound(options);
}

class RelaySound implements RelayedSound {
  readonly #options: RelayedSoundOptions;
  readonly #builtin: SoundEngine;
  readonly #rtpengines: readonly Rtpengine[];
  readonly #doubles: Doubles;
  readonly #lines = new Map<LegId, Line>();
  readonly #calls = new Map<string, RelayCall>();
  readonly #listeners: ((fact: SoundFact) => void)[] = [];
  readonly #callEvents: RelayCallEvents;
  #isStopped = false;

  constructor(options: RelayedSoundOptions) {
    const { rtpengines, builtin, clock, random, log, openLink: open = openSocketLink } = options;
    this.#options = options;
    this.#builtin = builtin;
    this.#doubles = new Doubles({
      builtin,
      partnerOf: (line) => this.#partnerOf(line),
      settle: (line) => this.#settle(line),
      lose: (line, why) => void this.#lose(line, why),
    });
    const events = {
      onGone: (rtpengine: Rtpengine, why: string): void => this.#loseAll(rtpengine, why),
      onDigit: (notice: DigitNotice): void => this.#hearDigit(notice),
    };
    this.#rtpengines = rtpengines.map((address) => new Rtpengine(address, { clock, random, log, open, events }));
    this.#callEvents = {
      onInward: (leg, at) => {
        const line = this.#lines.get(leg);
        if (line?.double?.local === undefined || line.media === undefined) return;
        line.heardBy = "builtin";
        line.double.isConnected = true;
        builtin.connect(leg, doubled(line.media, at));
        this.#doubles.begin(line);
      },
      onJoined: (a, b) => this.#joined(a, b),
      onFigures: (leg, figures, silentFor) => this.#tellFigures(leg, figures, silentFor),
      onLost: (leg, why) => {
        const line = this.#lines.get(leg);
        if (line !== undefined) void this.#lose(line, why);
      },
    };
    builtin.onFact((fact) => this.#hear(fact));
  }

  async ready(): Promise<void> {
    await Promise.all(this.#rtpengines.map((each) => each.ready()));
  }

  open(leg: LegId, place: LegPlace): Promise<Result<LocalMedia, SoundRefusal>> {
    const known = this.#lines.get(leg);
    if (known !== undefined) return known.opened;
    if (this.#isStopped) return Promise.resolve(refused({ code: "sound-engine-away" }));
    const line = newLine(leg, place, Promise.resolve(refused({ code: "sound-engine-away" })));
    this.#lines.set(leg, line);
    line.opened = this.#open(line);
    return line.opened;
  }

  async renewIce(leg: LegId): Promise<IceCredentials | undefined> {
    const line = this.#lines.get(leg);
    return line?.call === undefined ? this.#builtin.renewIce(leg) : line.call.renewIce(leg);
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    const line = this.#openLine(leg);
    if (line === undefined) return;
    line.media = media;
    if (line.call === undefined) this.#builtin.connect(leg, media);
    else line.call.connect(leg, media);
    this.#settle(line);
  }

  bridge(a: LegId, b: LegId): void {
    const [first, second] = [this.#openLine(a), this.#openLine(b)];
    if (first === undefined || second === undefined || a === b) return;
    const left = [first, second].flatMap((line) => this.#part(line));
    [first.partner, second.partner] = [b, a];
    for (const line of [first, second]) [line.playing, line.room] = [undefined, undefined];
    // A new bridge ends what either was hearing, even where it is the same two.
    for (const { double } of [first, second]) if (double !== undefined) double.joined = undefined;
    for (const line of [first, second, ...left]) this.#settle(line);
  }

  mix(leg: LegId, room: string, speaksTo: SpeaksTo): void {
    const line = this.#openLine(leg);
    if (line === undefined) return;
    const left = this.#part(line);
    line.room = room;
    if (line.double !== undefined) line.double.joined = undefined;
    this.#doubles.order(line, () => this.#builtin.mix(leg, room, speaksTo));
    for (const other of left) this.#settle(other);
  }

  unbridge(leg: LegId): void {
    const line = this.#openLine(leg);
    if (line === undefined) return;
    const left = this.#part(line);
    line.room = undefined;
    if (line.double !== undefined) this.#doubles.order(line, () => this.#builtin.unbridge(leg));
    for (const each of [line, ...left]) this.#settle(each);
  }

  play(leg: LegId, source: SoundSource, action: ActionId): void {
    const line = this.#openLine(leg);
    if (line === undefined) return;
    line.playing = action;
    this.#doubles.order(line, () => this.#builtin.play(leg, source, action));
  }

  stop(leg: LegId): void {
    const line = this.#openLine(leg);
    if (line === undefined) return;
    line.playing = undefined;
    if (line.double !== undefined) this.#doubles.order(line, () => this.#builtin.stop(leg));
    this.#settle(line);
  }

  record(leg: LegId, order: RecordOrder): void {
    const line = this.#openLine(leg);
    if (line === undefined || line.recordings.has(order.recording)) return;
    line.recordings.add(order.recording);
    this.#doubles.order(line, () => this.#builtin.record(leg, order));
  }

  stopRecording(leg: LegId, recording: RecordingId): void {
    const line = this.#openLine(leg);
    if (line?.double !== undefined) this.#doubles.order(line, () => this.#builtin.stopRecording(leg, recording));
  }

  sendDigits(leg: LegId, digits: string): void {
    const line = this.#openLine(leg);
    if (line === undefined) return;
    line.dialling?.cancel();
    line.dialling = this.#options.clock.after(diallingTime(digits), () => {
      line.dialling = undefined;
      this.#settle(line);
    });
    this.#doubles.order(line, () => this.#builtin.sendDigits(leg, digits));
  }

  close(leg: LegId): Promise<LegQuality | undefined> {
    const line = this.#lines.get(leg);
    if (line === undefined) return Promise.resolve(undefined);
    line.closing ??= this.#close(line);
    return line.closing;
  }

  onFact(listener: (fact: SoundFact) => void): void {
    this.#listeners.push(listener);
  }

  describe(): SoundEngineState {
    const own = this.#builtin.describe();
    const there = this.#rtpengines.filter(({ isAlive }) => isAlive);
    const relayed = [...this.#lines.values()].filter(({ call }) => call !== undefined).length;
    return {
      legs: this.#lines.size,
      portsInUse: own.portsInUse + 2 * relayed,
      portsDraining: own.portsDraining,
      portsFree: there.length === 0 ? own.portsFree : there.reduce((sum, { portsFree }) => sum + portsFree, 0),
      workers: own.workers,
      relays: this.#rtpengines.map(({ name, calls, isAlive, waitMs }) => ({ name, calls, isAlive, waitMs })),
    };
  }

  async stopAll(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#lines.keys()].map((leg) => this.close(leg)));
    for (const rtpengine of this.#rtpengines) rtpengine.close();
    await this.#builtin.stopAll();
  }

  /** The line of a leg that takes orders. */
  #openLine(leg: LegId): Line | undefined {
    const line = this.#lines.get(leg);
    return line?.state === "open" ? line : undefined;
  }

  async #open(line: Line): Promise<Result<LocalMedia, SoundRefusal>> {
    const { leg, place } = line;
    const at = { isIPv6: place.address.includes(":"), isWebRtc: place.isWebRtc === true };
    const tried = new Set<Rtpengine>();
    let opened: Result<LocalMedia, SoundRefusal> | undefined;
    for (;;) {
      const call = this.#callFor(line, tried);
      if (call === undefined) break;
      line.call = call;
      opened = await call.open(leg, at);
      if (opened.ok || line.closing !== undefined) break;
      this.#forgetCall(call);
      line.call = undefined;
      tried.add(call.rtpengine);
    }
    // Full ones are no reason to take ports that nobody counted on; gone ones are.
    if (opened === undefined || (!opened.ok && opened.error.code !== "no-free-ports" && line.closing === undefined))
      opened = await this.#builtin.open(leg, place);
    if (!opened.ok) this.#lines.delete(leg);
    else if (line.closing === undefined) line.state = "open";
    return opened;
  }

  /** The call of a leg that this one may be joined with, or else a new one in the rtpengine that carries least. */
  #callFor({ place }: Line, tried: ReadonlySet<Rtpengine>): RelayCall | undefined {
    const near = place.near === undefined ? undefined : this.#lines.get(place.near)?.call;
    if (near?.hasRoom === true && near.rtpengine.isAlive && !tried.has(near.rtpengine)) return near;
    const rtpengine = leastLoaded(this.#rtpengines.filter((each) => !tried.has(each)));
    if (rtpengine === undefined) return undefined;
    const { clock, log } = this.#options;
    const call = new RelayCall({ rtpengine, clock, log, events: this.#callEvents });
    this.#calls.set(call.id, call);
    return call;
  }

  #partnerOf({ partner }: Line): Line | undefined {
    return partner === undefined ? undefined : this.#lines.get(partner);
  }

  /** Ends a leg's bridge; who else is left by that. */
  #part(line: Line): readonly Line[] {
    const other = this.#partnerOf(line);
    line.partner = undefined;
    if (other?.partner !== line.leg) return [];
    other.partner = undefined;
    return [other];
  }

  /** Lets rtpengine and the built-in engine follow what is wanted of a leg. */
  #settle(line: Line): void {
    const other = this.#partnerOf(line);
    if (line.state !== "open") return;
    if (other !== undefined && canJoin(line, other)) return this.#join(line, other);
    if (other?.media === undefined || line.media === undefined) {
      if (isServed(line)) this.#doubles.need(line);
      return this.#doubles.turnInward(line);
    }
    const both = [line, other];
    for (const each of both) this.#doubles.need(each);
    // They go on talking until both have their doubles.
    if (both.some(({ call, double }) => call !== undefined && double?.local === undefined)) return;
    for (const each of both) this.#doubles.turnInward(each);
    if (both.every(isReady)) this.#doubles.bridge(line, other);
  }

  #join(a: Line, b: Line): void {
    a.call?.route(a.leg, { to: "leg", leg: b.leg });
    b.call?.route(b.leg, { to: "leg", leg: a.leg });
    if (a.call?.joins(a.leg, b.leg) === true) this.#joined(a.leg, b.leg);
  }

  /** Two legs need nobody between them any more. */
  #joined(a: LegId, b: LegId): void {
    const [first, second] = [this.#openLine(a), this.#openLine(b)];
    if (first === undefined || second === undefined || first.partner !== b || !canJoin(first, second)) return;
    for (const line of [first, second]) {
      line.heardBy = "rtpengine";
      void this.#doubles.close(line);
    }
  }

  async #close(line: Line): Promise<LegQuality | undefined> {
    const { leg } = line;
    const wasOpen = line.state === "open";
    line.state = "closing";
    line.dialling?.cancel();
    for (const other of this.#part(line)) this.#settle(other);
    // While it opens its place is known to whoever opens it.
    const figures = line.call?.close(leg);
    const opened = await line.opened;
    if (!opened.ok && !wasOpen) return undefined;
    const own = line.call === undefined ? this.#builtin.close(leg) : undefined;
    const [, carried, quality] = await Promise.all([this.#doubles.close(line), figures, own]);
    await line.doubleGone;
    this.#endRecordings(line, "leg-ended");
    if (!this.#lines.delete(leg)) return undefined;
    this.#forgetCall(line.call);
    return line.call === undefined ? quality : qualityOf(line, carried ?? nothingCarried);
  }

  #forgetCall(call: RelayCall | undefined): void {
    if (call?.isOver === true) this.#calls.delete(call.id);
  }

  #loseAll(rtpengine: Rtpengine, why: string): void {
    for (const call of [...this.#calls.values()])
      if (call.rtpengine === rtpengine) call.lose(`rtpengine ${rtpengine.name} ${why}`);
  }

  /** A leg's sound is gone without having been closed: its recordings end first. */
  async #lose(line: Line, why: string): Promise<void> {
    const { leg } = line;
    if (line.closing !== undefined) return;
    this.#options.log.error("leg lost its sound", { leg, why });
    line.state = "closing";
    line.closing = Promise.resolve(undefined);
    line.dialling?.cancel();
    for (const other of this.#part(line)) this.#settle(other);
    void line.call?.close(leg);
    await this.#doubles.close(line);
    this.#endRecordings(line, "fault");
    this.#lines.delete(leg);
    this.#forgetCall(line.call);
    this.#tell({ type: "lost", leg, why });
  }

  /** Recordings that had not even begun. */
  #endRecordings({ leg, recordings }: Line, why: RecordEnd): void {
    for (const recording of recordings) this.#tell({ type: "record-done", leg, recording, lasted: ms(0), why });
    recordings.clear();
  }

  #hear(fact: SoundFact): void {
    const line = this.#lines.get(fact.leg);
    if (line === undefined) return;
    if (fact.type === "record-done") line.recordings.delete(fact.recording);
    if (fact.type === "play-done" && fact.action === line.playing) line.playing = undefined;
    if (fact.type === "quality") line.measured = fact.quality;
    if (line.call === undefined) {
      if (fact.type === "lost") this.#lines.delete(fact.leg);
      return this.#tell(fact);
    }
    switch (fact.type) {
      case "lost":
        line.double = undefined;
        return void this.#lose(line, fact.why);
      case "digit":
        return line.heardBy === "builtin" ? this.#tell(fact) : undefined;
      case "play-done":
      case "record-done":
        this.#tell(fact);
        return this.#settle(line);
      default:
        // What else its double notices is known better of the leg itself.
        return undefined;
    }
  }

  #hearDigit({ callId, leg, digit, lasted }: DigitNotice): void {
    const line = this.#openLine(leg);
    if (line?.call?.id === callId && line.heardBy === "rtpengine") this.#tell({ type: "digit", leg, digit, lasted });
  }

  #tellFigures(leg: LegId, figures: SeatFigures, silentFor: Millis): void {
    const line = this.#openLine(leg);
    if (line?.media === undefined) return;
    this.#tell({ type: "quality", leg, quality: qualityOf(line, figures) });
    const isSilent = shouldBeHeard(line.media) && silentFor >= (this.#options.silentAfter ?? seconds(10));
    if (isSilent === line.isSilent) return;
    line.isSilent = isSilent;
    this.#tell(isSilent ? { type: "silent", leg, since: silentFor } : { type: "heard", leg });
  }

  #tell(fact: SoundFact): void {
    for (const listener of this.#listeners) listener(fact);
  }
}
