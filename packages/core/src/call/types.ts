import type {
  ActionId,
  CallId,
  DeviceId,
  IdKinds,
  Instant,
  KeyId,
  LegId,
  Millis,
  RecordingId,
  Result,
  TenantId,
  TrunkId,
  UserId,
} from "@cordboard/kernel";
import type { Directory, User } from "../directory/index.ts";
import type { OpenRow, RowEnd } from "../history/index.ts";
import type { LegQuality, PathTrouble, SoundSource } from "../media/index.ts";
import type { CallRecording } from "../recording/index.ts";
import type { Destination } from "../routing/index.ts";
import type { DepositState, Mailbox, MailboxChange, MenuState, Word } from "../voicemail/index.ts";
import type { LegAction, Party } from "./actions.ts";
import type { ControlCall, ControlRefusal } from "./control.ts";
import type { PlaceCall, PlaceRefusal } from "./desk.ts";
import type { EndReason, EndWhy } from "./end-reason.ts";
import type { CallEventData } from "./events.ts";
import type { LegFact } from "./facts.ts";
import type { TalkSound } from "./view.ts";

/** At whose end a leg is. */
export type LegEnd =
  | {
      readonly kind: "user";
      readonly user: UserId;
      readonly extension: string;
      readonly name: string;
      readonly device: DeviceId | null;
    }
  | { readonly kind: "trunk"; readonly trunk: TrunkId; readonly name: string; readonly number: string };

/** One side of a call as core knows it. */
export interface Leg {
  readonly id: LegId;
  readonly side: "caller" | "callee";
  readonly at: LegEnd;
  /** An INVITE came in for it; false when we placed it. */
  readonly isIncoming: boolean;
  readonly state: "setup" | "ringing" | "answered" | "ended";
  /** We ordered its end and wait for the fact. */
  readonly isEnding: boolean;
  /** What it hears by our order, over the sound of whom it is joined with; null when nothing. */
  readonly hears: SoundSource | null;
  /** With whom its sound is joined by our order. */
  readonly link: Link;
  /** How it takes part among those who are joined. */
  readonly role: LegRole;
  /** Who put the other side on hold from here: the phone itself, a command, or nobody. */
  readonly hold: "phone" | "command" | null;
  /** What is being recorded at it, or null. */
  readonly recording: LegRecording | null;
  /** Nobody hears it, by its own wish. */
  readonly isMuted: boolean;
  /** Since when its peer has sent nothing, though it should; null while it sends, or need not. */
  readonly silentSince: Instant | null;
  /** How long such silences lasted before. */
  readonly silentFor: Millis;
  /** What keeps its sound from getting through, once it is given up for that. */
  readonly trouble: PathTrouble | null;
  /** It has sent the call on, and stays until that is known to work. */
  readonly isLeaving: boolean;
  /** When it was told that this did not work and the talk is its own again; null when that was not so. */
  readonly hasBackSince: Instant | null;
  readonly sipCallId: string;
  readonly startedAt: Instant;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly end: EndReason | null;
  readonly quality: LegQuality | null;
}

/** Whether a call rings at this extension and may be taken from there. */
export const isRingingAt = ({ phase, round, legs }: Call, extension: string): boolean =>
  phase === "calling" &&
  round !== null &&
  legs.some(
    ({ id, at, state }) =>
      round.legs.includes(id) && at.kind === "user" && at.extension === extension && state !== "ended",
  );

/** With whom a leg's sound is joined: one other leg both ways, a room of three and more, or nobody. */
export type Link =
  | { readonly kind: "alone" }
  | { readonly kind: "pair"; readonly with: LegId }
  | { readonly kind: "room"; readonly room: string; readonly speaksTo: "all" | "nobody" | LegId };

/** A talker is heard by all; a listener by nobody; a whisperer by one leg alone. Only talkers keep a call up. */
export type LegRole =
  | { readonly kind: "talker" }
  | { readonly kind: "listener" }
  | { readonly kind: "whisperer"; readonly to: LegId };

/** Whether a leg is of this user, and up. */
export const isOf = ({ at, state }: Leg, user: UserId): boolean =>
  at.kind === "user" && at.user === user && state !== "ended";

/** Whether a leg is to this trunk, and up. */
export const isOnTrunk = ({ at, state }: Leg, trunk: TrunkId): boolean =>
  at.kind === "trunk" && at.trunk === trunk && state !== "ended";

