import type { IceCredentials } from "@cordboard/core";
import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type {
  AgreedAudio,
  AgreedProtection,
  AudioCodec,
  BodyRefusal,
  Direction,
  Endpoint,
  LocalAudio,
  LocalProtection,
  NegotiationRefusal,
  SessionDescription,
  SipMessage,
} from "@cordboard/sip";
import {
  answerOffer,
  buildOffer,
  codecsOf,
  parseSdp,
  printSdp,
  readAnswer,
  sessionDescriptionOf,
} from "@cordboard/sip";
import type { OwnSide } from "./protection.ts";

/** Our answer to an offer, and what it settles. */
export interface SessionAnswer {
  readonly text: string;
  readonly agreed: AgreedAudio;
}

/** All codecs of an offer. */
const allOf = (offer: SessionDescription): readonly AudioCodec[] => offer.media.flatMap(codecsOf);

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

/** Our side, after what is agreed: the part in the handshake stays, and keys are offered in the way that the peer has used, its choice first. */
function asAgreed(own: LocalProtection | undefined, agreed: AgreedProtection | undefined): LocalProtection | undefined {
  if (own?.kind === "webrtc") return { ...own, role: agreed?.kind === "webrtc" ? agreed.role : undefined };
  if (own?.kind !== "sdes" || agreed?.kind !== "sdes") return own;
  const keys = own.keys.toSorted((a, b) => Number(b.suite === agreed.suite) - Number(a.suite === agreed.suite));
  return { ...own, keys, isRequired: own.isRequired || agreed.isInsistedOn };
}

/**
 * Our side of one leg's session description over its life: what was sent, in which version, and what is agreed. An offer of
 * ours that is refused changes nothing but the version.
 * @rfc 3264#8
 */
export class Session {
  readonly #id: string;
  readonly #endpoint: Endpoint;
  #protection: LocalProtection | undefined;
  /** Ours was the first offer, so that ICE is for us to steer. */
  #isOfferer: boolean | undefined;
  #version = 0;
  #sent: string | undefined;
  #pending: LocalAudio | undefined;
  #agreed: AgreedAudio | undefined;

  /** `id` is decimal digits; `endpoint` is where the peer is told to send its sound, and `protection` how. */
  constructor(id: string, endpoint: Endpoint, protection?: LocalProtection) {
    this.#id = id;
    this.#endpoint = endpoint;
    this.#protection = protection;
  }

  /** What the sound engine has to know of our side, to do what was agreed. */
  get side(): OwnSide {
    const ice = this.#protection?.kind === "webrtc" ? this.#protection.ice : undefined;
    return { ice, isOfferer: this.#isOfferer === true };
  }

  /** Offers nothing plain from now on, to a peer that refused keys as a mere opportunity; false when there is nothing to insist on. */
  insist(): boolean {
    if (this.#protection?.kind !== "sdes" || this.#protection.isRequired) return false;
    this.#protection = { ...this.#protection, isRequired: true };
    return true;
  }

  /** The peer's new credentials, when its offer begins its ICE anew: then our answer needs new ones as well. @rfc 8839#4.4.3 */
  restartBy(offer: SessionDescription): IceCredentials | undefined {
    const before = this.#agreed?.protection;
    if (before?.kind !== "webrtc") return undefined;
    const tried = answerOffer(offer, { sessionId: this.#id, version: this.#version }, this.#audio(allOf(offer)));
    const wished = tried.ok ? tried.value.agreed.protection : undefined;
    if (wished?.kind !== "webrtc") return undefined;
    return wished.remoteIce.usernameFragment === before.remoteIce.usernameFragment ? undefined : wished.remoteIce;
  }

  /** New credentials, from the next description on. */
  renewIce(ice: IceCredentials): void {
    if (this.#protection?.kind === "webrtc") this.#protection = { ...this.#protection, ice };
  }

  /** What holds now: of the last offer that was answered. */
  get agreed(): AgreedAudio | undefined {
    return this.#agreed;
  }

  /** A description that offers these codecs. The next answer read belongs to it. */
  offer(codecs: readonly AudioCodec[], direction: Direction = "sendrecv"): string {
    const audio = { ...this.#audio(codecs), direction };
    this.#pending = audio;
    this.#isOfferer ??= true;
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
    return this.#take(readAnswer(parsed.value, audio));
  }

  /** Answers an offer with those of its codecs that are also in `codecs`. A refusal leaves what was agreed. */
  answer(offer: SessionDescription, codecs: readonly AudioCodec[]): Result<SessionAnswer, NegotiationRefusal> {
    const tried = answerOffer(offer, { sessionId: this.#id, version: this.#version }, this.#audio(codecs));
    if (!tried.ok) return tried;
    const { agreed, description } = tried.value;
    const taken = this.#take(ok(agreed));
    if (!taken.ok) return taken;
    this.#isOfferer ??= false;
    const { origin } = description;
    const text = this.#send((version) => printSdp({ ...description, origin: { ...origin, version: String(version) } }));
    return ok({ text, agreed });
  }

  /** What was agreed, unless it would lay bare what was protected before. */
  #take(agreed: Result<AgreedAudio, NegotiationRefusal>): Result<AgreedAudio, NegotiationRefusal> {
    if (!agreed.ok) return agreed;
    if (this.#agreed?.protection !== undefined && agreed.value.protection === undefined)
      return refused({ code: "not-protected", why: "What is protected stays so" });
    this.#spendKeys(this.#agreed?.protection, agreed.value.protection);
    this.#agreed = agreed.value;
    return agreed;
  }

  /**
   * A key that another has taken the place of is never used again: its packets would be counted anew, and two that are protected alike
   * give both away.
   * @rfc 3711#9.1
   */
  #spendKeys(before: AgreedProtection | undefined, now: AgreedProtection | undefined): void {
    if (this.#protection?.kind !== "sdes" || before?.kind !== "sdes" || now?.kind !== "sdes") return;
    if (before.suite === now.suite) return;
    this.#protection = { ...this.#protection, keys: this.#protection.keys.filter((key) => key.suite !== before.suite) };
  }

  /** Our side of the stream, as things stand. */
  #audio(codecs: readonly AudioCodec[]): LocalAudio {
    return { endpoint: this.#endpoint, codecs, protection: asAgreed(this.#protection, this.#agreed?.protection) };
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
