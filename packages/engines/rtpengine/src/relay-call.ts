import type { IceCredentials, LocalMedia, NegotiatedMedia, SoundRefusal } from "@cordboard/core";
import type { Clock, LegId, Log, Millis, Result, Timer } from "@cordboard/kernel";
import { ms, ok, refused, seconds, unreachable } from "@cordboard/kernel";
import type { Bencoded, Dictionary } from "./bencode.ts";
import type { Step } from "./call-plan.ts";
import { nextStep } from "./call-plan.ts";
import { opening } from "./exchange.ts";
import { readLocalMedia } from "./local-media.ts";
import type { NgRefusal } from "./ng-client.ts";
import type { CallFigures } from "./readings.ts";
import { readCall } from "./readings.ts";
import type { Rtpengine } from "./rtpengine.ts";
import type { Endpoints, Path, Seat, SeatFigures } from "./seat.ts";
import { newSeat } from "./seat.ts";
import { hasOffered, isSettled, reviewTrust } from "./trust.ts";

/** What a call tells of its legs. */
export interface RelayCallEvents {
  /** rtpengine will pass the leg's sound to its second leg, and expects that one's sound here. */
  onInward(leg: LegId, at: Endpoints): void;
  /** rtpengine has joined two legs. */
  onJoined(a: LegId, b: LegId): void;
  /** What went by so far, and for how long nothing has come. */
  onFigures(leg: LegId, figures: SeatFigures, silentFor: Millis): void;
  onLost(leg: LegId, why: string): void;
}

/** What a call is made of. */
export interface RelayCallParts {
  readonly rtpengine: Rtpengine;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: RelayCallEvents;
}

/** Legs of one call; more than two or three meet only while a group of phones rings. */
const MAX_SEATS = 16;
/** Pauses between the looks for the first packets of a peer that was just named: who is not where it says shall not be lost for long. */
const LOOKS: readonly Millis[] = [60, 100, 100, 100, 150, 250, 500, 1000, 2000].map(ms);
/** After that figures are read so often. */
const LOOK_EVERY = seconds(5);
/** It was started anew between two requests. */
const FORGOTTEN = "rtpengine has forgotten its ports";

interface Closer {
  readonly resolve: (figures: SeatFigures | undefined) => void;
}

/**
 * One call in one rtpengine: the legs that may be joined with each other without leaving it. What is wanted of the legs may
 * change at any time; one request after the other brings rtpengine there.
 */
export class RelayCall {
  readonly id: string;
  readonly rtpengine: Rtpengine;
  readonly #parts: RelayCallParts;
  readonly #seats = new Map<LegId, Seat>();
  readonly #openers = new Map<LegId, (local: Result<LocalMedia, SoundRefusal>) => void>();
  readonly #closers = new Map<LegId, Closer>();
  #isRunning = false;
  #isOver = false;
  #looks = 0;
  #timer: Timer | undefined;

  constructor(parts: RelayCallParts) {
    this.#parts = parts;
    this.rtpengine = parts.rtpengine;
    this.id = parts.rtpengine.begin();
  }

  /** All its legs have gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether another leg may come in. */
  get hasRoom(): boolean {
    return (
      !this.#isOver &&
      this.#seats.size < MAX_SEATS &&
      [...this.#seats.values()].some((seat) => seat.state !== "closing")
    );
  }

  open(
    leg: LegId,
    place: { readonly isIPv6: boolean; readonly isWebRtc: boolean },
  ): Promise<Result<LocalMedia, SoundRefusal>> {
    this.#seats.set(leg, newSeat(leg, place));
    return new Promise((resolve) => {
      this.#openers.set(leg, resolve);
      this.#settle();
    });
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined || seat.state === "closing") return;
    const { address, port } = media.remote;
    const isSamePeer = seat.media?.remote.address === address && seat.media.remote.port === port;
    seat.media = media;
    if (!isSamePeer) {
      seat.trust = { in: "named", before: undefined };
      seat.heardAt = this.#parts.clock.monotonic();
      this.#lookFrom(0);
    }
    this.#settle();
  }

