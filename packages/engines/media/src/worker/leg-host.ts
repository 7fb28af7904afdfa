import type { RecordOrder, SpeaksTo } from "@cordboard/core";
import type { DtlsCrypto } from "@cordboard/dtls";
import { Reflection } from "@cordboard/ice";
import type { ActionId, Clock, LegId, LogFields, Random, RecordingId, Timer } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import { rtpFields } from "@cordboard/rtp";
import type { Order, PlayedSource, Report } from "../messages.ts";
import type { SoundTimings } from "../timings.ts";
import { workerTick } from "../timings.ts";
import type { Endpoint } from "./addresses.ts";
import type { LegParts } from "./leg.ts";
import { Leg } from "./leg.ts";
import type { RecordingSnapshot } from "./leg-recording.ts";
import { LegRecording } from "./leg-recording.ts";
import type { BindSockets } from "./leg-sockets.ts";
import { Pacer } from "./pacer.ts";
import { Playing } from "./playable.ts";
import type { RecordingDisk } from "./recording-file.ts";
import { Room } from "./room.ts";
import type { SoundStore } from "./sound-store.ts";

/** What a host of legs is made of. */
export interface LegHostParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: SoundTimings;
  readonly sounds: Pick<SoundStore, "made" | "file">;
  readonly disk: RecordingDisk;
  readonly bind: BindSockets;
  /** Who we are in the handshakes of browsers' legs. */
  readonly dtls: DtlsCrypto;
  report(report: Report): void;
  /** Called at every tick and packet, as a sign of life. */
  beat(): void;
}

/** Most sounds that one order plays: more than anybody says in a breath. */
const MAX_FILES = 64;

type LegOrder = Extract<
  Order,
  { type: "connect" | "mix" | "unbridge" | "record" | "stop-recording" | "play" | "stop" | "send-digits" }
>;

/** All legs of one worker: takes orders, gives reports. */
export class LegHost {
  readonly #parts: LegHostParts;
  readonly #legParts: LegParts;
  readonly #legs = new Map<LegId, Leg>();
  readonly #rooms = new Map<string, Room>();
  /** The latest sound that was ordered for each leg, so that a file that loads slowly does not play after a later order. */
  readonly #ordered = new Map<LegId, ActionId>();
  #timer: Timer;
  #origins = 0;

  constructor(parts: LegHostParts) {
    const { clock, random, timings, dtls } = parts;
    this.#parts = parts;
    this.#legParts = {
      clock,
      random,
      timings,
      pacer: new Pacer(clock),
      fields: rtpFields(),
      nextOrigin: () => ++this.#origins,
      dtls,
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
      case "mix":
      case "unbridge":
      case "record":
      case "stop-recording":
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

  #orderLeg(leg: Leg, order: LegOrder): void {
    switch (order.type) {
      case "connect":
        leg.connect(order.media);
        return;
      case "mix":
        this.#mix(leg, order.room, order.speaksTo);
        return;
      case "unbridge":
        leg.part();
        return;
      case "record":
        this.#record(leg, order.order);
        return;
      case "stop-recording":
        this.#stopRecording(leg, order.recording);
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

  async #open({ request, leg: id, place, snapshot, stun }: Extract<Order, { type: "open" }>): Promise<void> {
    const leg = new Leg(id, this.#legParts, snapshot);
    let reflection: Reflection | undefined;
    const bound = await this.#parts.bind(place, {
      onRtp: (packet, from) => {
        if (reflection?.take(packet, from) === true) return;
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
      if (snapshot?.recording !== undefined) leg.record(this.#recordingOf(leg, snapshot.recording));
      if (snapshot !== undefined) this.#welcome(leg);
    } else if (bound.outcome === "failed") this.#warn("binding failed", id, { why: bound.why });
    if (bound.outcome === "open" && stun !== undefined) {
      // A leg that is gone by then has no sockets any more.
      const send = (bytes: Uint8Array, to: Endpoint): void => {
        if (this.#legs.get(id) === leg) bound.sockets.sendRtp(bytes, to);
      };
      reflection = new Reflection({ ...this.#legParts, send }, stun);
    }
    const outside = await reflection?.answer;
    reflection = undefined;
    this.#parts.report({ type: "opened", request, outcome: bound.outcome, outside });
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
    // The end of its recording is told before.
    await leg.leave("fault");
    this.#parts.report({ type: "fact", fact: { type: "lost", leg: leg.id, why } });
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

  #mix(leg: Leg, name: string, speaksTo: SpeaksTo): void {
    const known = this.#rooms.get(name);
    const room = known ?? new Room(this.#legParts.pacer, () => this.#rooms.delete(name));
    if (known === undefined) this.#rooms.set(name, room);
    if (!leg.isIn(room)) this.#ordered.delete(leg.id);
    leg.enter(room, speaksTo);
  }

  #record(leg: Leg, order: RecordOrder): void {
    if (leg.recording !== undefined) {
      const { recording } = order;
      this.#warn("leg is being recorded already", leg.id, { recording });
      this.#legParts.onFact({ type: "record-done", leg: leg.id, recording, lasted: ms(0), why: "fault" });
      return;
    }
    leg.record(this.#recordingOf(leg, { order, bytes: 0 }));
    if (order.hasNotice) leg.tellRecorded();
  }

  #recordingOf(leg: Leg, snapshot: RecordingSnapshot): LegRecording {
    const { recording } = snapshot.order;
    return new LegRecording(snapshot, {
      pacer: this.#legParts.pacer,
      disk: this.#parts.disk,
      onDone: (lasted, why) => {
        leg.record(undefined);
        this.#legParts.onFact({ type: "record-done", leg: leg.id, recording, lasted, why });
      },
      onTrouble: (trouble, detail) => this.#warn("recording ended early", leg.id, { recording, trouble, detail }),
    });
  }

  #stopRecording({ recording }: Leg, id: RecordingId): void {
    if (recording?.order.recording === id) void recording.end("stopped");
  }

  async #play(leg: Leg, source: PlayedSource, action: ActionId): Promise<void> {
    const { sounds } = this.#parts;
    switch (source.kind) {
      case "tone":
        leg.play(new Playing([sounds.made(source.tone)], true), action);
        return;
      case "music":
        leg.play(new Playing([sounds.made("music")], true), action);
        return;
      case "silence":
        leg.silence(new Playing([sounds.made("silence")], true), action);
        return;
      case "echo":
        leg.echo();
        return;
      case "file":
        return this.#playFiles(leg, { paths: [source.path], isLoop: source.loop }, action);
      case "files":
        return this.#playFiles(leg, { paths: source.paths.slice(0, MAX_FILES), isLoop: false }, action);
      default:
        unreachable(source);
    }
  }

  async #playFiles(
    leg: Leg,
    { paths, isLoop }: { readonly paths: readonly string[]; readonly isLoop: boolean },
    action: ActionId,
  ): Promise<void> {
    const read = await Promise.all(paths.map(async (path) => ({ path, sound: await this.#parts.sounds.file(path) })));
    if (this.#ordered.get(leg.id) !== action) return;
    const sounds = read.flatMap(({ path, sound }) => {
      if (!sound.ok) this.#warn("sound file not played", leg.id, { path, ...sound.error });
      return sound.ok ? sound.value : [];
    });
    if (sounds.length > 0) leg.play(new Playing(sounds, isLoop), action);
    // Whoever waits for the end of a sound that cannot be played must not wait for ever.
    else this.#legParts.onFact({ type: "play-done", leg: leg.id, action });
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
