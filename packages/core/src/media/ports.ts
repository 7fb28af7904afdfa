import type { ActionId, LegId, Millis, RecordingId, Result, TenantId } from "@cordboard/kernel";
import type { Word } from "../voicemail/index.ts";

/** A codec as it stands in a leg's negotiation: RTP payload number, encoding name, clock rate (RFC 4566 rtpmap). */
export interface Codec {
  /** The number under which we send it. */
  readonly payload: number;
  /** The number under which the peer sends it, where each side has its own (RFC 3264 §6.1); `payload` otherwise. */
  readonly receiveAs?: number;
  /** Encoding name in upper case: `PCMU`, `PCMA`, `OPUS`, `G722`. */
  readonly name: string;
  readonly clockRateHz: number;
  readonly channels: number;
  readonly fmtp?: string;
}

/** What ICE checks are signed with: made anew for each leg and each restart (RFC 8839 §5.4). */
export interface IceCredentials {
  /** 4 to 256 characters of letters, digits, `+` and `/`. */
  readonly usernameFragment: string;
  /** 22 to 256 of the same. */
  readonly password: string;
}

/** An address at which one side may be reached (RFC 8839 §5.1); UDP and component 1 alone, because RTCP shares the port. */
export interface IceCandidate {
  readonly foundation: string;
  /** 1 to 2³¹ − 1; the higher, the sooner it is tried. */
  readonly priority: number;
  /** A literal address. */
  readonly address: string;
  readonly port: number;
  readonly type: "host" | "srflx" | "prflx" | "relay";
}

/** Digest of the certificate with which a side will show itself in the DTLS handshake (RFC 8122 §5). */
export interface CertificateFingerprint {
  readonly hash: "sha-256" | "sha-384" | "sha-512";
  /** Pairs of upper-case hexadecimal digits with colons between them. */
  readonly value: string;
}

/** Our side of a browser's leg. */
export interface LocalWebRtc {
  readonly ice: IceCredentials;
  readonly candidates: readonly IceCandidate[];
  readonly fingerprint: CertificateFingerprint;
}

/** The keys of one direction of SRTP, as SDES tells them (RFC 4568 §6.1). */
export interface SrtpKeys {
  /** Crypto suite by its registered name, such as `AES_CM_128_HMAC_SHA1_80` or `AEAD_AES_256_GCM`. */
  readonly suite: string;
  /** Master key, and the master salt after it, as long as the suite wants them. */
  readonly keyAndSalt: Uint8Array;
}

/** How a leg's packets are kept from being heard, changed and forged on their way. */
export type MediaProtection =
  /** Keys came with the session descriptions, which TLS must have carried. */
  | { readonly kind: "sdes"; readonly send: SrtpKeys; readonly receive: SrtpKeys }
  /** The keys are made in a DTLS handshake on the path that ICE has found (RFC 8827). */
  | {
      readonly kind: "webrtc";
      /** Ours that go with the peer's: after a restart the new ones. */
      readonly localIce: IceCredentials;
      readonly remoteIce: IceCredentials;
      readonly candidates: readonly IceCandidate[];
      /** The peer only answers checks and leaves choosing to us. */
      readonly isRemoteLite: boolean;
      /** We choose the path: as a rule who made the first offer does. */
      readonly isControlling: boolean;
      /** One of them must be that of the certificate which the peer shows. */
      readonly fingerprints: readonly CertificateFingerprint[];
      /** Our part in the handshake; the client begins it. */
      readonly dtlsRole: "client" | "server";
    };

/** What two peers agreed on for one leg, from our side. */
export interface NegotiatedMedia {
  /** Where the peer says it receives; symmetric RTP may move it once, see {@link SoundEngine.connect}. */
  readonly remote: {
    readonly address: string;
    readonly port: number;
    readonly rtcpPort: number;
  };
  /** Agreed codecs, most wanted first; never empty. */
  readonly codecs: readonly Codec[];
  /** Payload number of RFC 4733 telephone-event at 8 kHz, when both sides have it. */
  readonly digitsPayload: number | undefined;
  /** The number under which the peer sends digits, where each side has its own; `digitsPayload` otherwise. */
  readonly digitsReceivedAs?: number;
  /** What we do towards the peer: a peer on hold is `recvonly` or `inactive` for us. */
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** Without it packets travel as plain RTP. A leg that was protected once is never plain again. */
  readonly protection?: MediaProtection;
}

