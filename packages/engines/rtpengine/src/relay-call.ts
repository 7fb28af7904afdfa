import type { IceCredentials, LocalMedia, NegotiatedMedia, SoundRefusal } from "@cordboard/core";
import type { Clock, LegId, Log, Millis, Result } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import type { Step } from "./call-plan.ts";
import { nextStep } from "./call-plan.ts";
import { shouldBeHeard } from "./description.ts";
import type { Exchange } from "./exchange.ts";
import { outward } from "./exchange.ts";
import { Looks } from "./looks.ts";
import type { Exchanged } from "./ng-call.ts";
import { NgCall } from "./ng-call.ts";
import type { CallFigures } from "./readings.ts";
import type { Rtpengine } from "./rtpengine.ts";
import type { Endpoints, Path, Seat, SeatFigures } from "./seat.ts";
import { join, newSeat, part } from "./seat.ts";
import { SeatWaits } from "./seat-waits.ts";
import { tally } from "./tally.ts";
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
  /** All its legs have gone, and rtpengine keeps nothing of it. */
  onOver(): void;
}

/** Legs of one call; more than two or three meet only while a group of phones rings. */
const MAX_SEATS = 16;
/** It was started anew between two requests. */
const FORGOTTEN = "rtpengine has forgotten its ports";

/**
 * One call in one rtpengine: the legs that may be joined with each other without leaving it. What is wanted of the legs may
 * change at any time; one request after the other brings rtpengine there.
 */
export class RelayCall {
  readonly rtpengine: Rtpengine;
  readonly #parts: RelayCallParts;
  readonly #there: NgCall;
  readonly #seats = new Map<LegId, Seat>();
  readonly #waits = new SeatWaits();
  readonly #looks: Looks;
  /** New ICE credentials that are asked for: between two steps, so that no offer comes between another and its answer. */
  readonly #renewals: (() => Promise<void>)[] = [];
  #isRunning = false;
  #isOver = false;

  constructor(parts: RelayCallParts) {
    this.#parts = parts;
    this.rtpengine = parts.rtpengine;
    this.#there = new NgCall(parts.rtpengine, parts.log);
    this.#looks = new Looks(parts.clock, () => void this.#look());
  }

  /** As rtpengine knows it. */
  get id(): string {
    return this.#there.id;
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
    const opened = this.#waits.opening(leg);
    this.#settle();
    return opened;
  }

