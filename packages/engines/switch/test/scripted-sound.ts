import type {
  LegQuality,
  LocalMedia,
  NegotiatedMedia,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  SoundRefusal,
} from "@cordboard/core";
import type { LegId, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";

const figures: LegQuality = {
  codec: "PCMA",
  packetsSent: 1,
  packetsReceived: 1,
  packetsLost: 0,
  remoteLossRatio: undefined,
  jitterMs: 0,
  roundTripMs: undefined,
  packetsForeign: 0,
  mos: undefined,
};

/** A sound engine without sound: it keeps what it was told, and tests say what it reports. */
export class ScriptedSound implements SoundEngine {
  /** Every order, as `bridge leg_a leg_b`. */
  readonly orders: string[] = [];
  readonly agreed = new Map<LegId, NegotiatedMedia>();
  /** Legs that are open, with their address. */
  readonly openLegs = new Map<LegId, string>();
  readonly #listeners: ((fact: SoundFact) => void)[] = [];
  #nextPort = 40_000;
  /** Set to refuse the next legs. */
  refusal: SoundRefusal | undefined;
  /** Settles before a leg opens. */
  opening: Promise<void> = Promise.resolve();
  /** Settles before a leg closes. */
  closing: Promise<void> = Promise.resolve();

  async open(leg: LegId, place: { readonly address: string }): Promise<Result<LocalMedia, SoundRefusal>> {
    await this.opening;
    if (this.refusal !== undefined) return refused(this.refusal);
    this.openLegs.set(leg, place.address);
    const port = this.#nextPort;
    this.#nextPort += 2;
    return ok({ address: place.address, port, rtcpPort: port + 1 });
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    this.agreed.set(leg, media);
    this.#note("connect", leg, media.codecs.map(({ name }) => name).join("+"), media.direction);
  }
  bridge(a: LegId, b: LegId): void {
    this.#note("bridge", a, b);
  }
  unbridge(leg: LegId): void {
    this.#note("unbridge", leg);
  }
  play(leg: LegId, source: { readonly kind: string }): void {
    this.#note("play", leg, source.kind);
  }
  stop(leg: LegId): void {
    this.#note("stop", leg);
  }
  sendDigits(leg: LegId, digits: string): void {
    this.#note("digits", leg, digits);
  }

  async close(leg: LegId): Promise<LegQuality | undefined> {
    await this.closing;
    return this.openLegs.delete(leg) ? figures : undefined;
  }

  onFact(listener: (fact: SoundFact) => void): void {
    this.#listeners.push(listener);
  }

  /** Reports as the engine would. */
  tell(fact: SoundFact): void {
    for (const listener of this.#listeners) listener(fact);
  }

  describe(): SoundEngineState {
    return { legs: this.openLegs.size, portsInUse: this.openLegs.size, portsDraining: 0, portsFree: 100, workers: [] };
  }

  async stopAll(): Promise<void> {
    this.openLegs.clear();
  }

  #note(...words: readonly string[]): void {
    this.orders.push(words.join(" "));
  }
}