/** Where a leg is opened. */
export interface LegPlace {
  /** The local address that the peer will be told. */
  readonly address: string;
  /** A leg that this one may be bridged with, so that both live on one worker. */
  readonly near?: LegId;
  /** The peer is a browser: its leg needs ICE and a fingerprint. */
  readonly isWebRtc?: boolean;
}

/** Where a leg's sound arrives at our side; goes into our session description. */
export interface LocalMedia {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  /** For the legs of browsers. */
  readonly webRtc?: LocalWebRtc;
}

/** What a leg may hear from us. */
export type SoundSource =
  | { readonly kind: "tone"; readonly tone: "ringback" | "busy" | "congestion" }
  /** A WAV file (8 kHz, mono, 16-bit or G.711) on the server, once or for ever. */
  | { readonly kind: "file"; readonly path: string; readonly loop: boolean }
  /** The caller's own sound, sent back. */
  | { readonly kind: "echo" }
  /** The house music on hold, for ever. */
  | { readonly kind: "music" }
  /** What an attendant of this tenant says: prompts in a language (BCP 47), and recordings, one after the other, once. */
  | { readonly kind: "spoken"; readonly tenant: TenantId; readonly language: string; readonly words: readonly Word[] }
  /** Nothing, for ever, in place of whom it is joined with. */
  | { readonly kind: "silence" };

/** Where the sound of the words of {@link SoundSource} `spoken` is. */
export interface SoundLibrary {
  /** The WAV file of a tenant's word in a language (BCP 47; a prompt falls back to one that there is); undefined when there is none. */
  pathOf(word: Word, said: { readonly tenant: TenantId; readonly language: string }): string | undefined;
}

/** Who hears what a leg says to its room: all others, none of them, or one. */
export type SpeaksTo = "all" | "nobody" | LegId;

/** A recording as a sound engine makes it. */
export interface RecordOrder {
  readonly recording: RecordingId;
  /** The WAV file to write; what was there is replaced, and its folder made if need be. */
  readonly path: string;
  /** `both`: two channels, left what the leg says, right what it hears; `leg`: one, what it says. */
  readonly tracks: "both" | "leg";
  readonly atMost: Millis;
  /** Ends after the leg has been silent for so long, and the silence at its end is left out; null: neither. */
  readonly untilSilence: Millis | null;
  /** A short tone at the beginning tells the leg and whom it hears. */
  readonly hasNotice: boolean;
}

/** Why a recording ended. */
export type RecordEnd = "stopped" | "silence" | "limit" | "leg-ended" | "disk-full" | "fault";

/** How well a leg's sound travelled, from RTP and RTCP (RFC 3550 §6.4). */
export interface LegQuality {
  readonly codec: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Packets that never arrived at our side. */
  readonly packetsLost: number;
  /** Loss that the peer reported, 0 to 1. */
  readonly remoteLossRatio: number | undefined;
  readonly jitterMs: number;
  readonly roundTripMs: number | undefined;
  /** Packets from anywhere but the locked peer, and on a protected leg those that were forged, changed or replayed; all dropped. */
  readonly packetsForeign: number;
  /** For how long its peer sent nothing though it should have; core counts it from `silent` and `heard`. */
  readonly silentSeconds?: number;
  /** What kept its sound from getting through, when it was ended for that; core adds it. */
  readonly trouble?: PathTrouble;
  /** Mean opinion score estimated from loss, jitter and delay (ITU-T G.107 simplified), 1.0 to 4.5. */
  readonly mos: number | undefined;
}

/** What keeps the sound of a browser's leg from getting through. */
export type PathTrouble =
  /** No way to the browser was found. */
  | "no-path"
  /** There is a way, but keys were not agreed on: the handshake is stuck, or the peer is not who was announced. */
  | "no-keys"
  /** The way that there was has gone, and the browser has not come back by another. */
  | "path-lost";

