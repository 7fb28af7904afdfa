import type { Clock, Hash, Log, Millis, Random } from "@cordboard/kernel";
import type { AudioCodec, Endpoint, Replaces, SipRequest, TraceEntry, TransportName } from "@cordboard/sip";
import type { Behaviour } from "./call/behaviour.ts";
import type { CallEnd, DeclineOptions, HangUpOptions } from "./call/ending.ts";
import type { Shown } from "./call/shown.ts";
import type { Within } from "./conditions.ts";
import type { HeardTone, SilenceWanted, ToneWanted } from "./sound/hearing.ts";
import type { Recording } from "./sound/recording.ts";
import type { RtpStatistics } from "./sound/rtp-session.ts";
import type { SoundSource } from "./sound/sound-source.ts";

/** What every part of this package is built on. */
export interface PhoneHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly log?: Log;
}

/** How a phone reaches its server. */
export interface PhoneServer extends Endpoint {
  readonly transport: "udp" | "tcp";
}

/** Settings that phones of one bank share. */
export interface PhoneBankOptions extends PhoneHost {
  /** Registrar and outbound proxy; everything is sent there. */
  readonly server: PhoneServer;
  /** Address to bind; `127.0.0.1` for a server there, else all addresses of the server's family. */
  readonly localAddress?: string;
  /** Voice codecs, best first, and `TELEPHONE_EVENT`; PCMU, PCMA and digits unless said otherwise. */
  readonly codecs?: readonly AudioCodec[];
  /** Text of the User-Agent header. */
  readonly userAgent?: string;
  /** Hears of every SIP message, credentials masked. */
  readonly trace?: (entry: TraceEntry) => void;
}

/** One phone of a bank. */
export interface PhoneAccount {
  /** The user part of its address, and its name in digest authentication. */
  readonly user: string;
  readonly password: string;
  /** The domain of its address. */
  readonly domain: string;
  readonly displayName?: string;
  /** What it sends in a call; silence unless said otherwise. */
  readonly sound?: SoundSource;
  /** What it does with a call; `ring` unless said otherwise. A function is asked for each call. */
  readonly answer?: Behaviour | ((call: PhoneCall) => Behaviour);
  /** Answers by itself what asks for that (Answer-Mode, Call-Info, Alert-Info), whatever `answer` says; not unless said otherwise. */
  readonly answersWhenAsked?: boolean;
  /** Takes a call that rings when the server tells it to (event `talk`), and says so in its 180; not unless said otherwise. */
  readonly obeysTalk?: boolean;
  /** Lifetime that it asks for when it registers, in seconds; 300 unless said otherwise. */
  readonly expiresSeconds?: number;
}

/** What {@link createPhone} is made of. */
export interface PhoneOptions extends PhoneBankOptions, PhoneAccount {}

/** A scripted phone. */
export interface Phone {
  readonly user: string;
  /** `sip:user@domain`. */
  readonly addressOfRecord: string;
  /** Where it listens for SIP. */
  readonly listening: Endpoint & { readonly transport: TransportName };
  /** Registers and keeps registered; rejects with `not-possible` when the server refuses. */
  register(): Promise<void>;
  /** Removes the registration; does nothing without one. */
  unregister(): Promise<void>;
  /** Calls a number, or a whole `sip:` URI. */
  call(number: string, options?: CallOptions): PhoneCall;
  /** Hears of each call to this phone, after its behaviour has been chosen; a later handler replaces an earlier one. */
  onCall(handler: (call: PhoneCall) => void): void;
  /** The next call to this phone that was not yet taken by this method; up to 16 wait for it, also when they have ended. */
  nextCall(within?: Within): Promise<PhoneCall>;
  /** Ends its calls, unregisters, and leaves no socket, timer or file open. */
  close(): Promise<void>;
  /** What is alive. */
  describe(): PhoneState;
}

/** Details of one call of ours. */
export interface CallOptions {
  /** Sent instead of the phone's own sound. */
  readonly sound?: SoundSource;
  /** Header fields to add to the INVITE. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Asks for the place of a call that another phone has. */
  readonly replaces?: PhoneCall;
  /** Gives up after so long without an answer, in milliseconds; 180,000 unless said otherwise. */
  readonly deadlineMs?: Millis;
}

/** What is alive in a phone or bank; all zero, and `isRegistered` false, when nothing is going on. */
export interface PhoneState {
  readonly isRegistered: boolean;
  readonly calls: readonly CallState[];
  /** Conditions that somebody still waits for. */
  readonly waits: number;
  /** Sockets for sound; there is one a call, from its start to its end. */
  readonly rtpSockets: number;
  /** Calls that are sent sound at the beat of 20 ms. */
  readonly senders: number;
  /** The SIP agent's own account, which the phones of a bank share. */
  readonly sip: {
    readonly dialogs: number;
    readonly transactions: number;
    readonly connections: number;
    readonly timers: number;
  };
}

