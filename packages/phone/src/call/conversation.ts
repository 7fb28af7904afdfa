import type { Millis, Result } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { eventOfDigit } from "@cordboard/rtp";
import type {
  Dialog,
  DialogEnd,
  DialogHandlers,
  Direction,
  IncomingRequest,
  ReferOptions,
  Referral,
  Replaces,
  SipRequest,
} from "@cordboard/sip";
import { bodyText, makeUri, parseUri, printUri } from "@cordboard/sip";
import { PhoneError } from "../conditions.ts";
import type { CallEnd } from "./ending.ts";
import type { MediaTerms } from "./media-terms.ts";

/** What a conversation needs of its call. */
export interface ConversationParts {
  readonly terms: () => Promise<MediaTerms>;
  /** How long to wait after a re-INVITE has met another one. */
  readonly glareDelay: () => Millis;
  readonly pause: (time: Millis) => Promise<void>;
  readonly onDigit: (digit: string) => void;
  /** A message within the dialog; it may say who the other side is now. */
  readonly onRequest: (request: SipRequest) => void;
  readonly onEnd: (end: CallEnd) => void;
}

/** How often a re-INVITE that meets one of the other side is tried. */
const MAX_MEETINGS = 3;

/** How often, and after what pause, one is tried while the dialog is busy with an earlier one on our side. */
const MAX_TRIES = 100;
const BUSY_PAUSE = ms(20);

/** The dialog of an answered call: re-INVITEs of both sides, digits by INFO, and the end. */
export class Conversation {
  /** What the dialog is to tell. */
  readonly handlers: DialogHandlers;
  readonly #parts: ConversationParts;
  #dialog: Dialog | undefined;
  #goodbye: Promise<unknown> | undefined;
  #isAnswerExpected = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.handlers = {
      onEnd: (end) => parts.onEnd(callEnd(end)),
      onReinvite: (incoming) => void this.#renegotiated(incoming),
      onRequest: (incoming) => this.#asked(incoming),
      onAck: (ack) => void this.#acknowledged(ack.body),
    };
  }

  begin(dialog: Dialog): void {
    this.#dialog = dialog;
  }

  /** Our description was an offer: the next ACK is to bring the answer. @rfc 3261#13.2.1 */
  expectAnswer(): void {
    this.#isAnswerExpected = true;
  }

  /** Says goodbye; the dialog tells at once that it is over. */
  bye(reason: string | undefined): void {
    this.#goodbye = this.#dialog?.bye(reason === undefined ? {} : { headers: [["Reason", reason]] });
  }

  /** Done when a BYE of ours has been answered; at once when there is none. */
  get goodbye(): Promise<unknown> {
    return Promise.resolve(this.#goodbye);
  }

  /** The dialog as the other side has it. */
  get replaces(): Replaces | undefined {
    const id = this.#dialog?.id;
    return id && { callId: id.callId, toTag: id.remoteTag, fromTag: id.localTag, isEarlyOnly: false };
  }

  /** Asks the other side to send its call on to a number that it knows. @rfc 3515 */
  refer(number: string, options: ReferOptions): Referral | undefined {
    const target = parseUri(this.#dialog?.remoteTarget ?? "");
    if (target === undefined) return undefined;
    return this.#dialog?.refer(printUri({ ...makeUri(number, target.host), port: target.port }), options);
  }

  /** Offers another direction; rejects with `not-possible` when the other side does not agree. */
  async renegotiate(direction: Direction): Promise<void> {
    const terms = await this.#parts.terms();
    const before = terms.direction;
    terms.direction = direction;
    const refusal = await this.#reoffer(terms);
    if (refusal === undefined) return;
    terms.direction = before;
    throw new PhoneError("not-possible", `the other side did not agree to ${direction}: ${refusal}`);
  }

  async #reoffer(terms: MediaTerms): Promise<string | undefined> {
    let meetings = 0;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const outcome = await this.#dialog?.reinvite({ body: terms.offer() });
      if (outcome === undefined) return "there is no dialog";
      if (outcome.ok) {
        const settled = terms.settle(outcome.response.body);
        return settled.ok ? undefined : settled.error.why;
      }
      if (outcome.status !== 491) return `status ${outcome.status}`;
      // Without a response it is our own dialog that still waits for an ACK.
      const isMeeting = outcome.response !== undefined;
      if (isMeeting && ++meetings === MAX_MEETINGS) break;
      await this.#parts.pause(isMeeting ? this.#parts.glareDelay() : BUSY_PAUSE);
    }
    return "it was busy all the time";
  }

  /** Sends digits by INFO, one a request, each after the answer to the one before. */
  async sendInfoDigits(digits: string, lasts: Millis, gap: Millis): Promise<void> {
    for (const digit of digits) {
      const body = `Signal=${digit}\r\nDuration=${lasts}\r\n`;
      const outcome = await this.#dialog?.request("INFO", { contentType: "application/dtmf-relay", body });
      if (outcome?.ok !== true) throw new PhoneError("not-possible", `INFO was answered with ${outcome?.status}`);
      await this.#parts.pause(ms(lasts + gap));
    }
  }

  async #renegotiated(incoming: IncomingRequest): Promise<void> {
    const { body } = incoming.request;
    this.#parts.onRequest(incoming.request);
    const terms = await this.#parts.terms();
    const isOffer = body.length > 0;
    const answer: Result<string, { readonly why: string }> = isOffer
      ? terms.answer(body)
      : { ok: true, value: terms.offer() };
    if (!answer.ok) {
      incoming.respond(488, { reason: answer.error.why });
      return;
    }
    if (!isOffer) this.expectAnswer();
    incoming.respond(200, { body: answer.value });
  }

  async #acknowledged(body: Uint8Array): Promise<void> {
    if (!this.#isAnswerExpected) return;
    this.#isAnswerExpected = false;
    const terms = await this.#parts.terms();
    if (!terms.settle(body).ok) this.bye("SIP;cause=488");
  }

  #asked(incoming: IncomingRequest): void {
    const { method, body, headers } = incoming.request;
    if (method === "UPDATE" && body.length > 0) return void this.#renegotiated(incoming);
    this.#parts.onRequest(incoming.request);
    if (method === "INFO") {
      const digit = digitOfInfo(headers.contentType, bodyText(incoming.request));
      if (digit !== undefined) this.#parts.onDigit(digit);
    }
    incoming.respond(["INFO", "UPDATE", "OPTIONS"].includes(method) ? 200 : 405);
  }
}

/** The digit in an INFO body of the two kinds that phones send. */
function digitOfInfo(contentType: string | undefined, body: string): string | undefined {
  const lines = body.split("\n", 10).map((line) => line.trim());
  const signal = lines.find((line) => line.toLowerCase().startsWith("signal="))?.slice("signal=".length);
  const digit =
    contentType === "application/dtmf-relay"
      ? signal?.trim()
      : contentType === "application/dtmf"
        ? lines[0]
        : undefined;
  return digit !== undefined && eventOfDigit(digit) !== undefined ? digit.toUpperCase() : undefined;
}

/** The end of a dialog as the end of its call, which was answered: hence 200. */
const callEnd = ({ by, cause, request }: DialogEnd): CallEnd => ({
  by,
  status: 200,
  reason: request?.headers.get("Reason") ?? (cause === "bye" ? "OK" : cause),
  cause,
});