/**
 * How far a call is.
 * ```
 *  command ─► ringing-caller ─┐      ┌── transfer, park ──┐
 *                             ├─► calling ─► talking ─────┴─► closing ─► (gone)
 *  phone ─────────────────────┘       └───────────────────────┘
 * ```
 */
export type Phase = "ringing-caller" | "calling" | "talking" | "closing";

/** Legs that are rung at once; the first that answers wins, and the others are told that it was answered elsewhere. */
export interface Round {
  readonly legs: readonly LegId[];
  /** Whose devices are rung; null for numbers outside. */
  readonly of: UserId | null;
  /** The user's mobile will be rung too, a little later. */
  readonly isMobileToCome: boolean;
  readonly purpose: RoundPurpose;
}

/**
 * What a round is for. `call`: to reach whom was dialled, or who is to call. `transfer`: to reach whom the call was sent on to.
 * `return`: to give the call back to who sent it on. `hand-over`: to go on at another device, while the talk lasts.
 * `invite`: to talk with those who talk already. `supervise`: to hear them.
 */
export type RoundPurpose =
  | { readonly kind: "call" }
  | { readonly kind: "transfer"; readonly by: Transferor; readonly number: string }
  | { readonly kind: "return" }
  | { readonly kind: "hand-over"; readonly from: LegId }
  | { readonly kind: "invite" }
  | { readonly kind: "supervise"; readonly role: LegRole };

/** A recording that runs at a leg: of the call, by its user's wish or rule, or what an attendant takes down. */
export interface LegRecording {
  readonly id: RecordingId;
  readonly startedAt: Instant;
  readonly by: "command" | "rule" | "attendant";
  /** Whether it is to go on; once its end is ordered, whether another is to follow it. */
  readonly wish: "on" | "off" | "anew";
}

/** The server itself serves a caller: takes a message, or lets a user hear them. */
export type Attendant = {
  readonly leg: LegId;
  readonly user: UserId;
  /** Language of what it says, BCP 47. */
  readonly language: string;
  /** What is being said now. */
  readonly says: readonly Word[];
} & ({ readonly kind: "deposit"; readonly state: DepositState } | { readonly kind: "menu"; readonly state: MenuState });

/** A command that is answered when its order is done or has failed, or its leg has ended. */
export interface Asked {
  readonly leg: LegId;
  readonly action: ActionId;
  readonly to: ActionId;
}

/** A call that waits at a number until somebody dials that. */
export interface Parked {
  readonly number: string;
  /** It goes back there when nobody comes. */
  readonly by: Transferor;
}

/** Who sent a call on: it goes back there when nobody answers. */
export interface Transferor {
  readonly leg: LegId;
  /** At which side of the call it was, and whoever comes next is. */
  readonly side: Leg["side"];
  readonly at: LegEnd;
  /** It asked by REFER and is told what became of it. */
  readonly isTold: boolean;
}

/** A conversation, from the first leg to the end of the last. */
export interface Call {
  readonly id: CallId;
  readonly tenant: TenantId;
  readonly origin: "phone" | "command";
  readonly phase: Phase;
  readonly startedAt: Instant;
  readonly answeredAt: Instant | null;
  readonly from: Party;
  readonly to: Party;
  /** Where the dialled number leads; null when it leads nowhere. */
  readonly destination: Destination | null;
  readonly legs: readonly Leg[];
  /** The legs that hear one another; none while nobody is joined. */
  readonly joined: readonly LegId[];
  /** Who is being rung; null when nobody is. */
  readonly round: Round | null;
  /** Where it waits, and who put it there; null when it does not. */
  readonly parked: Parked | null;
  /** Who serves the caller, when the server itself does. */
  readonly attendant: Attendant | null;
  /** Whether those who talk send sound. */
  readonly sound: TalkSound;
  /** Users that were tried for this call, in turn: one that comes up again would make it go round for ever. */
  readonly tried: readonly UserId[];
  /** Why the call ended, once that is decided. */
  readonly end: EndReason | null;
  /** Until the history row is kept, nobody outside hears of the call: these wait for it. */
  readonly row: "writing" | "kept";
  readonly waitingForRow: readonly CallAction[];
  /** Commands that wait for what becomes of an order to a leg. */
  readonly asked: readonly Asked[];
  /** The command that placed it and still waits for its answer. */
  readonly unanswered: ActionId | null;
  /** The key that placed it; counts against the key's limit. */
  readonly key: KeyId | null;
}

