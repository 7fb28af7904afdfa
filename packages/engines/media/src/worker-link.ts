import { Worker } from "node:worker_threads";
import type { DtlsIdentity } from "@cordboard/dtls/node";
import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Answer, Order, Report, WorkerStart } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { SoundTimings } from "./timings.ts";
import { workerUrl } from "./worker-url.ts";

/** The part of a worker thread that its keeper needs. */
export interface WorkerThread {
  postMessage(orders: readonly Order[]): void;
  on(event: "message", listener: (reports: readonly Report[]) => void): unknown;
  on(event: "error", listener: (cause: Error) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  terminate(): Promise<unknown>;
}

/** Starts a worker thread; tests bring one that misbehaves. */
export type StartWorker = (start: WorkerStart) => WorkerThread;

/** The sound worker that ships with the engine. */
export const startWorker: StartWorker = (start) =>
  new Worker(workerUrl(import.meta.url), { workerData: start, name: "cordboard-sound" });

/** What a link tells its owner. */
export interface LinkEvents {
  onReport(link: WorkerLink, report: Exclude<Report, Answer>): void;
  /** The worker is gone, or stuck and put to an end; said once. */
  onDead(link: WorkerLink, why: string): void;
}

/** What a link is made of. */
export interface LinkParts {
  readonly clock: Clock;
  readonly timings: SoundTimings;
  /** Who we are in the handshakes of browsers' legs. */
  readonly identity: DtlsIdentity;
  readonly start: StartWorker;
  readonly events: LinkEvents;
}

/** A request that waits for its answer. */
interface Asked {
  readonly at: Millis;
  readonly resolve: (answer: Answer | undefined) => void;
}

type Request = Extract<Order, { request: number }>;
/** A request before it has its number. */
type Unnumbered<Each> = Each extends Request ? Omit<Each, "request"> : never;

/** How long the time that an answer took says something about the next one. */
const FRESH = ms(1000);

/** The main thread's end of one worker: sends orders, matches answers to requests, and watches that it lives. */
export class WorkerLink {
  readonly #parts: LinkParts;
  readonly #thread: WorkerThread;
  readonly #orders: Outbox<Order>;
  readonly #beats = new Int32Array(new SharedArrayBuffer(4));
  readonly #waiting = new Map<number, Asked>();
  #requests = 0;
  #timer: Timer | undefined;
  #lastBeat = 0;
  #beatAt: Millis;
  #checks = 0;
  #answered: { readonly at: Millis; readonly after: Millis } | undefined;
  #isAlive = true;
  /** Legs that live there; kept by the owner. */
  legs = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#beatAt = parts.clock.monotonic();
    this.#thread = parts.start({ beats: this.#beats.buffer, timings: parts.timings, identity: parts.identity });
    this.#orders = new Outbox((orders) => this.#thread.postMessage(orders));
    this.#thread.on("message", (reports) => {
      for (const report of reports) this.#hear(report);
    });
    this.#thread.on("error", (cause) => this.#die(`worker failed: ${cause.message}`));
    this.#thread.on("exit", (code) => this.#die(`worker ended with code ${code}`));
    this.#watch();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it has ever shown a sign of life. */
  get hasBeaten(): boolean {
    return Atomics.load(this.#beats, 0) > 0;
  }

  /** How long its answers take: as long as the oldest request has waited, or the last answer took, if that was just now. */
  get waitMs(): Millis {
    const now = this.#parts.clock.monotonic();
    const [oldest] = this.#waiting.values();
    if (oldest !== undefined) return ms(now - oldest.at);
    return this.#answered !== undefined && now - this.#answered.at < FRESH ? this.#answered.after : ms(0);
  }

  send(order: Exclude<Order, Request>): void {
    if (this.#isAlive) this.#orders.put(order);
  }

  /** Sends an order that is answered; undefined when the worker dies first. */
  request(order: Unnumbered<Order>): Promise<Answer | undefined> {
    if (!this.#isAlive) return Promise.resolve(undefined);
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, { at: this.#parts.clock.monotonic(), resolve });
      this.#orders.put({ ...order, request });
    });
  }

  /** Ends the thread; its requests are answered by nothing, and its owner hears nothing. */
  async stop(): Promise<void> {
    this.#close();
    await this.#thread.terminate();
  }

  #hear(report: Report): void {
    if (!this.#isAlive) return;
    if (!("request" in report)) {
      this.#parts.events.onReport(this, report);
      return;
    }
    const asked = this.#waiting.get(report.request);
    if (asked === undefined) return;
    this.#waiting.delete(report.request);
    const at = this.#parts.clock.monotonic();
    this.#answered = { at, after: ms(at - asked.at) };
    asked.resolve(report);
  }

  /**
   * Looks at the beat counter, which lies in shared memory, so that a main thread that was itself busy takes no healthy worker for
   * dead: time alone is not enough, it takes several looks at a counter that stands still.
   */
  #watch(): void {
    const { clock, timings } = this.#parts;
    this.#timer = clock.after(ms(timings.workerSilentAfter / 4), () => {
      const now = clock.monotonic();
      const beat = Atomics.load(this.#beats, 0);
      this.#checks = beat === this.#lastBeat ? this.#checks + 1 : 0;
      if (beat !== this.#lastBeat) this.#beatAt = now;
      this.#lastBeat = beat;
      if (this.#checks >= 4 && now - this.#beatAt >= this.#patience) this.#die("worker stands still");
      else this.#watch();
    });
  }

  /** A thread that is only starting may take longer than one that runs. */
  get #patience(): number {
    const { workerSilentAfter } = this.#parts.timings;
    return this.#lastBeat === 0 ? 5 * workerSilentAfter : workerSilentAfter;
  }

  #die(why: string): void {
    if (!this.#isAlive) return;
    this.#close();
    void this.#thread.terminate();
    this.#parts.events.onDead(this, why);
  }

  #close(): void {
    this.#isAlive = false;
    this.#timer?.cancel();
    for (const { resolve } of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}
