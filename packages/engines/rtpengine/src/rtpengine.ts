import type { Clock, Log, Millis, Random, Result, Timer } from "@cordboard/kernel";
import { ms, refused } from "@cordboard/kernel";
import type { Dictionary } from "./bencode.ts";
import type { CallNames } from "./call-names.ts";
import { DigitEar } from "./digit-ear.ts";
import type { NgAddress } from "./ng-address.ts";
import { ngAddressText } from "./ng-address.ts";
import type { NgRefusal, NgRequest } from "./ng-client.ts";
import { NgClient } from "./ng-client.ts";
import type { OpenNgLink } from "./ng-link.ts";
import type { DigitNotice, EngineFigures } from "./readings.ts";
import { readCallIds, readDigitNotice, readStatistics } from "./readings.ts";

/** What an rtpengine tells whoever uses it. */
export interface RtpengineEvents {
  /** It does not answer any more, or was started anew: what it carried is gone. */
  onGone(rtpengine: Rtpengine, why: string): void;
  onDigit(notice: DigitNotice): void;
  /** It tells digits from now on, or does not any more. */
  onHearing(rtpengine: Rtpengine): void;
}

/** What is needed to speak to an rtpengine. */
export interface RtpengineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly open: OpenNgLink;
  readonly events: RtpengineEvents;
  /** Names our calls there. */
  readonly names: CallNames;
}

/** How often each is asked how it does. With the deadline of a request, a dead one is noticed within 3 s. */
const CHECK_EVERY = ms(1000);
/** Its uptime is told in whole seconds, and the answer takes a while. */
const UPTIME_SLACK = ms(2500);
/** Calls that are asked for at once when those left behind are looked for: few enough for one datagram. */
const MAX_LISTED = 300;
/** How often they are asked for, at most, one after the other: for more calls than one rtpengine has ports. */
const MAX_LISTS = 100;

/**
 * One rtpengine: whether it lives, how much it carries, and the way to ask it.
 *
 *     away ──answers──▶ alive ──nothing is heard in time, or it runs for less long than it should──▶ away
 */
