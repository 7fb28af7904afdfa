import type { Clock, Log, Millis, Random, Result, Timer } from "@cordboard/kernel";
import { ms, ok, randomHex, refused, seconds } from "@cordboard/kernel";
import type { Dictionary } from "./bencode.ts";
import { isList } from "./bencode.ts";
import { DigitProbe } from "./digit-probe.ts";
import type { NgAddress } from "./ng-address.ts";
import { ngAddressText } from "./ng-address.ts";
import type { NgRefusal, NgRequest } from "./ng-client.ts";
import { NgClient } from "./ng-client.ts";
import type { OpenNgLink } from "./ng-link.ts";
import type { DigitNotice, EngineFigures } from "./readings.ts";
import { readDigitNotice, readStatistics } from "./readings.ts";

/** What an rtpengine tells whoever uses it. */
export interface RtpengineEvents {
  /** It does not answer any more, or was started anew: what it carried is gone. */
  onGone(rtpengine: Rtpengine, why: string): void;
  onDigit(notice: DigitNotice): void;
}

/** What is needed to speak to an rtpengine. */
export interface RtpengineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly open: OpenNgLink;
  readonly events: RtpengineEvents;
}

/** How often each is asked how it does. With the deadline of a request, a dead one is noticed within 3 s. */
const CHECK_EVERY = ms(1000);
/** Its uptime is told in whole seconds, and the answer takes a while. */
const UPTIME_SLACK = ms(2500);
/** How often one that tells no digits is tried anew. */
const PROBE_EVERY = seconds(30);
/** Calls that are asked for at once when forgotten ones are looked for. */
const MAX_LISTED = 2000;

/**
 * One rtpengine: whether it lives, how much it carries, and the way to ask it.
 *
 *     away ──answers──▶ alive ──does not answer in time, or runs for less long than it should──▶ away
 */
export class Rtpengine {
  readonly name: string;
  readonly #parts: RtpengineParts;
  readonly #client: NgClient;
  /** Over TCP when requests go over UDP: only there does rtpengine tell digits. */
  readonly #ear: NgClient | undefined;
  readonly #probe: DigitProbe;
  /** Begins the ids of all its calls that are ours. */
  readonly #prefix: string;
  readonly #calls = new Set<string>();
  readonly #ready: Promise<void>;
  #isReady: () => void = () => {};
  #figures: EngineFigures | undefined;
  /** How many of our calls it had when the figures were told. */
  #callsThen = 0;
  /** When it was started, by our clock. */
  #startedAt = 0;
  #isAlive = false;
  #probedAt: Millis | undefined;
  #timer: Timer | undefined;
  #isClosed = false;
  #made = 0;

  constructor(address: NgAddress, parts: RtpengineParts) {
    const { clock, random, log, open } = parts;
    this.name = ngAddressText(address);
    this.#parts = parts;
    this.#prefix = `cordboard-${randomHex(random, 8)}-`;
    const onNotice = (body: Dictionary): void => this.#hear(body);
    this.#client = new NgClient(address, { clock, random, log, open, onNotice });
    if (address.transport === "udp")
      this.#ear = new NgClient({ ...address, transport: "tcp" }, { clock, random, log, open, onNotice });
    this.#probe = new DigitProbe({ clock, ask: (request) => this.ask(request), callId: `${this.#prefix}probe` });
    this.#ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#check();
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
    return this.#probe.isHeard;
  }

  /** Our calls there. */
  get calls(): number {
    return this.#calls.size;
  }

