import type { Random, Result } from "@cordboard/kernel";
import { ok, randomHex, refused } from "@cordboard/kernel";
import type { AgreedAudio, AudioCodec, Direction, Endpoint, LocalAudio, SessionDescription } from "@cordboard/sip";
import { answerOffer, buildOffer, parseSdp, printSdp, readAnswer } from "@cordboard/sip";

/** Why a description of the other side cannot be used; answered with 488. */
export interface TermsRefusal {
  readonly why: string;
}

/** The codecs that we can do, best first: in answer to an offer, or (`undefined`) in one of ours. */
export type CodecChoice = (offer: SessionDescription | undefined) => readonly AudioCodec[];

/** What {@link MediaTerms} are made of. */
export interface TermsParts {
  readonly codecs: CodecChoice;
  readonly random: Random;
}

/** Offers and answers of one call over its life: who said what last, and what is agreed. @rfc 3264 */
export class MediaTerms {
  /** What we want of the stream; `sendonly` while we hold the other side. */
  direction: Direction = "sendrecv";
  readonly #endpoint: Endpoint;
  readonly #codecs: CodecChoice;
  readonly #sessionId: string;
  readonly #onAgreed: (agreed: AgreedAudio) => void;
  #version = 0;
  #last: LocalAudio;

  /** `onAgreed` is called whenever an offer and an answer have met. */
  constructor(endpoint: Endpoint, { codecs, random }: TermsParts, onAgreed: (agreed: AgreedAudio) => void) {
    this.#endpoint = endpoint;
    this.#codecs = codecs;
    this.#sessionId = String(Number.parseInt(randomHex(random, 6), 16));
    this.#onAgreed = onAgreed;
    this.#last = this.#local(codecs(undefined));
  }

  /** An offer of all that we can do. */
  offer(): string {
    this.#last = this.#local(this.#codecs(undefined));
    return printSdp(buildOffer(this.#identity(), this.#last));
  }

  /** Answers an offer and agrees to it. */
  answer(offer: Uint8Array): Result<string, TermsRefusal> {
    const description = parseSdp(offer);
    if (!description.ok) return refused(description.error);
    const audio = this.#local(this.#codecs(description.value));
    const answer = answerOffer(description.value, this.#identity(), audio);
    if (!answer.ok) return refused(answer.error);
    this.#onAgreed(answer.value.agreed);
    return ok(printSdp(answer.value.description));
  }

  /** Takes the answer to our last offer. */
  settle(answer: Uint8Array): Result<undefined, TermsRefusal> {
    const description = parseSdp(answer);
    if (!description.ok) return refused(description.error);
    const agreed = readAnswer(description.value, this.#last);
    if (!agreed.ok) return refused(agreed.error);
    this.#onAgreed(agreed.value);
    return ok(undefined);
  }

  #local(codecs: readonly AudioCodec[]): LocalAudio {
    return { endpoint: this.#endpoint, codecs, direction: this.direction };
  }

  #identity(): { readonly sessionId: string; readonly version: number } {
    this.#version++;
    return { sessionId: this.#sessionId, version: this.#version };
  }
}