export class Rtpengine {
  readonly name: string;
  readonly #parts: RtpengineParts;
  readonly #client: NgClient;
  readonly #ear: DigitEar;
  readonly #probeId: string;
  readonly #calls = new Set<string>();
  readonly #ready: Promise<void>;
  #isReady: () => void = () => {};
  #figures: EngineFigures | undefined;
  /** How many of our calls it had when the figures were told. */
  #callsThen = 0;
  /** When it was started, by our clock. */
  #startedAt = 0;
  #isAlive = false;
  /** It may hold calls that nobody will end. */
  #mayHoldMore = true;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(address: NgAddress, parts: RtpengineParts) {
    const { clock, random, log, open, names, events } = parts;
    this.name = ngAddressText(address);
    this.#parts = parts;
    this.#probeId = names.next();
    const onNotice = (body: Dictionary): void => this.#hear(body);
    const onSilence = (): void => this.#lose("does not answer");
    this.#client = new NgClient(address, { clock, random, log, open, onNotice, onSilence });
    this.#ear = new DigitEar(address, {
      ...{ clock, random, log, open, onNotice, probeId: this.#probeId },
      ask: (request) => this.ask(request),
      onChange: () => events.onHearing(this),
    });
    this.#ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    void this.#check();
  }

  /** Settles when it is known whether it lives. */
  ready(): Promise<void> {
    return this.#ready;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** It tells digits of calls that it only passes on. */
  get tellsDigits(): boolean {
    return this.#ear.isHearing;
  }

  /** Our calls there. */
  get calls(): number {
    return this.#calls.size;
  }

  /** All calls there, as far as is known: of the last figures, and ours since then. */
  get load(): number {
    return Math.max(this.#calls.size, (this.#figures?.calls ?? 0) + this.#calls.size - this.#callsThen);
  }

  get portsFree(): number {
    return this.#figures?.portsFree ?? 0;
  }

  /** How long its answers take now. */
  get waitMs(): Millis {
    return this.#client.waitMs;
  }

  /** Our own address on the way there: where it reaches us. */
  localAddress(): string | undefined {
    return this.#client.localAddress();
  }

  /** A new id for a call of ours, which counts from now on. */
  begin(): string {
    const callId = this.#parts.names.next();
    this.#calls.add(callId);
    return callId;
  }

  /** A call of ours is over. */
  end(callId: string): void {
    this.#calls.delete(callId);
  }

  /** Asks it. */
  async ask(request: NgRequest): Promise<Result<Dictionary, NgRefusal>> {
    if (this.#isClosed) return refused({ code: "no-answer" });
    const reply = await this.#client.ask(request);
    // What it was asked to end may still be there, and what it was asked to begin as well.
    if (!reply.ok && reply.error.code === "no-answer") this.#mayHoldMore = true;
    return reply;
  }

  close(): void {
    this.#isClosed = true;
    this.#isAlive = false;
    this.#timer?.cancel();
    this.#ear.close();
    this.#client.close();
    this.#isReady();
  }

  async #check(): Promise<void> {
    const reply = await this.ask({ command: "statistics" });
    if (this.#isClosed) return;
    const figures = reply.ok ? readStatistics(reply.value) : undefined;
    if (figures !== undefined) this.#take(figures);
    else if (reply.ok || reply.error.code === "refused") this.#lose("gives no statistics");
    if (!this.#isAlive) this.#isReady();
    this.#timer = this.#parts.clock.after(CHECK_EVERY, () => void this.#check());
  }

  #take(figures: EngineFigures): void {
    const { clock, log } = this.#parts;
    const startedAt = clock.monotonic() - figures.upFor;
    if (this.#isAlive && startedAt > this.#startedAt + UPTIME_SLACK) this.#lose("was started anew");
    this.#startedAt = startedAt;
    this.#figures = figures;
    this.#callsThen = this.#calls.size;
    if (!this.#isAlive) {
      this.#isAlive = true;
      log.info("rtpengine is there", { rtpengine: this.name, calls: figures.calls, portsFree: figures.portsFree });
    }
    if (this.#mayHoldMore) void this.#sweep();
    void this.#ear.check().then(this.#isReady);
  }

  #lose(why: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#mayHoldMore = true;
    this.#parts.log.error("rtpengine is away", { rtpengine: this.name, why, calls: this.#calls.size });
    this.#parts.events.onGone(this, why);
    this.#ear.forget();
  }

  /** Ends calls of which nobody knows any more: given up while rtpengine could not be reached, or of a process that was killed. */
  async #sweep(): Promise<void> {
    this.#mayHoldMore = false;
    let ended = 0;
    for (let lists = 0; lists < MAX_LISTS; lists++) {
      const reply = await this.ask({ command: "list", limit: String(MAX_LISTED) });
      const forgotten = (reply.ok ? readCallIds(reply.value) : []).filter((callId) => this.#isForgotten(callId));
      if (forgotten.length === 0) break;
      for (const callId of forgotten) {
        const gone = await this.ask({ command: "delete", "call-id": callId, "delete-delay": 0 });
        if (!gone.ok && gone.error.code === "no-answer") return;
      }
      ended += forgotten.length;
    }
    if (ended > 0)
      this.#parts.log.warn("rtpengine held calls that nobody knew of: ended", { rtpengine: this.name, calls: ended });
  }

  #isForgotten(callId: string): boolean {
    const { names } = this.#parts;
    if (names.isOwn(callId)) return !this.#calls.has(callId) && callId !== this.#probeId;
    return names.isLeftBehind(callId);
  }

  #hear(body: Dictionary): void {
    const notice = readDigitNotice(body);
    if (notice === undefined || !this.#parts.names.isOwn(notice.callId)) return;
    if (notice.callId === this.#probeId) this.#ear.hear();
    else this.#parts.events.onDigit(notice);
  }
}

/** Of those that are there, the one that carries least; of equals the first. */
export function leastLoaded(rtpengines: readonly Rtpengine[]): Rtpengine | undefined {
  let least: Rtpengine | undefined;
  for (const each of rtpengines) if (each.isAlive && (least === undefined || each.load < least.load)) least = each;
  return least;
}