  /** All calls there, as far as is known: of the last figures, and ours since then. */
  get load(): number {
    return Math.max(this.#calls.size, (this.#figures?.calls ?? 0) + this.#calls.size - this.#callsThen);
  }

  get portsUsed(): number {
    return this.#figures?.portsUsed ?? 0;
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
    const callId = `${this.#prefix}${this.#made++}`;
    this.#calls.add(callId);
    return callId;
  }

  /** A call of ours is over. */
  end(callId: string): void {
    this.#calls.delete(callId);
  }

  /** Asks it; one that does not answer is away from then on. */
  async ask(request: NgRequest): Promise<Result<Dictionary, NgRefusal>> {
    if (this.#isClosed) return refused({ code: "no-answer" });
    const reply = await this.#client.ask(request);
    if (!reply.ok && reply.error.code === "no-answer") this.#lose("does not answer");
    return reply;
  }

  close(): void {
    this.#isClosed = true;
    this.#isAlive = false;
    this.#timer?.cancel();
    this.#probe.stop();
    this.#client.close();
    this.#ear?.close();
    this.#isReady();
  }

  #check(): void {
    void this.ask({ command: "statistics" }).then((reply) => {
      if (this.#isClosed) return;
      const figures = reply.ok ? readStatistics(reply.value) : undefined;
      if (figures !== undefined) this.#take(figures);
      else if (reply.ok || reply.error.code === "refused") this.#lose("gives no statistics");
      if (!this.#isAlive) this.#isReady();
      this.#timer = this.#parts.clock.after(CHECK_EVERY, () => this.#check());
    });
  }

  #take(figures: EngineFigures): void {
    const { clock, log } = this.#parts;
    const now = clock.monotonic();
    const startedAt = now - figures.upFor;
    if (this.#isAlive && startedAt > this.#startedAt + UPTIME_SLACK) this.#lose("was started anew");
    this.#startedAt = startedAt;
    this.#figures = figures;
    this.#callsThen = this.#calls.size;
    if (!this.#isAlive) {
      this.#isAlive = true;
      log.info("rtpengine is there", { rtpengine: this.name, calls: figures.calls, portsFree: figures.portsFree });
      void this.#sweep();
    }
    if (!this.tellsDigits && (this.#probedAt === undefined || now - this.#probedAt >= PROBE_EVERY))
      void this.#listen(now);
  }

  async #listen(now: Millis): Promise<void> {
    const isFirst = this.#probedAt === undefined;
    this.#probedAt = now;
    // Only a connection that stands is told of digits.
    const ear = (await this.#ear?.ask({ command: "ping" })) ?? ok(undefined);
    if (ear.ok) await this.#probe.run();
    this.#isReady();
    if (this.#isClosed || !isFirst || this.tellsDigits) return;
    this.#parts.log.warn("rtpengine tells no digits: calls with them are carried by the built-in engine", {
      rtpengine: this.name,
      needs: "--listen-tcp-ng at the same port, and --dtmf-log-ng-tcp",
    });
  }

  #lose(why: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#probedAt = undefined;
    this.#probe.forget();
    this.#parts.log.error("rtpengine is away", { rtpengine: this.name, why, calls: this.#calls.size });
    this.#parts.events.onGone(this, why);
  }

  /** Ends calls that are ours but of which we know nothing any more: they were given up while it could not be reached. */
  async #sweep(): Promise<void> {
    const reply = await this.ask({ command: "list", limit: String(MAX_LISTED) });
    const listed = reply.ok ? reply.value.get("calls") : undefined;
    for (const callId of isList(listed) ? listed : []) {
      if (typeof callId !== "string" || !callId.startsWith(this.#prefix) || this.#calls.has(callId)) continue;
      if (callId !== this.#probe.callId) await this.ask({ command: "delete", "call-id": callId, "delete-delay": 0 });
    }
  }

  #hear(body: Dictionary): void {
    const notice = readDigitNotice(body);
    if (notice === undefined || !notice.callId.startsWith(this.#prefix)) return;
    if (notice.callId === this.#probe.callId) this.#probe.hear();
    else this.#parts.events.onDigit(notice);
  }
}

/** Of those that are there, the one that carries least; of equals the first. */
export function leastLoaded(rtpengines: readonly Rtpengine[]): Rtpengine | undefined {
  let least: Rtpengine | undefined;
  for (const each of rtpengines) if (each.isAlive && (least === undefined || each.load < least.load)) least = each;
  return least;
}
