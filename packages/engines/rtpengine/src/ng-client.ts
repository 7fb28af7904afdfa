import type { Clock, Log, Millis, Random, Result, Timer } from "@cordboard/kernel";
import { ms, ok, randomHex, refused } from "@cordboard/kernel";
import type { Bencoded, Dictionary } from "./bencode.ts";
import { dictionary } from "./bencode.ts";
import type { NgAddress } from "./ng-address.ts";
import type { NgLink, OpenNgLink } from "./ng-link.ts";
import type { NgMessage } from "./ng-message.ts";
import { MAX_MESSAGE, printNg } from "./ng-message.ts";

/** Why a request has come to nothing. */
export type NgRefusal =
  /** Nothing was heard within the deadline, or the request could not even be sent. */
  | { readonly code: "no-answer" }
  /** What rtpengine has against it, in its own words. */
  | { readonly code: "refused"; readonly why: string };

/** What rtpengine is asked to do, with what belongs to it; what is undefined is left out. */
export type NgRequest = Readonly<Record<string, Bencoded | undefined>> & { readonly command: string };

/** Asks an rtpengine; every request has its answer or refusal in the end. */
export type AskNg = (request: NgRequest) => Promise<Result<Dictionary, NgRefusal>>;

/** What a client is made of. */
export interface NgClientParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly open: OpenNgLink;
  /** What rtpengine says without having been asked. */
  readonly onNotice: (body: Dictionary) => void;
  /** Nothing at all was heard of it for {@link NG_DEADLINE}, though it was asked. */
  readonly onSilence: () => void;
}

/** Pauses before a request is sent again: a lost datagram is noticed soon, a busy machine is not pressed. */
const AGAIN_AFTER: readonly Millis[] = [ms(250), ms(500), ms(750)];
/** Longest wait for an answer, from the first sending; the last quarter is for the last answer. */
export const NG_DEADLINE: Millis = ms(2000);
/** Requests without an answer; far more than a live rtpengine ever lets wait. */
const MAX_WAITING = 4096;
/** How long the time that an answer took says something about the next one. */
const FRESH = ms(1000);

interface Waiting {
  readonly bytes: Uint8Array;
  readonly at: Millis;
  readonly settle: (reply: Result<Dictionary, NgRefusal>) => void;
  timer: Timer | undefined;
}

/**
 * Asks one rtpengine. A request that stays without an answer is sent again under the same cookie, so that it is done once even
 * when only its answer was lost; each has its answer or refusal by {@link NG_DEADLINE}.
 */
export class NgClient {
  readonly #parts: NgClientParts;
  readonly #link: NgLink;
  readonly #waiting = new Map<string, Waiting>();
  readonly #prefix: string;
  #requests = 0;
  #isClosed = false;
  #answered: { readonly at: Millis; readonly after: Millis } | undefined;
  /** When anything was heard last, and when the way there was given up. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(address: NgAddress, parts: NgClientParts) {
    this.#parts = parts;
    this.#prefix = randomHex(parts.random, 6);
    this.#link = parts.open(address, {
      clock: parts.clock,
      log: parts.log,
      events: {
        onMessage: (message) => this.#hear(message),
        onUp: () => {
          for (const { bytes } of this.#waiting.values()) this.#link.send(bytes);
        },
      },
    });
  }

  /** Our own address on the way there. */
  localAddress(): string | undefined {
    return this.#link.localAddress();
  }

  /** How long an answer takes now: of the oldest request that waits, or of the last one that was answered a moment ago. */
  get waitMs(): Millis {
    const now = this.#parts.clock.monotonic();
    const [oldest] = this.#waiting.values();
    const isFresh = this.#answered !== undefined && now - this.#answered.at < FRESH;
    return ms(Math.max(oldest === undefined ? 0 : now - oldest.at, isFresh ? (this.#answered?.after ?? 0) : 0));
  }

  ask(request: NgRequest): Promise<Result<Dictionary, NgRefusal>> {
    const cookie = `${this.#prefix}_${this.#requests++}`;
    const bytes = printNg({ cookie, body: dictionary(request) });
    if (this.#isClosed || this.#waiting.size >= MAX_WAITING || bytes.length > MAX_MESSAGE)
      return Promise.resolve(refused({ code: "no-answer" }));
    return new Promise((resolve) => {
      const waiting: Waiting = {
        bytes,
        at: this.#parts.clock.monotonic(),
        timer: undefined,
        settle: (reply) => {
          waiting.timer?.cancel();
          this.#waiting.delete(cookie);
          resolve(reply);
        },
      };
      this.#waiting.set(cookie, waiting);
      this.#send(waiting, 0);
    });
  }

  /** Whoever still waits gets no answer. */
  close(): void {
    this.#isClosed = true;
    for (const { settle } of [...this.#waiting.values()]) settle(refused({ code: "no-answer" }));
    this.#link.close();
  }

  #send(waiting: Waiting, tries: number): void {
    this.#link.send(waiting.bytes);
    const { clock } = this.#parts;
    const pause = AGAIN_AFTER[tries];
    waiting.timer =
      pause === undefined
        ? clock.after(ms(Math.max(0, waiting.at + NG_DEADLINE - clock.monotonic())), () => this.#giveUp(waiting))
        : clock.after(pause, () => this.#send(waiting, tries + 1));
  }

  /** One request without an answer says something of that request; that nothing else was heard either says something of rtpengine. */
  #giveUp(waiting: Waiting): void {
    waiting.settle(refused({ code: "no-answer" }));
    if (waiting.at < this.#heardAt || waiting.at < this.#renewedAt) return;
    this.#renewedAt = this.#parts.clock.monotonic();
    this.#link.renew();
    this.#parts.onSilence();
  }

  #hear({ cookie, body }: NgMessage): void {
    const at = this.#parts.clock.monotonic();
    this.#heardAt = at;
    const waiting = this.#waiting.get(cookie);
    if (waiting === undefined) {
      // Late answers say what nobody waits for; notices say what happened.
      if (body.has("notify")) this.#parts.onNotice(body);
      return;
    }
    this.#answered = { at, after: ms(at - waiting.at) };
    if (body.get("result") !== "error") return waiting.settle(ok(body));
    const why = body.get("error-reason");
    waiting.settle(refused({ code: "refused", why: typeof why === "string" ? why : "" }));
  }
}