  connect(leg: LegId, media: NegotiatedMedia): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined || seat.state === "closing") return;
    const { address, port } = media.remote;
    const isSamePeer = seat.media?.remote.address === address && seat.media.remote.port === port;
    const wasExpected = seat.media !== undefined && shouldBeHeard(seat.media);
    seat.media = media;
    // Whoever held need not have sent; who was never heard gets all the time anew.
    if (!isSamePeer || !wasExpected || seat.figures.packetsReceived === 0) seat.heardAt = this.#parts.clock.monotonic();
    if (!isSamePeer) {
      seat.trust = { in: "named", before: undefined };
      this.#looks.begin();
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

  /**
   * Fresh ICE credentials for a browser's leg that begins anew with `theirs`. rtpengine makes new ones of its own only when it hears of
   * new ones of the peer, and keeps them while those stay: it is told of them before the browser is answered.
   */
  async renewIce(leg: LegId, theirs: IceCredentials): Promise<IceCredentials | undefined> {
    if (this.#isOver) return undefined;
    const { promise, resolve } = Promise.withResolvers<IceCredentials | undefined>();
    this.#renewals.push(async () => resolve(await this.#renew(leg, theirs)));
    this.#settle();
    return promise;
  }

  async #renew(leg: LegId, theirs: IceCredentials): Promise<IceCredentials | undefined> {
    const seat = this.#seats.get(leg);
    const media = seat?.media;
    if (this.#isOver || seat?.state !== "open" || media?.protection?.kind !== "webrtc") return undefined;
    // To whom nothing was told the peer's new ones would be the first.
    if (seat.told === undefined) await this.#there.exchange(outward(seat, media, undefined));
    // Where the peer is now is said by what will be agreed; what was is not to be told once more, or all begins anew again.
    seat.media = { ...media, protection: { ...media.protection, remoteIce: theirs, candidates: [] } };
    const at = await this.#there.exchange(outward(seat, seat.media, undefined));
    // It is joined with nobody now, until it is told again of the other.
    seat.told = "";
    return at?.answered.webRtc?.ice;
  }

  /** Ends a leg's part; settles with its figures when its ports are given back. */
  close(leg: LegId): Promise<SeatFigures | undefined> {
    const seat = this.#seats.get(leg);
    if (seat === undefined || seat.state === "closing") return Promise.resolve(undefined);
    seat.state = "closing";
    const closed = this.#waits.closing(leg);
    this.#settle();
    return closed;
  }

  /** rtpengine has forgotten it, or cannot be reached. */
  lose(why: string): void {
    if (this.#isOver) return;
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    this.#finish();
    for (const seat of seats) this.#tellLost(seat, why);
  }

  /** One leg cannot go on. What rtpengine still has of it goes by the plan. */
  #giveUp(seat: Seat, why: string): void {
    if (seat.state === "closing") return;
    seat.state = "closing";
    part(seat);
    this.#tellLost(seat, why);
  }

  #tellLost({ leg, figures }: Seat, why: string): void {
    if (!this.#waits.lost(leg, figures)) this.#parts.events.onLost(leg, why);
  }

  /** A leg has given its ports back. */
  #leave({ leg, figures }: Seat): void {
    this.#seats.delete(leg);
    this.#waits.closed(leg, figures);
  }

  #finish(): void {
    this.#isOver = true;
    this.#looks.stop();
    this.#there.forget();
    this.#parts.onOver();
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
      const renewal = this.#renewals.shift();
      const step = this.#isOver ? undefined : nextStep(this.#seats);
      if (renewal !== undefined) await renewal();
      else if (step !== undefined) await this.#do(step);
      else break;
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
    const opened = await this.#there.open(seat);
    if (opened.ok) {
      seat.port = opened.value.port;
      if (seat.state === "opening") seat.state = "open";
      return this.#waits.opened(seat.leg, opened);
    }
    if (this.#isOver) return;
    this.#seats.delete(seat.leg);
    this.#waits.opened(seat.leg, opened);
    this.#waits.closed(seat.leg, undefined);
    if (this.#seats.size === 0) this.#finish();
  }

  async #turnInward({ seat, exchange, told }: Extract<Step, { do: "turn-inward" }>): Promise<void> {
    await this.#count(seat);
    if (this.#isOver) return;
    const isToBuiltin = seat.wants.to === "builtin";
    const at = await this.#exchange(exchange, [seat]);
    if (at === undefined) return;
    const isOffered = exchange.from === seat.outer;
    const [outer, inner] = isOffered ? [at.answered, at.offered] : [at.offered, at.answered];
    if (outer.port !== seat.port) return this.#giveUp(seat, FORGOTTEN);
    seat.told = told;
    part(seat);
    if (isOffered) hasOffered(seat);
    if (isToBuiltin) this.#parts.events.onInward(seat.leg, inner);
  }

  async #join({ seats, exchange, told }: Extract<Step, { do: "join" }>): Promise<void> {
    const [a, b] = seats;
    await this.#count(a, b);
    if (this.#isOver) return;
    const at = await this.#exchange(exchange, seats);
    if (at === undefined) return;
    if (at.offered.port !== b.port || at.answered.port !== a.port) {
      for (const seat of seats) this.#giveUp(seat, FORGOTTEN);
      return;
    }
    join(a, b);
    [a.told, b.told] = [told, told];
    hasOffered(a);
    this.#parts.events.onJoined(a.leg, b.leg);
  }

  /** Makes an offer and its answer; the seats are lost when rtpengine wants neither. */
  async #exchange(exchange: Exchange, seats: readonly Seat[]): Promise<Exchanged | undefined> {
    const at = await this.#there.exchange(exchange);
    if (at === undefined && !this.#isOver) for (const seat of seats) this.#giveUp(seat, "rtpengine would not carry it");
    return at;
  }

  async #drop(seat: Seat): Promise<void> {
    this.#take(await this.#there.drop(seat));
    this.#leave(seat);
  }

  async #end(): Promise<void> {
    const leaving = [...this.#seats.values()];
    const isThere = leaving.some(({ port }) => port !== undefined);
    const figures = isThere ? await this.#there.end() : undefined;
    if (this.#isOver) return;
    this.#take(figures);
    // A leg may have come in meanwhile: it is opened in a new call of the same id.
    for (const seat of leaving) this.#leave(seat);
    if (this.#seats.size === 0) this.#finish();
  }

  /** Reads what these legs have carried before their ways part: only with the way is it known who was heard by whom. */
  async #count(...seats: readonly Seat[]): Promise<void> {
    if (seats.some(({ told }) => told !== undefined)) await this.#read();
  }

  /** Reads what all legs have carried; undefined when the call is over, or nothing was told. */
  async #read(): Promise<CallFigures | undefined> {
    const figures = await this.#there.figures();
    if (this.#isOver) return undefined;
    if (figures === "unknown") {
      this.lose("rtpengine has given the call up");
      return undefined;
    }
    this.#take(figures);
    return figures;
  }

  #take(figures: CallFigures | undefined): void {
    if (figures !== undefined) tally(this.#seats, figures, this.#parts.clock.monotonic());
  }

  async #look(): Promise<void> {
    const figures = await this.#read();
    if (this.#isOver) return;
    if (figures !== undefined) {
      const now = this.#parts.clock.monotonic();
      for (const seat of this.#seats.values()) reviewTrust(seat, figures, now);
      if (this.#looks.areRare) this.#report();
    }
    this.#looks.goOn([...this.#seats.values()].every(isSettled));
    this.#settle();
  }

  #report(): void {
    const now = this.#parts.clock.monotonic();
    for (const { leg, state, media, figures, heardAt } of this.#seats.values())
      if (state === "open" && media !== undefined) this.#parts.events.onFigures(leg, figures, ms(now - heardAt));
  }
}
