import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type {
  AgreedAudio,
  AudioCodec,
  Endpoint,
  LocalAudio,
  NegotiationRefusal,
  SessionDescription,
} from "@cordboard/sip";
import { answerOffer, buildOffer, parseSdp, printSdp, readAnswer } from "@cordboard/sip";

/** Our answer to an offer, and what it settles. */
export interface SessionAnswer {
  readonly text: string;
  readonly agreed: AgreedAudio;
}

/** Reads a description, or says why it cannot be used. */
export function readDescription(body: Uint8Array): Result<SessionDescription, NegotiationRefusal> {
  const parsed = parseSdp(body);
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
  offer(codecs: readonly AudioCodec[]): string {
    const audio = { endpoint: this.#endpoint, codecs };
    this.#pending = audio;
    return this.#send((version) => printSdp(buildOffer({ sessionId: this.#id, version }, audio)));
  }

  /** Takes the answer to our last offer. */
  takeAnswer(body: Uint8Array): Result<AgreedAudio, NegotiationRefusal> {
    const audio = this.#pending;
    if (audio === undefined) return refused({ code: "bad-description", why: "Nothing was offered" });
    const parsed = readDescription(body);
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

/** Whether a body is a session description by its type; a body without a type counts as one. */
export const isSdpType = (contentType: string | undefined): boolean =>
  contentType === undefined || contentType === "application/sdp";
