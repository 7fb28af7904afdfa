import type { EndReason } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import type { AudioCodec, HeaderList, IncomingCall, Replaces, SessionDescription } from "@cordboard/sip";
import { agreedCodecs, describedCodecs, hasVoice, ourCodecs, ownAnswerCodecs, shared, withDigits } from "./codecs.ts";
import type { EarlyOffers } from "./early-update.ts";
import { takeEarly } from "./early-update.ts";
import type { CallSide, Leg, LegUser } from "./leg.ts";
import { reasonHeader } from "./reason-header.ts";
import type { Session } from "./session.ts";
import { cancelledByCaller, noAgreement } from "./verdicts.ts";

/** Longest dialled text that core is shown. */
const MAX_DIALLED = 64;

/** What a caller is told to wait before it tries again, in seconds. */
const RETRY_AFTER: readonly [string, string] = ["Retry-After", "5"];

/** Statuses that would mean something else to a caller than they meant to us: authentication and redirection of another leg. */
const unfit = (status: number): boolean => status < 400 || status > 699 || status === 401 || status === 407;

/** The status that a caller gets for a reason that may come from another leg. */
const refusalStatus = (reason: EndReason): number => (unfit(reason.sip) ? 480 : reason.sip);

/** An INVITE from outside until it is answered. */
export class IncomingSide implements CallSide {
  readonly #leg: Leg;
  readonly #call: IncomingCall;
  readonly #user: LegUser;
  readonly #dialled: string;
  readonly #offer: SessionDescription | undefined;
  readonly #replaces: LegId | null;
  /** What the caller offered; empty when it wants our offer. */
  readonly offered: readonly AudioCodec[];
  #hasAnswered = false;

  constructor(
    leg: Leg,
    call: IncomingCall,
    from: {
      readonly user: LegUser;
      readonly dialled: string;
      readonly offer: SessionDescription | undefined;
      readonly replaces: LegId | null;
    },
  ) {
    this.#leg = leg;
    this.#call = call;
    this.#user = from.user;
    this.#dialled = from.dialled.slice(0, MAX_DIALLED);
    this.#offer = from.offer;
    this.#replaces = from.replaces;
    this.offered = from.offer === undefined ? [] : describedCodecs(from.offer);
    call.onCancel(() => leg.over(cancelledByCaller()));
    call.onRequest((incoming) => takeEarly(leg, incoming, this.#offers));
  }

  /** Hops that a call made on behalf of this one may take: one less, so that a loop over a trunk ends. @rfc 3261#16.6 */
  get hopsLeft(): number {
    return Math.max(0, (this.#call.request.headers.maxForwards ?? 70) - 1);
  }

  get #offers(): EarlyOffers {
    if (this.#leg.agreed !== undefined) return "settled";
    return this.#offer === undefined ? "ours-waits" : "theirs-waits";
  }

  onOpen(_session: Session): void {
    const sipCallId = this.#call.request.headers.callId ?? "";
    this.#leg.announce({ user: this.#user, dialled: this.#dialled, sipCallId, replaces: this.#replaces });
  }

  /** Whether its dialog is the one that is named; which of our tags it has is the stack's to know. */
  isOf({ callId, fromTag }: Replaces): boolean {
    const { headers } = this.#call.request;
    return headers.callId === callId && headers.fromTag === fromTag;
  }

  giveUp(reason: EndReason): boolean {
    const status = refusalStatus(reason);
    const cause = ["Reason", reasonHeader(reason)] as const;
    this.#call.reject(status, { headers: status === 503 ? [cause, RETRY_AFTER] : [cause] });
    return true;
  }

  /** Each order returns why it could not be done, or undefined. */
  ring(): string | undefined {
    return this.#call.progress(180) ? undefined : "the call is not ringing any more";
  }

  /** The caller hears what another leg sends before its answer. */
  earlyMedia(of: Leg): string | undefined {
    const { session } = this.#leg;
    const early = of.agreed;
    if (early === undefined) return "the other leg has no early sound";
    if (this.#offer === undefined || session === undefined) return "the caller has not described its sound yet";
    const answer = session.answer(this.#offer, withDigits(agreedCodecs(early)));
    if (!answer.ok) return answer.error.why;
    if (!this.#call.progress(183, { body: answer.value.text })) return "the call is not ringing any more";
    this.#leg.connect(answer.value.agreed);
    return undefined;
  }

  /** Answers with what another leg agreed on, or with what we can do by ourselves. */
  answer(like: Leg | null): string | undefined {
    if (this.#hasAnswered || this.#call.isEnded) return "the call is not waiting for an answer";
    const codecs = like?.agreed === undefined ? undefined : withDigits(agreedCodecs(like.agreed));
    if (like !== null && codecs === undefined) return "the other leg has not agreed on its sound";
    const { session } = this.#leg;
    if (session === undefined) return "the leg has no sound";
    return this.#offer === undefined
      ? this.#accept(session.offer(codecs ?? ourCodecs), like)
      : this.#answerOffer(session, codecs ?? ownAnswerCodecs(this.offered), like);
  }

  #answerOffer(session: Session, codecs: readonly AudioCodec[], like: Leg | null): string | undefined {
    const offer = this.#offer;
    if (offer === undefined || !hasVoice(shared(this.offered, codecs))) return this.#refuseBoth(like, noAgreement());
    const answer = session.answer(offer, codecs);
    if (!answer.ok) return this.#refuseBoth(like, noAgreement(answer.error));
    this.#leg.connect(answer.value.agreed);
    return this.#accept(answer.value.text, like);
  }

  /** The answer tells who it is that answered. @rfc 3325#9.1 */
  #accept(body: string, like: Leg | null): string | undefined {
    const handlers = this.#leg.expectDialog();
    const identity = like === null ? undefined : this.#leg.line.show(like.party);
    const headers: HeaderList = identity === undefined ? [] : [["P-Asserted-Identity", identity]];
    const dialog = this.#call.answer({ body, headers }, handlers);
    if (dialog === undefined) return "the caller gave up";
    this.#hasAnswered = true;
    this.#leg.answered(dialog, { isAcknowledged: false, peer: this.#call.request.headers });
    return undefined;
  }

  #refuseBoth(like: Leg | null, reason: EndReason): string {
    this.#leg.end(reason);
    like?.end(reason);
    return reason.why;
  }
}
