import type { EndReason, IceCredentials, LegFact, Side } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import type {
  AgreedAudio,
  AudioCodec,
  Dialog,
  DialogEnd,
  DialogHandlers,
  Headers,
  IncomingRequest,
  Outcome,
  SessionDescription,
  SipRequest,
  SipResponse,
} from "@cordboard/sip";
import { bodyText } from "@cordboard/sip";
import {
  agreedCodecs,
  describedCodecs,
  hasAgreed,
  hasVoice,
  ourCodecs,
  plainCodecs,
  sameCodecs,
  shared,
  withDigits,
} from "./codecs.ts";
import { DigitMessages } from "./digit-messages.ts";
import type { RelayedDigit } from "./dtmf-relay.ts";
import { RELAY_TYPE, relayBody, relayedDigit } from "./dtmf-relay.ts";
import { notAcceptable } from "./not-acceptable.ts";
import { reasonHeader } from "./reason-header.ts";
import type { Referring } from "./referring.ts";
import { Reoffer } from "./reoffer.ts";
import type { Session } from "./session.ts";
import { readOffer } from "./session.ts";
import type { Surroundings } from "./surroundings.ts";
import { endedDialog, noAgreement } from "./verdicts.ts";

/** A re-INVITE of ours that waits for its turn. */
interface Asked {
  readonly codecs: readonly AudioCodec[];
  /** It is to change nothing, but to show that somebody is there. */
  readonly isRefresh?: boolean;
  readonly done: (isDone: boolean) => void;
}

/** The leg whose dialog it is. */
export interface TalkOwner {
  readonly id: LegId;
  readonly side: Side;
  readonly session: Session | undefined;
  readonly agreed: AgreedAudio | undefined;
  /** What the leg that it talks with has agreed on. */
  readonly partnerAgreed: AgreedAudio | undefined;
  readonly isEnding: boolean;
  /** The sound engine has to understand it: it may change to G.711 alone. */
  readonly mustBePlain: boolean;
  /** Takes the peer's wish to send its call on. */
  readonly referring: Pick<Referring, "take">;
  /** An offer of ours was answered. */
  connect(agreed: AgreedAudio): void;
  /** An offer of the peer's was answered. */
  renegotiated(agreed: AgreedAudio): void;
  /** Gets what our answer needs when the peer begins its ICE anew. */
  renewIce(theirs: IceCredentials): Promise<void>;
  report(fact: LegFact): void;
  /** The peer pressed a digit, and said so in a message. */
  pressed(digit: RelayedDigit): void;
  end(reason: EndReason): void;
  over(reason: EndReason): void;
}

/** How a dialog begins. */
export interface TalkBeginning {
  /** The ACK is done with (we called), not still to come. */
  readonly isAcknowledged: boolean;
  /** What the peer said of itself: the headers of its INVITE, or of its answer. */
  readonly peer: Headers;
}

