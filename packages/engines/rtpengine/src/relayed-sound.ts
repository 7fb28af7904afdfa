import type {
  IceCredentials,
  LegPlace,
  LegQuality,
  LocalMedia,
  NegotiatedMedia,
  RecordOrder,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  SoundRefusal,
  SoundSource,
  SpeaksTo,
} from "@cordboard/core";
import type { ActionId, LegId, RecordingId, Result } from "@cordboard/kernel";
import { ms, refused } from "@cordboard/kernel";
import { Carriage } from "./carriage.ts";
import { Fleet } from "./fleet.ts";
import type { Line } from "./line.ts";
import { beginDigits, newLine, qualityOf } from "./line.ts";
import { LineFacts } from "./line-facts.ts";
import { Lines } from "./lines.ts";
import type { RelayedSound, RelayedSoundOptions } from "./relayed-sound-options.ts";
import type { Rtpengine } from "./rtpengine.ts";
import { nothingCarried } from "./seat.ts";

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
  readonly #lines = new Lines();
  readonly #fleet: Fleet;
  readonly #carriage: Carriage;
  readonly #facts: LineFacts;
  #isStopped = false;

  constructor(options: RelayedSoundOptions) {
    const { builtin } = options;
    this.#options = options;
    this.#builtin = builtin;
    this.#facts = new LineFacts(options.silentAfter);
    this.#carriage = new Carriage({ lines: this.#lines, builtin, lose: (line, why) => void this.#lose(line, why) });
    this.#fleet = new Fleet(options, {
      onInward: (leg, at) => this.#carriage.turnedInward(leg, at),
      onJoined: (a, b) => this.#carriage.joined(a, b),
      onFigures: (leg, figures, silentFor) => {
        const line = this.#lines.open(leg);
        if (line !== undefined) this.#facts.figures(line, figures, silentFor);
      },
      onDigit: (notice) => {
        const line = this.#lines.open(notice.leg);
        if (line !== undefined) this.#facts.digit(line, notice);
      },
      onHearing: (rtpengine) => this.#settleAll(rtpengine),
      onLost: (leg, why) => {
        const line = this.#lines.get(leg);
        if (line !== undefined) void this.#lose(line, why);
      },
    });
    builtin.onFact((fact) => this.#hear(fact));
  }

  ready(): Promise<void> {
    return this.#fleet.ready();
  }

  open(leg: LegId, place: LegPlace): Promise<Result<LocalMedia, SoundRefusal>> {
    const known = this.#lines.get(leg);
    if (known !== undefined) return known.opened;
    if (this.#isStopped) return Promise.resolve(refused({ code: "sound-engine-away" }));
    const line = newLine(leg, place, Promise.resolve(refused({ code: "sound-engine-away" })));
    this.#lines.add(line);
    line.opened = this.#open(line);
    return line.opened;
  }

  async renewIce(leg: LegId, theirs: IceCredentials): Promise<IceCredentials | undefined> {
    const line = this.#lines.get(leg);
    return line?.call === undefined ? this.#builtin.renewIce(leg, theirs) : line.call.renewIce(leg, theirs);
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    const line = this.#lines.open(leg);
    if (line === undefined) return;
    line.media = media;
    if (line.call === undefined) this.#builtin.connect(leg, media);
    else line.call.connect(leg, media);
    this.#carriage.settle(line);
  }

  bridge(a: LegId, b: LegId): void {
    const [first, second] = [this.#lines.open(a), this.#lines.open(b)];
    if (first === undefined || second === undefined || a === b) return;
    const left = [first, second].flatMap((line) => this.#lines.part(line));
    [first.partner, second.partner] = [b, a];
    for (const line of [first, second]) [line.playing, line.room] = [undefined, undefined];
    // A new bridge ends what either was hearing, even where it is the same two.
    for (const { double } of [first, second]) if (double !== undefined) double.joined = undefined;
    for (const line of [first, second, ...left]) this.#carriage.settle(line);
  }

  mix(leg: LegId, room: string, speaksTo: SpeaksTo): void {
    const line = this.#lines.open(leg);
    if (line === undefined) return;
    const left = this.#lines.part(line);
    line.room = room;
    if (line.double !== undefined) line.double.joined = undefined;
    this.#carriage.order(line, () => this.#builtin.mix(leg, room, speaksTo));
    for (const other of left) this.#carriage.settle(other);
  }

  unbridge(leg: LegId): void {
    const line = this.#lines.open(leg);
    if (line === undefined) return;
    const left = this.#lines.part(line);
    line.room = undefined;
    if (line.double !== undefined) this.#carriage.order(line, () => this.#builtin.unbridge(leg));
    for (const each of [line, ...left]) this.#carriage.settle(each);
  }

  play(leg: LegId, source: SoundSource, action: ActionId): void {
    const line = this.#lines.open(leg);
    if (line === undefined) return;
    line.playing = action;
    this.#carriage.order(line, () => this.#builtin.play(leg, source, action));
  }

  stop(leg: LegId): void {
    const line = this.#lines.open(leg);
    if (line === undefined) return;
    line.playing = undefined;
    if (line.double !== undefined) this.#carriage.order(line, () => this.#builtin.stop(leg));
    this.#carriage.settle(line);
  }

  record(leg: LegId, order: RecordOrder): void {
    const line = this.#lines.open(leg);
    if (line === undefined || line.recordings.has(order.recording)) return;
    line.recordings.add(order.recording);
    this.#carriage.order(line, () => this.#builtin.record(leg, order));
  }

  stopRecording(leg: LegId, recording: RecordingId): void {
    const line = this.#lines.open(leg);
    if (line?.double !== undefined) this.#carriage.order(line, () => this.#builtin.stopRecording(leg, recording));
  }

  sendDigits(leg: LegId, digits: string): void {
    const line = this.#lines.open(leg);
    if (line === undefined) return;
    const { clock } = this.#options;
    const dialling = line.dialling ?? { until: ms(0), timer: undefined };
    line.dialling = dialling;
    const over = (): void => {
      line.dialling = undefined;
      this.#carriage.settle(line);
    };
    this.#carriage.order(line, () => {
      this.#builtin.sendDigits(leg, digits);
      beginDigits(dialling, digits, { clock, over });
    });
  }

  close(leg: LegId): Promise<LegQuality | undefined> {
    const line = this.#lines.get(leg);
    if (line === undefined) return Promise.resolve(undefined);
    line.closing ??= this.#close(line);
    return line.closing;
  }

  onFact(listener: (fact: SoundFact) => void): void {
    this.#facts.listen(listener);
  }

  describe(): SoundEngineState {
    const own = this.#builtin.describe();
    const relayed = this.#lines.all().filter(({ call }) => call !== undefined).length;
    return {
      legs: this.#lines.size,
      portsInUse: own.portsInUse + 2 * relayed,
      portsDraining: own.portsDraining,
      portsFree: this.#fleet.portsFree ?? own.portsFree,
      workers: own.workers,
      relays: this.#fleet.describe(),
    };
  }

  async stopAll(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#lines.all().map(({ leg }) => this.close(leg)));
    this.#fleet.close();
    await this.#builtin.stopAll();
  }

  async #open(line: Line): Promise<Result<LocalMedia, SoundRefusal>> {
    const { leg, place } = line;
    const at = { isIPv6: place.address.includes(":"), isWebRtc: place.isWebRtc === true };
    const near = place.near === undefined ? undefined : this.#lines.get(place.near)?.call;
    const tried = new Set<Rtpengine>();
    let opened: Result<LocalMedia, SoundRefusal> | undefined;
    for (;;) {
      const call = this.#fleet.callFor(near, tried);
      if (call === undefined) break;
      line.call = call;
      opened = await call.open(leg, at);
      if (opened.ok || line.closing !== undefined) break;
      line.call = undefined;
      tried.add(call.rtpengine);
    }
    // Full ones are no reason to take ports that nobody counted on; gone ones are.
    if (opened === undefined || (!opened.ok && opened.error.code !== "no-free-ports" && line.closing === undefined))
      opened = await this.#builtin.open(leg, place);
    if (!opened.ok) this.#lines.delete(line);
    else if (line.closing === undefined) line.state = "open";
    return opened;
  }

  async #close(line: Line): Promise<LegQuality | undefined> {
    const { leg } = line;
    const wasOpen = line.state === "open";
    line.state = "closing";
    line.dialling?.timer?.cancel();
    for (const other of this.#lines.part(line)) this.#carriage.settle(other);
    // While it opens its place is known to whoever opens it.
    const figures = line.call?.close(leg);
    const opened = await line.opened;
    if (!opened.ok && !wasOpen) return undefined;
    const own = line.call === undefined ? this.#builtin.close(leg) : undefined;
    const [, carried, quality] = await Promise.all([this.#carriage.leave(line), figures, own]);
    this.#facts.endRecordings(line, "leg-ended");
    if (!this.#lines.delete(line)) return undefined;
    return line.call === undefined ? quality : qualityOf(line, carried ?? nothingCarried);
  }

  /** Digits of its calls reach us from now on, or do not any more. */
  #settleAll(rtpengine: Rtpengine): void {
    for (const line of this.#lines.all()) if (line.call?.rtpengine === rtpengine) this.#carriage.settle(line);
  }

  /** A leg's sound is gone without having been closed: its recordings end first. */
  async #lose(line: Line, why: string): Promise<void> {
    const { leg } = line;
    if (line.closing !== undefined) return;
    this.#options.log.error("leg lost its sound", { leg, why });
    line.state = "closing";
    line.closing = Promise.resolve(undefined);
    line.dialling?.timer?.cancel();
    for (const other of this.#lines.part(line)) this.#carriage.settle(other);
    void line.call?.close(leg);
    await this.#carriage.leave(line);
    this.#facts.endRecordings(line, "fault");
    this.#lines.delete(line);
    this.#facts.tell({ type: "lost", leg, why });
  }

  #hear(fact: SoundFact): void {
    const line = this.#lines.get(fact.leg);
    if (line === undefined) return;
    if (fact.type === "record-done") line.recordings.delete(fact.recording);
    if (fact.type === "play-done" && fact.action === line.playing) line.playing = undefined;
    if (fact.type === "quality") line.measured = fact.quality;
    if (line.call === undefined) {
      if (fact.type === "lost") this.#lines.delete(line);
      return this.#facts.tell(fact);
    }
    switch (fact.type) {
      case "lost":
        line.double = undefined;
        return void this.#lose(line, fact.why);
      case "digit":
        return line.heardBy === "builtin" ? this.#facts.tell(fact) : undefined;
      case "play-done":
      case "record-done":
        this.#facts.tell(fact);
        return this.#carriage.settle(line);
      default:
        // What else its double notices is known better of the leg itself.
        return undefined;
    }
  }
}