/** One call as `describe` shows it. */
export interface CallState {
  readonly callId: string;
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly state: "starting" | "ringing" | "talking" | "over";
}

/** That the other side rings. */
export interface Ringing {
  readonly status: number;
  /** Whether its sound can be heard already (early media). */
  readonly hasSound: boolean;
}

/** One call of a scripted phone. What can be waited for has a deadline and rejects with a `PhoneError` when it fails. */
export interface PhoneCall {
  readonly direction: "in" | "out";
  /** The number called, or the user part of the caller's address. */
  readonly peer: string;
  /** The number or user that was called: as dialled, or as the Request-URI of an incoming call has it. */
  readonly number: string;
  /** Call-ID; empty until the INVITE of an outgoing call has left. */
  readonly callId: string;
  readonly state: CallState["state"];
  /** The INVITE of an incoming call. */
  readonly invite: SipRequest | undefined;
  /** Whom the phone shows as the other side: who called or was called, until the server says who it is. */
  readonly shows: Shown;
  /** Whether the caller asked for an answer without anybody's hand. */
  readonly asksToBeAnswered: boolean;
  /** Events that the server has told of in this call, such as `talk`, oldest first. */
  readonly events: readonly string[];
  /** The dialog as the server has it; undefined unless the call is answered. */
  readonly replaces: Replaces | undefined;
  /** Digits heard so far, by RTP events and INFO. */
  readonly digits: string;
  /** Where the other side wants to get its sound; undefined before that was agreed. */
  readonly soundGoesTo: Endpoint | undefined;
  /** Whether the other side has put us on hold. */
  readonly isHeld: boolean;

  /** A provisional response above 100 came (outgoing) or was sent (incoming). */
  ringing(within?: Within): Promise<Ringing>;
  /** Answered, by whichever side was called. */
  answered(within?: Within): Promise<void>;
  /** Over, its socket closed, and a BYE of ours answered (or for 2 s not). */
  ended(within?: Within): Promise<CallEnd>;
  /** The other side holds us. */
  held(within?: Within): Promise<void>;
  /** The other side no longer holds us. */
  resumed(within?: Within): Promise<void>;

  /** Sends 180, or 183 with our sound when `earlyMedia`. */
  ring(options?: { readonly earlyMedia?: boolean }): Promise<void>;
  /** Answers; resolves when the answer has been sent. */
  answer(): Promise<void>;
  /** Refuses with a status of 300 to 699; 603 unless said otherwise. */
  decline(status?: number, options?: DeclineOptions): void;
  /** Ends the call whatever its state: BYE, CANCEL or 603. */
  hangUp(options?: HangUpOptions): Promise<CallEnd>;
  /** Gives up a call of ours that is not answered; `reason` becomes the Reason header. */
  cancel(reason?: string): void;
  /** Puts the other side on hold: nothing is sent until {@link resume}. Rejects when it refuses. */
  hold(): Promise<void>;
  resume(): Promise<void>;
  /** The phone shows this number as the other side. */
  showsNumber(number: string, within?: Within): Promise<Shown>;
  /**
   * Sends the other side on, to a number or to whom another call of this phone talks with (REFER). Resolves with the status that the
   * server tells at last; rejects with `not-possible` when it refuses to try, or leaves without a word.
   */
  transfer(to: string | PhoneCall, within?: Within): Promise<number>;
  /** Sends digits (0-9, A-D, `*`, `#`), by RTP events unless told to use INFO; resolves when the last has been sent. */
  sendDigits(digits: string, options?: DigitOptions): Promise<void>;
  /** The digits heard so far, once they contain `wanted`. */
  digitsHeard(wanted: string, within?: Within): Promise<string>;
  /** Sends something else from now on. */
  play(sound: SoundSource): Promise<void>;

  /** A tone of this frequency is heard without a break for `forMs` (300 unless said otherwise). */
  hears(frequencyHz: number, wanted?: ToneWanted): Promise<HeardTone>;
  /** Nothing above `aboveDbm0` (-50 unless said otherwise) is heard for `forMs` (300 unless said otherwise). */
  hearsSilence(wanted?: SilenceWanted): Promise<void>;
  /** Writes what is heard from now on to a WAV file (16 bit, 8 kHz, at most 10 minutes), complete when the call ends. */
  recordTo(path: string): Recording;
  /** Packets so far; zeros before there was sound. */
  rtp(): RtpStatistics;
}

/** How digits are sent. */
export interface DigitOptions {
  readonly by?: "rtp" | "info";
  /** Length of each, in milliseconds; 100 unless said otherwise. */
  readonly durationMs?: Millis;
  /** Pause after each, in milliseconds; 60 unless said otherwise. */
  readonly gapMs?: Millis;
}
