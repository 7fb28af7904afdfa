import type { SoundSource } from "@cordboard/core";
import type { ActionId, Clock, LegId, LogFields, Random, Timer } from "@cordboard/kernel";
import { unreachable } from "@cordboard/kernel";
import { rtpFields } from "@cordboard/rtp";
import type { Order, Report } from "../messages.ts";
import type { SoundTimings } from "../timings.ts";
import { workerTick } from "../timings.ts";
import type { LegParts } from "./leg.ts";
import { Leg } from "./leg.ts";
import type { BindSockets } from "./leg-sockets.ts";
import { Pacer } from "./pacer.ts";
import { Playing } from "./playable.ts";
import type { SoundStore } from "./sound-store.ts";

/** What a host of legs is made of. */
export interface LegHostParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: SoundTimings;
  readonly sounds: Pick<SoundStore, "made" | "file">;
  readonly bind: BindSockets;
  report(report: Report): void;
  /** Called at every tick and packet, as a sign of life. */
  beat(): void;
}

/** All legs of one worker: takes orders, gives reports. */
export class LegHost {
  readonly #parts: LegHostParts;
  readonly #legParts: LegParts;
  readonly #legs = new Map<LegId, Leg>();
  /** The latest sound that was ordered for each leg, so that a file that loads slowly does not play after a later order. */
  readonly #ordered = new Map<LegId, ActionId>();
  #timer: Timer;
  #origins = 0;

