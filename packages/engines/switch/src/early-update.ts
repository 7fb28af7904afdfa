import type { IncomingRequest } from "@cordboard/sip";
import { sameCodecs, withDigits } from "./codecs.ts";
import type { Leg } from "./leg.ts";
import { notAcceptable } from "./not-acceptable.ts";
import { readOffer } from "./session.ts";

/** How far the descriptions of a call are that nobody has answered. */
export type EarlyOffers =
  /** Its peer has been told ours, or has told its own. */
  | "settled"
  /** Our offer waits for an answer. */
  | "ours-waits"
  /** The peer's offer waits for our answer. */
  | "theirs-waits";

/** When a peer that was too early may come again, in seconds. */
const RETRY_AFTER: readonly [string, string] = ["Retry-After", "1"];

/**
 * Answers a request of a peer whose call nobody has answered yet. Its UPDATE may change what was agreed on before the answer; one that
 * crosses an offer has to wait, and one without a description only shows that somebody is there. Others wait for the answer too.
 * @rfc 3311#5.2
 */
export function takeEarly(leg: Leg, incoming: IncomingRequest, offers: EarlyOffers): void {
  const { method, body } = incoming.request;
  if (method !== "UPDATE") return void incoming.respond(method === "OPTIONS" ? 200 : 491);
  if (body.length === 0) return void incoming.respond(200);
  const { session, agreed } = leg;
  if (offers === "theirs-waits") return void incoming.respond(500, { headers: [RETRY_AFTER] });
  if (offers === "ours-waits" || session === undefined || agreed === undefined) return void incoming.respond(491);
  const offer = readOffer(incoming.request);
  if (!offer.ok) return void incoming.respond(offer.error.status, offer.error);
  if (offer.value === undefined) return void incoming.respond(200);
  const answer = session.answer(offer.value, withDigits(sameCodecs(agreed)));
  if (!answer.ok) return void incoming.respond(488, notAcceptable(answer.error.why));
  incoming.respond(200, { body: answer.value.text });
  leg.connect(answer.value.agreed);
}