/** What can wake a call up again. */
export type CallTimer = "first-sign" | "ring" | "mobile" | "park" | "digit" | "tone" | "silence";

/** Everything that moves calls. */
export type CallInput =
  | { readonly type: "fact"; readonly fact: LegFact }
  | { readonly type: "place"; readonly command: PlaceCall }
  | { readonly type: "control"; readonly command: ControlCall }
  | { readonly type: "hang-up"; readonly call: CallId; readonly why: EndWhy }
  | { readonly type: "row-kept"; readonly call: CallId }
  /** The row waits in memory until the database is back. */
  | { readonly type: "row-spooled"; readonly call: CallId }
  /** The row could be neither committed nor spooled. */
  | { readonly type: "row-lost"; readonly call: CallId }
  | { readonly type: "timer"; readonly call: CallId; readonly timer: CallTimer };

/** What is to be done after a decision, in this order. */
export type CallAction =
  | { readonly type: "leg"; readonly action: LegAction }
  | { readonly type: "start-timer"; readonly call: CallId; readonly timer: CallTimer; readonly after: Millis }
  | { readonly type: "stop-timer"; readonly call: CallId; readonly timer: CallTimer }
  | { readonly type: "open-row"; readonly row: OpenRow }
  | {
      readonly type: "answer-row";
      readonly call: CallId;
      readonly tenant: TenantId;
      readonly at: Instant;
      readonly dstchannel: string;
    }
  | {
      readonly type: "close-row";
      readonly opened: OpenRow;
      readonly row: RowEnd;
      /** Extensions that took part: they may see the row. */
      readonly extensions: readonly string[];
    }
  | { readonly type: "reply"; readonly to: ActionId; readonly result: Result<{ readonly call: CallId }, PlaceRefusal> }
  | { readonly type: "open-recording"; readonly recording: CallRecording }
  | { readonly type: "close-recording"; readonly tenant: TenantId; readonly id: RecordingId; readonly lasted: Millis }
  | { readonly type: "mailbox"; readonly change: MailboxChange }
  | { readonly type: "control-reply"; readonly to: ActionId; readonly result: Result<undefined, ControlRefusal> };

/** One event to publish. */
export type CallEvent = {
  readonly [Name in keyof CallEventData]: {
    readonly tenant: TenantId;
    readonly event: Name;
    readonly data: CallEventData[Name];
  };
}[keyof CallEventData];

/** What a decision changes and asks for. */
export interface Decision {
  /** Calls as they are from now on. */
  readonly changed: readonly Call[];
  /** Calls that are over. */
  readonly gone: readonly CallId[];
  readonly actions: readonly CallAction[];
  readonly events: readonly CallEvent[];
}

/** What a decision may read. */
export interface World {
  readonly directory: Directory;
  call(id: CallId): Call | undefined;
  callOfLeg(leg: LegId): Call | undefined;
  /** A user's mailbox as it is now. */
  mailbox(tenant: TenantId, user: UserId): Mailbox | undefined;
  /** The call that waits at this number. */
  parkedAt(tenant: TenantId, number: string): Call | undefined;
  /** A call that rings at this extension and may be picked up: the one that has rung longest. */
  ringingAt(tenant: TenantId, extension: string): Call | undefined;
  /** Whether a leg of the user is up, those of one call left out. */
  isTalking(user: UserId, except: CallId): boolean;
  /** Whether no phone of the user is to ring now, by its wish or by its own word. */
  isQuiet(user: User): boolean;
  /** How many calls that this key placed are up. */
  callsOfKey(key: KeyId): number;
  /** How many legs to this trunk are up, those of one call left out. */
  legsOnTrunk(trunk: TrunkId, except: CallId): number;
  /** Whether rows are committed now. While they only wait in memory, no carrier is called. */
  isBookCommitting(): boolean;
}

/** How long a talk may go on without sound after that was noticed; null: for ever. */
export interface SilenceLimits {
  /** Nobody sends any. */
  readonly deadAfter: Millis | null;
  /** Some do, some do not. */
  readonly oneWayAfter: Millis | null;
}

/** Time, ids and limits: they come from outside, so that a decision is a function of its arguments. */
export interface Context {
  readonly now: Instant;
  readonly silence: SilenceLimits;
  newId<Kind extends keyof IdKinds>(kind: Kind): IdKinds[Kind];
}