  constructor(parts: LegHostParts) {
    const { clock, random, timings } = parts;
    this.#parts = parts;
    this.#legParts = {
      clock,
      random,
      timings,
      pacer: new Pacer(clock),
      fields: rtpFields(),
      nextOrigin: () => ++this.#origins,
      onFact: (fact) => parts.report({ type: "fact", fact }),
    };
    this.#timer = clock.after(workerTick, () => this.#tick());
  }

  /** Carries an order out. Orders for a leg that is not here are ignored. */
  take(order: Order): void {
    switch (order.type) {
      case "open":
        void this.#open(order);
        return;
      case "bridge":
        this.#bridge(order.a, order.b);
        return;
      case "close":
        void this.#close(order.leg, order.request);
        return;
      case "release":
        void this.#release(order.leg, order.request);
        return;
      case "connect":
      case "unbridge":
      case "play":
      case "stop":
      case "send-digits": {
        const leg = this.#legs.get(order.leg);
        if (leg !== undefined) this.#guard(leg, () => this.#orderLeg(leg, order));
        return;
      }
      default:
        unreachable(order);
    }
  }

  #orderLeg(leg: Leg, order: Extract<Order, { type: "connect" | "unbridge" | "play" | "stop" | "send-digits" }>): void {
    switch (order.type) {
      case "connect":
        leg.connect(order.media);
        return;
      case "unbridge":
        leg.part();
        return;
      case "play":
        this.#ordered.set(leg.id, order.action);
        void this.#play(leg, order.source, order.action);
        return;
      case "stop":
        this.#ordered.delete(leg.id);
        leg.stop();
        return;
      case "send-digits":
        if (!leg.sendDigits(order.digits)) this.#warn("peer takes no telephone events", leg.id);
        return;
      default:
        unreachable(order);
    }
  }

  async #open({ request, leg: id, place, snapshot }: Extract<Order, { type: "open" }>): Promise<void> {
    const leg = new Leg(id, this.#legParts, snapshot);
    const bound = await this.#parts.bind(place, {
      onRtp: (packet, from) => {
        // A thread with more packets than time ticks late; it is slow, not stuck.
        this.#parts.beat();
        try {
          leg.onRtp(packet, from);
        } catch (cause) {
          this.#fail(leg, cause);
        }
      },
      onRtcp: (packet, from) => this.#guard(leg, () => leg.onRtcp(packet, from)),
      onBroken: (why) => void this.#break(leg, why),
    });
    if (bound.outcome === "open") {
      leg.attach(bound.sockets);
      this.#legs.set(id, leg);
      if (snapshot !== undefined) this.#welcome(leg);
    } else if (bound.outcome === "failed") this.#warn("binding failed", id, { why: bound.why });
    this.#parts.report({ type: "opened", request, outcome: bound.outcome });
  }

  async #close(id: LegId, request: number): Promise<void> {
    const quality = await this.#remove(id)?.close();
    this.#parts.report({ type: "closed", request, quality });
  }

  async #release(id: LegId, request: number): Promise<void> {
    const snapshot = await this.#remove(id)?.release();
    this.#parts.report({ type: "released", request, snapshot });
  }

  /** Does something for a leg. A fault of ours there costs that leg, not all the others of this thread. */
  #guard(leg: Leg, task: () => void): void {
    try {
      task();
    } catch (cause) {
      this.#fail(leg, cause);
    }
  }

  #fail(leg: Leg, cause: unknown): void {
    const fault = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#parts.report({ type: "log", level: "error", message: "leg failed", fields: { leg: leg.id, fault } });
    void this.#break(leg, "internal fault");
  }

  async #break(leg: Leg, why: string): Promise<void> {
    if (this.#legs.get(leg.id) !== leg) return;
    this.#remove(leg.id);
    this.#parts.report({ type: "fact", fact: { type: "lost", leg: leg.id, why } });
    await leg.leave();
  }

  #remove(id: LegId): Leg | undefined {
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    this.#ordered.delete(id);
    return leg;
  }

  /** Joins two legs; one that is still on its way from another worker is waited for. */
  #bridge(a: LegId, b: LegId): void {
    const [legA, legB] = [this.#legs.get(a), this.#legs.get(b)];
    for (const leg of [legA, legB]) {
      if (leg === undefined) continue;
      this.#ordered.delete(leg.id);
      leg.stop();
    }
    if (legA !== undefined && legB !== undefined) Leg.join(legA, legB);
    else if (legA !== undefined) legA.waitFor(b);
    else legB?.waitFor(a);
  }

  /** Joins a leg that has come from another worker with the one that waits for it. */
  #welcome(leg: Leg): void {
    for (const other of this.#legs.values()) if (other.waitsFor === leg.id) Leg.join(other, leg);
  }

  async #play(leg: Leg, source: SoundSource, action: ActionId): Promise<void> {
    const { sounds } = this.#parts;
    switch (source.kind) {
      case "tone":
        leg.play(new Playing(sounds.made(source.tone), true), action);
        return;
      case "music":
        leg.play(new Playing(sounds.made("music"), true), action);
        return;
      case "echo":
        leg.echo();
        return;
      case "file": {
        const sound = await sounds.file(source.path);
        if (this.#ordered.get(leg.id) !== action) return;
        if (sound.ok) {
          leg.play(new Playing(sound.value, source.loop), action);
          return;
        }
        // Whoever waits for the end of a sound that cannot be played must not wait for ever.
        this.#warn("sound file not played", leg.id, { path: source.path, ...sound.error });
        this.#legParts.onFact({ type: "play-done", leg: leg.id, action });
        return;
      }
      default:
        unreachable(source);
    }
  }

  #warn(message: string, leg: LegId, fields: LogFields = {}): void {
    this.#parts.report({ type: "log", level: "warn", message, fields: { leg, ...fields } });
  }

  #tick(): void {
    const { clock, beat } = this.#parts;
    const now = clock.monotonic();
    for (const leg of this.#legs.values()) {
      try {
        leg.tick(now);
      } catch (cause) {
        this.#fail(leg, cause);
      }
    }
    beat();
    this.#timer = clock.after(workerTick, () => this.#tick());
  }

  /** Ends all legs; settles when no socket and no timer is left. */
  async stop(): Promise<void> {
    this.#timer.cancel();
    const legs = [...this.#legs.values()];
    this.#legs.clear();
    await Promise.all(legs.map((leg) => leg.close()));
  }
}