  /** Where the leg's sound is to go from now on. */
  route(leg: LegId, path: Path): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined || seat.state === "closing") return;
    seat.wants = path;
    this.#settle();
  }

  /** Whether rtpengine passes the leg's sound to this one now. */
  joins(leg: LegId, other: LegId): boolean {
    return this.#seats.get(leg)?.joined === other && this.#seats.get(other)?.joined === leg;
  }

  /** Fresh ICE credentials for a browser's leg. */
  async renewIce(leg: LegId): Promise<IceCredentials | undefined> {
    const seat = this.#seats.get(leg);
    if (seat?.state !== "open" || !seat.isWebRtc) return undefined;
    const reply = await this.#ask({ command: "offer", ...this.#tags(seat.inner, seat.outer), ...opening(seat, true) });
    const local = reply.ok ? readLocalMedia(reply.value) : undefined;
    // What was told before named the old ones.
    seat.told = "";
    return local?.webRtc?.ice;
  }

  /** Ends a leg's part; settles with its figures when its ports are given back. */
  close(leg: LegId): Promise<SeatFigures | undefined> {
    const seat = this.#seats.get(leg);
    if (seat === undefined || seat.state === "closing") return Promise.resolve(undefined);
    seat.state = "closing";
    this.#openers.get(leg)?.(refused({ code: "sound-engine-away" }));
    this.#openers.delete(leg);
    return new Promise((resolve) => {
      this.#closers.set(leg, { resolve });
      this.#settle();
    });
  }

  /** rtpengine has forgotten it, or cannot be reached. */
  lose(why: string): void {
    if (this.#isOver) return;
    for (const seat of [...this.#seats.values()]) this.#loseSeat(seat, why);
    this.#finish();
  }

  #loseSeat(seat: Seat, why: string): void {
    const { leg } = seat;
    const [open, close] = [this.#openers.get(leg), this.#closers.get(leg)];
    this.#forget(leg);
    if (open !== undefined) open(refused({ code: "sound-engine-away" }));
    else if (close !== undefined) close.resolve(seat.figures);
    else this.#parts.events.onLost(leg, why);
  }

  #forget(leg: LegId): void {
    this.#seats.delete(leg);
    this.#openers.delete(leg);
    this.#closers.delete(leg);
  }

  #finish(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.rtpengine.end(this.id);
  }

  #settle(): void {
    if (this.#isRunning || this.#isOver) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    // What is ordered in one turn is seen as one.
    await Promise.resolve();
    for (;;) {
      const step = this.#isOver ? undefined : nextStep(this.#seats);
      if (step === undefined) break;
      await this.#do(step);
    }
    this.#isRunning = false;
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case "open":
        return this.#open(step.seat);
      case "turn-inward":
        return this.#turnInward(step);
      case "join":
        return this.#join(step);
      case "drop":
        return this.#drop(step.seat);
      case "end":
        return this.#end();
      default:
        return unreachable(step);
    }
  }

  async #open(seat: Seat): Promise<void> {
    const reply = await this.#ask({ command: "offer", ...this.#tags(seat.inner, seat.outer), ...opening(seat) });
    const answer = this.#openers.get(seat.leg);
    const local = reply.ok ? readLocalMedia(reply.value) : undefined;
    if (local !== undefined) {
      seat.port = local.port;
      if (seat.state === "opening") seat.state = "open";
      this.#openers.delete(seat.leg);
      return answer?.(ok(local));
    }
    if (this.#isOver) return;
    const isFull = !reply.ok && reply.error.code === "refused" && reply.error.why.includes("ports");
    if (!isFull) this.#complain("a leg was not opened", reply);
    const closer = this.#closers.get(seat.leg);
    this.#forget(seat.leg);
    answer?.(refused({ code: isFull ? "no-free-ports" : "sound-engine-away" }));
    closer?.resolve(undefined);
    if (this.#seats.size === 0) this.#finish();
  }

  async #turnInward({ seat, exchange, told }: Extract<Step, { do: "turn-inward" }>): Promise<void> {
    await this.#count(seat);
    const isToBuiltin = seat.wants.to === "builtin";
    const at = await this.#exchange(exchange, [seat]);
    if (at === undefined) return;
    const isOffered = exchange.from === seat.outer;
    const [outer, inner] = isOffered ? [at.answered, at.offered] : [at.offered, at.answered];
    if (outer.port !== seat.port) return this.#loseSeat(seat, FORGOTTEN);
    [seat.told, seat.joined] = [told, undefined];
    if (isOffered) hasOffered(seat);
    if (isToBuiltin) this.#parts.events.onInward(seat.leg, inner);
  }

  async #join({ seats, exchange, told }: Extract<Step, { do: "join" }>): Promise<void> {
    const [a, b] = seats;
    await this.#count(a, b);
    const at = await this.#exchange(exchange, seats);
    if (at === undefined) return;
    if (at.offered.port !== b.port || at.answered.port !== a.port) {
      for (const seat of seats) this.#loseSeat(seat, FORGOTTEN);
      return;
    }
    [a.told, b.told, a.joined, b.joined] = [told, told, b.leg, a.leg];
    hasOffered(a);
    this.#parts.events.onJoined(a.leg, b.leg);
  }

  /** Makes an offer and its answer; the seats are lost when rtpengine wants neither. */
  async #exchange(
    { from, to, offer, answer }: Step extends infer Each ? (Each extends { exchange: infer Of } ? Of : never) : never,
    seats: readonly Seat[],
  ): Promise<{ readonly offered: Endpoints; readonly answered: Endpoints } | undefined> {
    const tags = this.#tags(from, to);
    const offered = await this.#ask({ command: "offer", ...tags, ...offer });
    const answered = offered.ok ? await this.#ask({ command: "answer", ...tags, ...answer }) : offered;
    const [there, here] = [offered, answered].map((reply) => (reply.ok ? readLocalMedia(reply.value) : undefined));
    if (there !== undefined && here !== undefined) return { offered: there, answered: here };
    if (!this.#isOver) {
      this.#complain("a leg was not connected", answered);
      for (const seat of seats) this.#loseSeat(seat, "rtpengine would not carry it");
    }
    return undefined;
  }

  async #drop(seat: Seat): Promise<void> {
    const reply = await this.#ask({ command: "delete", ...this.#tags(seat.inner, seat.outer), "delete-delay": 0 });
    if (reply.ok) this.#take(readCall(reply.value));
    const closer = this.#closers.get(seat.leg);
    this.#forget(seat.leg);
    closer?.resolve(seat.figures);
  }

  async #end(): Promise<void> {
    const leaving = [...this.#seats.values()];
    const isThere = leaving.some(({ port }) => port !== undefined);
    const reply = isThere ? await this.#ask({ command: "delete", "call-id": this.id, "delete-delay": 0 }) : undefined;
    if (this.#isOver) return;
    if (reply?.ok === true) this.#take(readCall(reply.value));
    // A leg may have come in meanwhile: it is opened in a new call of the same id.
    for (const { leg, figures } of leaving) {
      const closer = this.#closers.get(leg);
      this.#forget(leg);
      closer?.resolve(figures);
    }
    if (this.#seats.size === 0) this.#finish();
  }

  /** Reads what these legs have carried before their ways part: only with the way is it known who was heard by whom. */
  async #count(...seats: readonly Seat[]): Promise<void> {
    if (seats.some(({ told }) => told !== undefined)) await this.#query();
  }

  async #query(): Promise<void> {
    const reply = await this.#ask({ command: "query", "call-id": this.id });
    if (this.#isOver) return;
    if (reply.ok) this.#take(readCall(reply.value));
    else if (reply.error.code === "refused") this.lose("rtpengine has given the call up");
  }

  #take(figures: CallFigures): void {
    const now = this.#parts.clock.monotonic();
    const before = new Map([...this.#seats].map(([leg, seat]) => [leg, seat.figures]));
    for (const seat of this.#seats.values()) {
      const outer = figures.get(seat.outer)?.rtp;
      if (outer === undefined) continue;
      const packetsReceived = outer.packets - outer.errors;
      if (packetsReceived > seat.figures.packetsReceived) seat.heardAt = now;
      const inner = figures.get(seat.inner)?.rtp;
      const fromInner = inner === undefined ? seat.fromInner : inner.packets - inner.errors;
      const packetsSent = seat.figures.packetsSent + fromInner - seat.fromInner;
      seat.fromInner = fromInner;
      seat.figures = { packetsReceived, packetsSent, packetsForeign: outer.errors };
    }
    for (const seat of this.#seats.values()) {
      const other = seat.joined === undefined ? undefined : this.#seats.get(seat.joined);
      if (other === undefined) continue;
      const news = other.figures.packetsReceived - (before.get(other.leg)?.packetsReceived ?? 0);
      seat.figures = { ...seat.figures, packetsSent: seat.figures.packetsSent + news };
    }
  }

  #lookFrom(look: number): void {
    this.#looks = look;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(LOOKS[look] ?? LOOK_EVERY, () => void this.#look());
  }

  async #look(): Promise<void> {
    const reply = await this.#ask({ command: "query", "call-id": this.id });
    if (this.#isOver) return;
    if (reply.ok) {
      const figures = readCall(reply.value);
      this.#take(figures);
      const now = this.#parts.clock.monotonic();
      for (const seat of this.#seats.values()) reviewTrust(seat, figures, now);
    } else if (reply.error.code === "refused") return this.lose("rtpengine has given the call up");
    if (this.#looks >= LOOKS.length) this.#report();
    this.#lookFrom([...this.#seats.values()].every(isSettled) ? LOOKS.length : this.#looks + 1);
    this.#settle();
  }

  #report(): void {
    const now = this.#parts.clock.monotonic();
    for (const { leg, state, media, figures, heardAt } of this.#seats.values())
      if (state === "open" && media !== undefined) this.#parts.events.onFigures(leg, figures, ms(now - heardAt));
  }

  #tags(
    from: string,
    to: string,
  ): { readonly "call-id": string; readonly "from-tag": string; readonly "to-tag": string } {
    return { "call-id": this.id, "from-tag": from, "to-tag": to };
  }

  #ask(
    request: Readonly<Record<string, Bencoded>> & { readonly command: string },
  ): Promise<Result<Dictionary, NgRefusal>> {
    return this.rtpengine.ask(request);
  }

  #complain(message: string, reply: Result<Dictionary, NgRefusal>): void {
    const why = reply.ok ? "its answer has no port" : reply.error.code === "refused" ? reply.error.why : "no answer";
    this.#parts.log.error(message, { rtpengine: this.rtpengine.name, why });
  }
}