/** What a sound engine reports by itself. Facts of one leg arrive in order. */
export type SoundFact =
  | {
      readonly type: "digit";
      readonly leg: LegId;
      readonly digit: string;
      readonly lasted: Millis;
    }
  | {
      readonly type: "play-done";
      readonly leg: LegId;
      readonly action: ActionId;
    }
  /** A recording's file is complete. One for each `record` to an open leg, before the leg's `close` settles and before `lost`. */
  | {
      readonly type: "record-done";
      readonly leg: LegId;
      readonly recording: RecordingId;
      readonly lasted: Millis;
      readonly why: RecordEnd;
    }
  /** No packet for the time named, though the peer should be sending. */
  | { readonly type: "silent"; readonly leg: LegId; readonly since: Millis }
  | { readonly type: "heard"; readonly leg: LegId }
  | {
      readonly type: "quality";
      readonly leg: LegId;
      readonly quality: LegQuality;
    }
  /**
   * Nothing gets through to the leg's peer, or from there, and the time for it is over. The leg is still open: another agreement, such as a
   * restart of ICE, gives it another chance, after which this is told again if need be.
   */
  | { readonly type: "cut-off"; readonly leg: LegId; readonly trouble: PathTrouble; readonly why: string }
  /** The leg's sound is gone: its worker died or its socket broke. */
  | { readonly type: "lost"; readonly leg: LegId; readonly why: string };

/** Why a leg gets no sound. */
export type SoundRefusal = { readonly code: "no-free-ports" } | { readonly code: "sound-engine-away" };

/**
 * The sound of legs: one port, several engines (built in, rtpengine). A leg is opened before its session description
 * is written, connected when the description is agreed, and closed with the leg; its ports drain before they are used again.
 * Orders for a leg that is not open are ignored.
 */
export interface SoundEngine {
  /** Takes ports for a leg; settles when its sockets receive. */
  open(leg: LegId, place: LegPlace): Promise<Result<LocalMedia, SoundRefusal>>;
  /**
   * Fresh credentials for a browser's leg, because its peer restarts ICE with `theirs` (RFC 8839 §4.4.1.1); they hold from the next
   * `connect` that names both. Undefined for a leg that is not connected, or not a browser's.
   */
  renewIce(leg: LegId, theirs: IceCredentials): Promise<IceCredentials | undefined>;
  /**
   * Sets or changes what was agreed. Until the first packet from the peer we send to `remote`; the first valid packet from the
   * negotiated peer locks its source (symmetric RTP), later strangers are counted and dropped.
   */
  connect(leg: LegId, media: NegotiatedMedia): void;
  /** Joins the sound of two connected legs, both ways; ends whatever either was hearing, and its part in a room. */
  bridge(a: LegId, b: LegId): void;
  /**
   * Lets a leg hear all who speak to everybody in a room, itself left out, and who speaks to it alone; in the same room again it only changes
   * whom it speaks to. Ends its bridge, or its part in another room, and whatever it was hearing. G.711 only: other codecs are neither heard nor sent.
   */
  mix(leg: LegId, room: string, speaksTo: SpeaksTo): void;
  /** Ends a leg's bridge, for both, or its part in a room. */
  unbridge(leg: LegId): void;
  /** Plays to one leg in place of what it hears; `play-done` follows when a source that ends has ended. */
  play(leg: LegId, source: SoundSource, action: ActionId): void;
  stop(leg: LegId): void;
  /**
   * Writes what a leg says (and hears) to a file as it comes, whatever it is joined with or played; `record-done` follows. One at a time: a
   * leg that is being recorded ends the new one as `fault`. G.711 only: other codecs are silence.
   */
  record(leg: LegId, order: RecordOrder): void;
  /** Ends a recording; of one that has ended, nothing. */
  stopRecording(leg: LegId, recording: RecordingId): void;
  /** Sends digits (0–9, *, #, A–D) by RFC 4733, one after the other. */
  sendDigits(leg: LegId, digits: string): void;
  /** Ends the leg's sound and gives its last figures; settles when the sockets are closed. */
  close(leg: LegId): Promise<LegQuality | undefined>;
  onFact(listener: (fact: SoundFact) => void): void;
  /** What is open now, for tests, health and metrics. */
  describe(): SoundEngineState;
  /** Closes every leg and worker. */
  stopAll(): Promise<void>;
}

/** What a sound engine has open. */
export interface SoundEngineState {
  readonly legs: number;
  readonly portsInUse: number;
  readonly portsDraining: number;
  readonly portsFree: number;
  readonly workers: readonly {
    readonly legs: number;
    readonly isAlive: boolean;
    /** How long its answers take now; 0 while nothing is asked. */
    readonly waitMs: Millis;
  }[];
  /** Other programs that carry sound for the engine, where there are any. */
  readonly relays?: readonly {
    /** Where it is reached. */
    readonly name: string;
    /** Calls of ours that it carries. */
    readonly calls: number;
    readonly isAlive: boolean;
    readonly waitMs: Millis;
  }[];
}
