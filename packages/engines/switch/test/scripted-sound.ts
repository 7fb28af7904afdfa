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
import type { FakeSound, SoundOrder } from "@cordboard/testkit";
import { fakeSound } from "@cordboard/testkit";

/** The fake sound engine with doors: a test decides when a leg's ports open and close. */
export class ScriptedSound implements SoundEngine {
  readonly #fake = fakeSound();
  /** Legs that are open, with the address that they are bound to. */
  readonly openLegs = new Map<LegId, string>();
  /** Set to refuse the next legs. */
  refusal: SoundRefusal | undefined;
  /** Settles before a leg opens. */
  opening: Promise<void> = Promise.resolve();
  /** Settles before a leg closes. */
  closing: Promise<void> = Promise.resolve();

  /** What was ordered, but for opening and closing, as `bridge leg_a leg_b`. */
  get orders(): readonly string[] {
    return this.#fake.orders.flatMap(wordsOf);
  }

  /** What an open leg was last connected to. */
  media(leg: LegId): NegotiatedMedia | undefined {
    return this.#fake.media(leg);
  }

  /** The codecs of it. */
  codecs(leg: LegId): readonly string[] | undefined {
    return this.media(leg)?.codecs.map(({ name }) => name);
  }

  /** Whom or what a leg hears. */
  hearing(leg: LegId): LegId | SoundSource | undefined {
    return this.#fake.hearing(leg);
  }

  /** The room that a leg takes part in. */
  seat(leg: LegId): ReturnType<FakeSound["seat"]> {
    return this.#fake.seat(leg);
  }

  /** What is being recorded at a leg. */
  recording(leg: LegId): RecordOrder | undefined {
    return this.#fake.recording(leg);
  }

  /** Reports as the engine would. */
  tell(fact: SoundFact): void {
    this.#fake.raise(fact);
  }

  async open(leg: LegId, place: LegPlace): Promise<Result<LocalMedia, SoundRefusal>> {
    await this.opening;
    this.#fake.refuse(this.refusal);
    const opened = await this.#fake.open(leg, place);
    if (opened.ok) this.openLegs.set(leg, place.address);
    return opened;
  }

  async close(leg: LegId): Promise<LegQuality | undefined> {
    await this.closing;
    this.openLegs.delete(leg);
    return this.#fake.close(leg);
  }

  renewIce(leg: LegId, theirs: IceCredentials): Promise<IceCredentials | undefined> {
    return this.#fake.renewIce(leg, theirs);
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    this.#fake.connect(leg, media);
  }
  bridge(a: LegId, b: LegId): void {
    this.#fake.bridge(a, b);
  }
  mix(leg: LegId, room: string, speaksTo: SpeaksTo): void {
    this.#fake.mix(leg, room, speaksTo);
  }
  unbridge(leg: LegId): void {
    this.#fake.unbridge(leg);
  }
  record(leg: LegId, order: RecordOrder): void {
    this.#fake.record(leg, order);
  }
  stopRecording(leg: LegId, recording: RecordingId): void {
    this.#fake.stopRecording(leg, recording);
  }
  play(leg: LegId, source: SoundSource, action: ActionId): void {
    this.#fake.play(leg, source, action);
  }
  stop(leg: LegId): void {
    this.#fake.stop(leg);
  }
  sendDigits(leg: LegId, digits: string): void {
    this.#fake.sendDigits(leg, digits);
  }
  onFact(listener: (fact: SoundFact) => void): void {
    this.#fake.onFact(listener);
  }
  describe(): SoundEngineState {
    return this.#fake.describe();
  }
  stopAll(): Promise<void> {
    return this.#fake.stopAll();
  }
}

function wordsOf(order: SoundOrder): readonly string[] {
  switch (order.type) {
    case "open":
    case "close":
      return [];
    case "connect":
      return [`connect ${order.leg} ${order.media.codecs.map(({ name }) => name).join("+")} ${order.media.direction}`];
    case "bridge":
      return [`bridge ${order.a} ${order.b}`];
    case "play":
      return [`play ${order.leg} ${order.source.kind}`];
    case "mix":
      return [`mix ${order.leg} ${order.room} ${order.speaksTo}`];
    case "record":
      return [`record ${order.leg} ${order.order.recording}`];
    case "stop-recording":
      return [`stop-recording ${order.leg} ${order.recording}`];
    case "send-digits":
      return [`digits ${order.leg} ${order.digits}`];
    default:
      return [`${order.type} ${order.leg}`];
  }
}
