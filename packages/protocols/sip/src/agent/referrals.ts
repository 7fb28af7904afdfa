import type { Timer } from "@cordboard/kernel";
import { parseEvent, parseSubscriptionState } from "../events/subscription-state.ts";
import type { HeaderField } from "../message/header-field.ts";
import type { Content, SipRequest } from "../message/message.ts";
import { bodyText } from "../message/print.ts";
import { printReferTo, referredByOf, referTargetOf } from "../refer/refer-to.ts";
import { statusOfSipfrag } from "../refer/sipfrag.ts";
import { partyValue } from "./build.ts";
import type { Core } from "./core.ts";
import { REFER_PATIENCE, ReferNotifier, silentSubscription } from "./refer-subscription.ts";
import type { IncomingRefer, ReferOptions, Referral, ReferSubscription } from "./refer-types.ts";
import type { IncomingRequest, Outcome } from "./request-types.ts";

/** Calls that are being sent on within one dialog, for each direction; a peer that asks for more has to wait. */
const MOST_REFERRALS = 4;

/** What the calls sent on within a dialog need of it. */
export interface ReferWire {
  /** Sends a request and hears the CSeq number of each attempt. */
  request(method: string, content: Content, onSeq: (seq: number) => void): Promise<Outcome>;
  /** Sends a NOTIFY, also when the dialog's call has ended. @rfc 5057#4.2 */
  notify(content: Content): Promise<Outcome>;
}

/** A REFER of ours that is not done. */
interface Asked {
  seq: number;
  hear(status: number | undefined, isLast: boolean): void;
}

/** The REFERs of one dialog, ours and the peer's. @rfc 3515 */
export class Referrals {
  readonly #core: Core;
  readonly #wire: ReferWire;
  readonly #told = new Set<ReferNotifier>();
  readonly #asked = new Set<Asked>();
  #count = 0;

  constructor(core: Core, wire: ReferWire) {
    this.#core = core;
    this.#wire = wire;
  }

  /** Takes a REFER of the peer: answers what nobody can do, gives the rest to the owner. */
  take(incoming: IncomingRequest, hear: (refer: IncomingRefer) => void): void {
    const { request, flow, local } = incoming;
    const target = referTargetOf(request.headers);
    if (target === undefined) return void incoming.respond(400, { reason: "Malformed Refer-To" });
    if (this.#told.size >= MOST_REFERRALS) return void incoming.respond(491);
    hear({
      request,
      flow,
      local,
      target,
      referredBy: referredByOf(request.headers),
      accept: () => this.#accept(incoming),
      reject: (status, content) => status >= 300 && incoming.respond(status, content),
    });
  }

  #accept(incoming: IncomingRequest): ReferSubscription | undefined {
    const { headers } = incoming.request;
    const isSilent = headers.get("Refer-Sub")?.trim().toLowerCase() === "false";
    const words: readonly HeaderField[] = isSilent ? [["Refer-Sub", "false"]] : [];
    if (!incoming.respond(202, { headers: words })) return undefined;
    if (isSilent) return silentSubscription;
    // The first of a dialog has no name, as phones expect it; several are told apart. @rfc 3515#2.4.6
    const eventId = this.#count++ === 0 ? undefined : headers.cseq?.number;
    const subscription: ReferNotifier = new ReferNotifier(this.#core, {
      eventId,
      send: (content) => this.#wire.notify(content),
      onOver: () => void this.#told.delete(subscription),
    });
    this.#told.add(subscription);
    return subscription;
  }

  /** Takes a SUBSCRIBE that prolongs or ends what a REFER of the peer opened; false when it means another one. @rfc 3515#2.4.4 */
  takeSubscribe(incoming: IncomingRequest): boolean {
    const { headers } = incoming.request;
    const named = parseEvent(headers.get("Event") ?? "");
    if (named?.event !== "refer") return false;
    const id = named.id === undefined ? undefined : Number(named.id);
    const found = [...this.#told].find((each) => !each.isOver && (each.eventId === id || each.eventId === undefined));
    if (found === undefined) return incoming.respond(481);
    const seconds = Math.min(headers.expires ?? found.secondsLeft, found.secondsLeft);
    incoming.respond(200, { headers: [["Expires", String(seconds)]] });
    if (seconds === 0) found.giveUp();
    return true;
  }

  /** Asks the peer to send its call on. */
  ask(uri: string, options: ReferOptions): Referral {
    const { replaces, referredBy, isSilent = false, patienceMs = REFER_PATIENCE } = options;
    if (this.#asked.size >= MOST_REFERRALS)
      return { accepted: Promise.resolve(tooMany), result: Promise.resolve(undefined) };
    let finish: (status: number | undefined) => void = () => {};
    const result = new Promise<number | undefined>((resolve) => {
      finish = resolve;
    });
    let deadline: Timer | undefined;
    const wait = (): void => {
      deadline?.cancel();
      deadline = this.#core.clock.after(patienceMs, () => asked.hear(undefined, true));
    };
    const asked: Asked = {
      seq: 0,
      hear: (status, isLast) => {
        if (!this.#asked.has(asked)) return;
        if (status !== undefined) this.#core.guard(() => options.onProgress?.(status));
        if (!isLast) return wait();
        deadline?.cancel();
        this.#asked.delete(asked);
        finish(status);
      },
    };
    this.#asked.add(asked);
    wait();
    const headers: HeaderField[] = [["Refer-To", printReferTo(uri, replaces)]];
    if (referredBy !== undefined) headers.push(["Referred-By", partyValue(referredBy)]);
    if (isSilent) headers.push(["Refer-Sub", "false"], ["Supported", "norefersub"]);
    const accepted = this.#wire.request("REFER", { headers }, (seq) => {
      asked.seq = seq;
    });
    void accepted.then((outcome) => {
      const isHeard = outcome.ok && !(isSilent && saysSilent(outcome));
      if (!isHeard) asked.hear(undefined, true);
    });
    return { accepted, result };
  }

  /** Takes a NOTIFY about a REFER of ours; false when it is about something else. @rfc 3515#2.4.5 */
  takeNotify(incoming: IncomingRequest): boolean {
    const { headers } = incoming.request;
    const named = parseEvent(headers.get("Event") ?? "");
    if (named?.event !== "refer") return false;
    const asked = this.#askedBy(named.id);
    if (asked === undefined) return false;
    const state = parseSubscriptionState(headers.get("Subscription-State") ?? "");
    if (state === undefined) return incoming.respond(400, { reason: "Malformed Subscription-State" });
    incoming.respond(200);
    const status = statusIn(incoming.request);
    // Some phones end with a final status, but forget to say that it is the last word.
    asked.hear(status, state.at === "terminated" || (status !== undefined && status >= 200));
    return true;
  }

  #askedBy(id: string | undefined): Asked | undefined {
    const [first] = this.#asked;
    return id === undefined ? first : [...this.#asked].find((each) => each.seq === Number(id));
  }

  /** The dialog's call is over: whoever was asked tells nothing more, as nobody could find the way here. */
  end(): void {
    for (const asked of [...this.#asked]) asked.hear(undefined, true);
  }
}

const statusIn = (request: SipRequest): number | undefined =>
  request.headers.contentType === "message/sipfrag" ? statusOfSipfrag(bodyText(request)) : undefined;

const saysSilent = (outcome: Outcome): boolean =>
  outcome.response?.headers.get("Refer-Sub")?.trim().toLowerCase() === "false";

const tooMany: Outcome = { ok: false, status: 491, cause: "rejected", response: undefined };
