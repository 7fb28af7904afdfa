import type { EndReason, Party, Tenant } from "@cordboard/core";
import type { ActionId, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type {
  AnswerTaken,
  AudioCodec,
  Dialog,
  EarlyDialog,
  FailureCause,
  HeaderList,
  InviteHandlers,
  InviteOptions,
  OutgoingCall,
  SipResponse,
} from "@cordboard/sip";
import { remoteControl, takesEvent } from "@cordboard/sip";
import { autoAnswerHeaders } from "./auto-answer.ts";
import { takeEarly } from "./early-update.ts";
import type { CallSide, Leg } from "./leg.ts";
import { reasonHeader } from "./reason-header.ts";
import type { Session } from "./session.ts";
import { addressOf } from "./shown.ts";
import { failedCall, noAgreement } from "./verdicts.ts";
import type { World } from "./world.ts";

/** One way that an INVITE can take. */
type Request = Pick<InviteOptions, "uri" | "flow" | "route" | "to" | "transport">;

/** Where an INVITE goes and what it says. */
export interface Destination {
  /** Where it is tried, one after the other: the next when one leads nowhere. */
  readonly requests: readonly [Request, ...Request[]];
  readonly shows: Party;
  readonly tenant: Tenant;
  /** It belongs to the house and may be told who calls. */
  readonly isTrusted: boolean;
  /** It is asked to answer by itself. */
  readonly isAutoAnswered: boolean;
  readonly codecs: readonly AudioCodec[];
  /** Hops that the INVITE may take. */
  readonly maxForwards: number;
  /** The order to call, which is done with the answer. */
  readonly order: ActionId;
  /** When nobody has answered after so long, it is cancelled. */
  readonly deadline: Millis;
}

/** What a proxy answers when the flow to the phone behind it is gone. @rfc 5626#11.5 */
const FLOW_FAILED = 430;

/** What a phone answers to a description that will not do. @rfc 3261#21.4.26 */
const NOT_ACCEPTABLE = 488;

/** The stack's own deadline lies a little behind ours, so that ours is the one that counts. */
const BEHIND = 2000;

/** An INVITE of ours until it is answered. */
export class PlacedSide implements CallSide {
  readonly #world: World;
  readonly #leg: Leg;
  readonly #to: Destination;
  #session: Session | undefined;
  #call: OutgoingCall | undefined;
  /** Index of the request that is under way. */
  #tried = 0;
  #lastSign = "";
  /** The branch whose early description was taken. */
  #earlyTag: string | undefined;
  /** The branch that rang last. */
  #ringing: EarlyDialog | undefined;

  constructor(world: World, leg: Leg, to: Destination) {
    this.#world = world;
    this.#leg = leg;
    this.#to = to;
  }

  onOpen(session: Session): void {
    this.#session = session;
    this.#leg.called();
    this.#call = this.#invite(this.#to.requests[0], session);
  }

  #invite(request: Request, session: Session): OutgoingCall {
    const { shows, tenant, isTrusted, isAutoAnswered, codecs, deadline, maxForwards } = this.#to;
    const from = addressOf(shows, tenant.domain);
    const identity: HeaderList = isTrusted && shows.number !== "" ? [["P-Asserted-Identity", from]] : [];
    const asking: HeaderList = isAutoAnswered ? autoAnswerHeaders : [];
    return this.#world.agent.invite(
      {
        ...request,
        from,
        callId: this.#leg.id,
        maxForwards,
        headers: [...identity, ...asking],
        body: session.offer(codecs),
        deadlineMs: ms(deadline + BEHIND),
      },
      this.#handlers(),
    );
  }

  giveUp(reason: EndReason): boolean {
    if (this.#call === undefined) return true;
    this.#call.cancel(reasonHeader(reason));
    return false;
  }

  async askToTalk(): Promise<string | undefined> {
    const ringing = this.#ringing;
    if (ringing === undefined) return "the phone does not ring";
    if (!takesEvent(ringing.allowedEvents, "talk")) return "the phone does not say that it can be told to answer";
    const outcome = await ringing.request("NOTIFY", remoteControl("talk"));
    return outcome.ok ? undefined : `the phone refused with ${outcome.status}`;
  }

  #handlers(): InviteHandlers {
    return {
      onProgress: (status, response, early) => this.#onProgress(status, response, early),
      onRequest: (incoming, { id }) =>
        takeEarly(this.#leg, incoming, id.remoteTag === this.#earlyTag ? "settled" : "ours-waits"),
      onAnswer: (dialog, response) => this.#onAnswer(dialog, response),
      onFailure: (_status, response, cause) => this.#onFailure(response, cause),
    };
  }

  #onProgress(status: number, response: SipResponse, early: EarlyDialog | undefined): void {
    if (this.#leg.isEnding) return;
    this.#ringing = early ?? this.#ringing;
    if (response.body.length > 0 && early !== undefined) {
      const agreed = this.#session?.takeAnswer(response);
      if (agreed?.ok) {
        this.#earlyTag = early.id.remoteTag;
        this.#leg.connect(agreed.value);
      }
    }
    const hasEarlyMedia = this.#earlyTag !== undefined;
    const sign = `${status} ${hasEarlyMedia}`;
    if (sign === this.#lastSign) return;
    this.#lastSign = sign;
    this.#leg.report({ type: "ringing", leg: this.#leg.id, status, hasEarlyMedia });
  }

  /** The stack holds a BYE back until the ACK has left, and does not call this once we have cancelled. */
  #onAnswer(dialog: Dialog, response: SipResponse): AnswerTaken {
    const handlers = this.#leg.expectDialog();
    this.#leg.met(this.#to.order);
    const begin = { isAcknowledged: true, peer: response.headers };
    const why = this.#takeAnswer(dialog, response);
    if (why === undefined) this.#leg.answered(dialog, begin);
    else {
      this.#leg.begin(dialog, begin);
      this.#leg.end(why);
    }
    return { handlers };
  }

  /** Why the leg has to end all the same, or undefined. */
  #takeAnswer(dialog: Dialog, response: SipResponse): EndReason | undefined {
    const isSameBranch = dialog.id.remoteTag === this.#earlyTag;
    // Some gateways describe themselves in the 183 alone.
    if (response.body.length === 0 && isSameBranch) return undefined;
    const agreed = this.#session?.takeAnswer(response);
    if (agreed?.ok !== true) return noAgreement(agreed?.error);
    this.#leg.connect(agreed.value);
    return undefined;
  }

  /** One flow of a phone has failed, not the phone: the next one may work. @rfc 5626#5.3 */
  #onFailure(response: SipResponse | undefined, cause: FailureCause): void {
    if (this.#insists(response)) return;
    const isFlowGone =
      response === undefined ? cause === "transport" || cause === "timeout" : response.status === FLOW_FAILED;
    const next = isFlowGone ? this.#to.requests[this.#tried + 1] : undefined;
    if (next !== undefined && this.#session !== undefined && !this.#leg.isEnding) {
      this.#tried += 1;
      this.#call = this.#invite(next, this.#session);
      return;
    }
    this.#leg.over(failedCall(this.#leg.side, cause, response));
  }

  /** Some phones take keys only where nothing plain is offered beside them: they are asked once more. */
  #insists(response: SipResponse | undefined): boolean {
    const request = this.#to.requests[this.#tried];
    if (response?.status !== NOT_ACCEPTABLE || this.#session === undefined || request === undefined) return false;
    if (this.#leg.isEnding || !this.#session.insist()) return false;
    this.#call = this.#invite(request, this.#session);
    return true;
  }
}
