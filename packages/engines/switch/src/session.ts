import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type {
  AgreedAudio,
  AudioCodec,
  BodyRefusal,
  Direction,
  Endpoint,
  LocalAudio,
  NegotiationRefusal,
  SessionDescription,
  SipMessage,
} from "@cordboard/sip";
import { answerOffer, buildOffer, parseSdp, printSdp, readAnswer, sessionDescriptionOf } from "@cordboard/sip";

/** Our answer to an offer, and what it settles. */
export interface SessionAnswer {
  readonly text: string;
  readonly agreed: AgreedAudio;
}

/** A message with what may be a description. */
export type Described = Pick<SipMessage, "headers" | "body">;

/** The offer in a request; undefined when it has none and wants ours. Refused with what is to be answered. */
export function readOffer(request: Described): Result<SessionDescription | undefined, BodyRefusal> {
  const body = sessionDescriptionOf(request);
  if (!body.ok || body.value === undefined) return body.ok ? ok(undefined) : body;
  const parsed = parseSdp(body.value);
  return parsed.ok ? parsed : refused({ status: 400, reason: "Bad Session Description", headers: [] });
}

/** The answer in a message, or why it cannot be used. */
function readDescription(message: Described): Result<SessionDescription, NegotiationRefusal> {
  const body = sessionDescriptionOf(message);
  const parsed = parseSdp(body.ok ? (body.value ?? "") : "");
  return parsed.ok ? parsed : refused({ code: "bad-description", why: parsed.error.why });
}

/**
 * Our side of one leg's session description over its life: what was sent, in which version, and what is agreed. An offer of
 * ours that is refused changes nothing but the version.
 * @rfc 3264#8
 */
export class Session {
  readonly #id: string;
  readonly #endpoint: Endpoint;
  #version = 0;
  #sent: string | undefined;
  #pending: LocalAudio | undefined;
  #agreed: AgreedAudio | undefined;

  /** `id` is decimal digits; `endpoint` is where the peer is told to send its sound. */
  constructor(id: string, endpoint: Endpoint) {
    this.#id = id;
    this.#endpoint = endpoint;
  }

  /** What holds now: of the last offer that was answered. */
  get agreed(): AgreedAudio | undefined {
    return this.#agreed;
  }

  /** A description that offers these codecs. The next answer read belongs to it. */
  offer(codecs: readonly AudioCodec[], direction: Direction = "sendrecv"): string {
    const audio = { endpoint: this.#endpoint, codecs, direction };
    this.#pending = audio;
    return this.#send((version) => printSdp(buildOffer({ sessionId: this.#id, version }, audio)));
  }

  /** Offers other codecs while all else stays: a peer that holds us is not asked to take that back. @rfc 3264#8.4 */
  reoffer(codecs: readonly AudioCodec[]): string {
    return this.offer(codecs, this.#agreed?.isHeld === true ? this.#agreed.direction : "sendrecv");
  }

  /** Takes the answer to our last offer, from the message that brings it. */
  takeAnswer(message: Described): Result<AgreedAudio, NegotiationRefusal> {
    const audio = this.#pending;
    if (audio === undefined) return refused({ code: "bad-description", why: "Nothing was offered" });
    const parsed = readDescription(message);
    if (!parsed.ok) return parsed;
    const agreed = readAnswer(parsed.value, audio);
    if (agreed.ok) this.#agreed = agreed.value;
    return agreed;
  }

  /** Answers an offer with those of its codecs that are also in `codecs`. A refusal leaves what was agreed. */
  answer(offer: SessionDescription, codecs: readonly AudioCodec[]): Result<SessionAnswer, NegotiationRefusal> {
    const audio = { endpoint: this.#endpoint, codecs };
    const tried = answerOffer(offer, { sessionId: this.#id, version: this.#version }, audio);
    if (!tried.ok) return tried;
    const { agreed, description } = tried.value;
    this.#agreed = agreed;
    const { origin } = description;
    const text = this.#send((version) => printSdp({ ...description, origin: { ...origin, version: String(version) } }));
    return ok({ text, agreed });
  }

  /** The version rises with every description that differs from the one before, and with no other. */
  #send(print: (version: number) => string): string {
    const same = print(this.#version);
    if (this.#sent === undefined || same === this.#sent) {
      this.#sent = same;
      return same;
    }
    this.#version += 1;
    this.#sent = print(this.#version);
    return this.#sent;
  }
}