/** An answered leg on the wire: its dialog, and what either side asks in it. */
export class Talk {
  readonly #world: Surroundings;
  readonly #leg: TalkOwner;
  #dialog: Dialog | undefined;
  /** One of our 2xx has no ACK yet; until then no INVITE of ours may leave. */
  #awaitsAck = false;
  /** The ACK is to carry the answer to our offer. */
  #awaitsAnswer = false;
  #running: { readonly asked: Asked; readonly reoffer: Reoffer } | undefined;
  #next: Asked | undefined;
  #isOurs = false;
  #isHangingUp = false;
  #takesUpdate = false;
  #takesInfo = false;
  readonly #digits = new DigitMessages(async (digit) =>
    this.#dialog?.request("INFO", { contentType: RELAY_TYPE, body: relayBody(digit) }),
  );
  /** Who the peer talks with now, of which it is still to be told. */
  #identity: string | undefined;

  constructor(world: Surroundings, leg: TalkOwner) {
    this.#world = world;
    this.#leg = leg;
  }

  /** What the stack tells of the dialog. */
  get handlers(): DialogHandlers {
    return {
      onEnd: (end) => this.#onEnd(end),
      onReinvite: (incoming) => this.#onOffer(incoming),
      onRefer: (refer) => this.#leg.referring.take(refer),
      onRequest: (incoming) => this.#onRequest(incoming),
      onRefreshDue: () => this.#refresh(),
      onAck: (ack) => this.#onAck(ack),
    };
  }

  /** The dialog is there. */
  begin(dialog: Dialog, { isAcknowledged, peer }: TalkBeginning): void {
    this.#dialog = dialog;
    const methods = peer.values("Allow").map((method) => method.toUpperCase());
    this.#takesUpdate = methods.includes("UPDATE");
    this.#takesInfo = methods.includes("INFO");
    this.#isOurs = isAcknowledged;
    this.#awaitsAck = !isAcknowledged;
    this.#awaitsAnswer = this.#leg.agreed === undefined;
  }

  /** Ends the dialog; `ended` runs when the peer has answered the BYE, or never will. */
  hangUp(reason: EndReason, ended: () => void): void {
    const dialog = this.#dialog;
    if (dialog === undefined || dialog.isEnded) return ended();
    this.#isHangingUp = true;
    dialog.bye({ headers: [["Reason", reasonHeader(reason)]] }).then(ended, ended);
  }

  /** Offers these codecs to the peer, as soon as it may be asked. A later wish takes the place of one that still waits. */
  offer(codecs: readonly AudioCodec[], done: (isDone: boolean) => void): void {
    this.#ask({ codecs, done });
  }

  /** Tells the peer who it talks with now, as soon as it may be told; one that takes no UPDATE goes on showing whom it shows. */
  tellIdentity(identity: string): void {
    if (!this.#takesUpdate) return;
    this.#identity = identity;
    this.#tellNext();
  }

  /** Sends digits as messages; false when the peer takes none, or too many wait. @rfc 6086#2 */
  sendDigits(digits: string): boolean {
    return this.#takesInfo && this.#digits.add(digits);
  }

  /** The session's timer wants an offer, and nothing is to change by it. @rfc 4028#7.4 */
  #refresh(): void {
    const { agreed } = this.#leg;
    // An offer that is on its way, or waits, refreshes as well.
    if (agreed !== undefined && this.#running === undefined && this.#next === undefined)
      this.#ask({ codecs: sameCodecs(agreed), done: () => {}, isRefresh: true });
  }

  /** Gives up what it asks and waits for. */
  close(): void {
    this.#digits.close();
    this.#identity = undefined;
    this.#next = undefined;
    this.#running?.reoffer.stop();
    this.#running = undefined;
  }

  /** What we ended ourselves is over when the BYE has been answered, not when it leaves. */
  #onEnd(end: DialogEnd): void {
    if (!this.#isHangingUp || end.by === "remote") this.#leg.over(endedDialog(this.#leg.side, end));
  }

  #onAck(ack: SipRequest): void {
    this.#awaitsAck = false;
    if (this.#awaitsAnswer) {
      this.#awaitsAnswer = false;
      const agreed = this.#leg.session?.takeAnswer(ack);
      if (agreed?.ok) this.#leg.connect(agreed.value);
      else if (this.#leg.agreed === undefined) this.#leg.end(noAgreement(agreed?.error));
    }
    this.#offerNext();
    this.#tellNext();
  }

  /** @rfc 5876#4.1 */
  #tellNext(): void {
    const [dialog, identity] = [this.#dialog, this.#identity];
    if (dialog === undefined || identity === undefined) return;
    if (this.#running !== undefined || this.#awaitsAck || this.#leg.isEnding) return;
    this.#identity = undefined;
    // Whatever it says to this, the call goes on.
    void dialog.request("UPDATE", { headers: [["P-Asserted-Identity", identity]] });
  }

  #ask(asked: Asked): void {
    this.#next?.done(false);
    this.#next = asked;
    this.#offerNext();
  }

  #offerNext(): void {
    const [dialog, asked, session] = [this.#dialog, this.#next, this.#leg.session];
    if (asked === undefined || dialog === undefined || session === undefined) return;
    if (this.#running !== undefined || this.#awaitsAck || this.#leg.isEnding) return;
    this.#next = undefined;
    // What it waited for has brought it: an offer of the same would only get in the way of others.
    if (asked.isRefresh !== true && session.agreed !== undefined && hasAgreed(session.agreed, asked.codecs))
      return asked.done(true);
    const reoffer = new Reoffer(
      {
        clock: this.#world.clock,
        random: this.#world.random,
        ownsCallId: this.#isOurs,
        send: () => dialog.reinvite({ body: session.reoffer(asked.codecs) }),
      },
      (outcome) => this.#offered(asked, outcome),
    );
    this.#running = { asked, reoffer };
    reoffer.start();
  }

  #offered(asked: Asked, outcome: Outcome | undefined): void {
    if (this.#running?.asked !== asked) return;
    this.#running = undefined;
    asked.done(outcome?.ok === true && this.#takeAnswer(outcome.response));
    this.#offerNext();
    this.#tellNext();
  }

  #takeAnswer(response: SipResponse): boolean {
    const agreed = this.#leg.session?.takeAnswer(response);
    if (agreed?.ok !== true) return false;
    this.#leg.connect(agreed.value);
    return true;
  }

  /** A re-INVITE or UPDATE with a description; we answer by ourselves, and the other leg keeps its session. */
  #onOffer(incoming: IncomingRequest): void {
    const { session } = this.#leg;
    if (session === undefined || this.#leg.isEnding) return void incoming.respond(481);
    // Offers may not cross; re-INVITEs are kept apart by the stack. @rfc 3311#5.2
    if (incoming.request.method === "UPDATE" && (this.#running !== undefined || this.#awaitsAnswer)) {
      return void incoming.respond(491);
    }
    const offer = readOffer(incoming.request);
    if (!offer.ok) return void incoming.respond(offer.error.status, offer.error);
    if (offer.value === undefined) return this.#onNoOffer(incoming);
    const theirs = session.restartBy(offer.value);
    if (theirs === undefined) return this.#answer(incoming, session, offer.value);
    // The peer has come to another network, and looks for the way anew.
    const wished = offer.value;
    void this.#leg.renewIce(theirs).then(() => this.#answer(incoming, session, wished));
  }

  #answer(incoming: IncomingRequest, session: Session, offer: SessionDescription): void {
    if (this.#leg.isEnding) return void incoming.respond(481);
    const answer = session.answer(offer, this.#allowed(offer));
    if (!answer.ok) return void incoming.respond(488, notAcceptable(answer.error.why));
    this.#awaitsAck = incoming.request.method === "INVITE";
    incoming.respond(200, { body: answer.value.text });
    this.#leg.renegotiated(answer.value.agreed);
  }

  /** A re-INVITE without a description asks for our offer; the answer comes with the ACK. @rfc 3261#14.2 */
  #onNoOffer(incoming: IncomingRequest): void {
    if (incoming.request.method === "UPDATE") return void incoming.respond(200);
    const { agreed, session } = this.#leg;
    if (agreed === undefined || session === undefined) return void incoming.respond(488);
    this.#awaitsAck = true;
    this.#awaitsAnswer = true;
    incoming.respond(200, { body: session.offer(sameCodecs(agreed)) });
  }

  /** What the peer may change to: what the leg that it talks with has; else what it had, or what we can do. */
  #allowed(offer: SessionDescription): readonly AudioCodec[] {
    const { agreed, mustBePlain, partnerAgreed: other } = this.#leg;
    if (mustBePlain && agreed !== undefined) return plainCodecs(agreed);
    if (other !== undefined) return withDigits(agreedCodecs(other));
    const mine = agreed === undefined ? ourCodecs : withDigits(sameCodecs(agreed));
    return hasVoice(shared(describedCodecs(offer), mine)) ? mine : ourCodecs;
  }

  #onRequest(incoming: IncomingRequest): void {
    const { method, headers } = incoming.request;
    switch (method) {
      case "UPDATE":
        return incoming.request.body.length === 0 ? this.#onNoOffer(incoming) : this.#onOffer(incoming);
      case "INFO":
        return this.#onInfo(incoming);
      case "OPTIONS":
        return void incoming.respond(200, { headers: [["Accept", "application/sdp"]] });
      default:
        this.#world.log.debug("a request in a dialog is not served", {
          leg: this.#leg.id,
          method,
          type: headers.contentType,
        });
        return void incoming.respond(405);
    }
  }

  #onInfo(incoming: IncomingRequest): void {
    const { body, headers } = incoming.request;
    if (body.length === 0) return void incoming.respond(200);
    const pressed = relayedDigit(headers.contentType, bodyText(incoming.request));
    if (pressed === undefined) {
      return void incoming.respond(415, { headers: [["Accept", "application/dtmf-relay, application/dtmf"]] });
    }
    incoming.respond(200);
    this.#leg.pressed(pressed);
  }
}
