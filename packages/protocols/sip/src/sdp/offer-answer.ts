import type { Result } from "@cordboard/kernel";
import type { AudioCodec } from "./codecs.ts";
import type { Direction, MediaEndpoint, SessionDescription } from "./session.ts";

/** Our side of one audio stream. */
export interface LocalAudio {
  /** Where we receive. */
  readonly endpoint: MediaEndpoint;
  /** What we can do, best first; include `TELEPHONE_EVENT` for digits. */
  readonly codecs: readonly AudioCodec[];
  /** What we want; `sendrecv` unless said otherwise. An answer never gets more than the offer allows. */
  readonly direction?: Direction;
  /** Packet time in milliseconds to ask for; 20 unless said otherwise. */
  readonly ptimeMs?: number;
}

/** Names our side of the session over its life; keep it, and raise `version` with every new description sent. */
export interface SessionIdentity {
  /** Decimal digits. */
  readonly sessionId: string;
  readonly version: number;
}

/** A codec that both sides can do, with the number that each expects. */
export interface AgreedCodec {
  readonly codec: AudioCodec;
  /** Payload type in packets that we send. */
  readonly sendAs: number;
  /** Payload type in packets that we receive. */
  readonly receiveAs: number;
  /** The peer's format parameters. */
  readonly remoteFmtp: string | undefined;
}

/** What offer and answer settled. */
export interface AgreedAudio {
  /** Where we send RTP. */
  readonly remote: MediaEndpoint;
  /** Where we send RTCP: by `a=rtcp`, on the RTP port with `a=rtcp-mux`, else the next port. */
  readonly remoteRtcp: MediaEndpoint;
  /** Voice codecs in the order to prefer; never empty. */
  readonly codecs: readonly AgreedCodec[];
  /** Digits as RTP events, when both can. */
  readonly telephoneEvent: AgreedCodec | undefined;
  /** What we may do: seen from our side. */
  readonly direction: Direction;
  /** The peer put us on hold: it does not want to hear us (or sent the old `0.0.0.0`). */
  readonly isHeld: boolean;
  /** Packet time that the peer asks for, in milliseconds. */
  readonly ptimeMs: number | undefined;
}

/** Why an offer or answer cannot be used. `no-common-codec` and `no-audio` are answered with 488. */
export interface NegotiationRefusal {
  readonly code: "no-common-codec" | "no-audio" | "bad-description";
  readonly why: string;
}

/** An answer and what it settles. */
export interface Answer {
  readonly description: SessionDescription;
  readonly agreed: AgreedAudio;
}

export declare function buildOffer(identity: SessionIdentity, audio: LocalAudio): SessionDescription;
export declare function answerOffer(offer: SessionDescription, identity: SessionIdentity, audio: LocalAudio): Result<Answer, NegotiationRefusal>;
export declare function readAnswer(answer: SessionDescription, audio: LocalAudio): Result<AgreedAudio, NegotiationRefusal>;
