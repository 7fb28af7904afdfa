import type { Clock, Hash, Log, Millis, Random } from "@cordboard/kernel";
import type { DialogId } from "../dialog/dialog.ts";
import type { SessionTimerSettings } from "../dialog/session-timer.ts";
import type { Credentials } from "../digest/response.ts";
import type { HeaderList } from "../message/header-field.ts";
import type { Content, SipRequest, SipResponse } from "../message/message.ts";
import type { ProxyOptions } from "../proxy/types.ts";
import type { Replaces } from "../refer/replaces.ts";
import type { TimerSettings } from "../transaction/timers.ts";
import type { Endpoint, Flow, TransportName } from "./flow.ts";
import type { Notifier, NotifierOptions } from "./notifier-types.ts";
import type { IncomingRefer, ReferOptions, Referral } from "./refer-types.ts";
import type { FailureCause, IncomingRequest, Outcome, ResponseContent } from "./request-types.ts";
import type { ConnectionState, Resolver, SipTransport } from "./transport.ts";

/** What {@link createSipAgent} is made of. */
export interface SipAgentOptions {
  readonly transports: readonly SipTransport[];
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly log?: Log;
  /** Finds the addresses of host names; without it only numeric hosts can be reached. */
  readonly resolve?: Resolver;
  readonly timers?: Partial<TimerSettings>;
  readonly limits?: Partial<AgentLimits>;
  /** Hears of every message in and out, credentials masked. */
  readonly trace?: (entry: TraceEntry) => void;
  /**
   * Asked before any work is done for a new call: `undefined` admits it, else it gets 503 with Retry-After of so many
   * seconds, and is forgotten: it may be asked about again. What belongs to running calls is never asked about.
   */
  readonly admit?: (invite: SipRequest, flow: Flow) => { readonly retryAfterSeconds: number } | undefined;
  /** Text of User-Agent and Server; `Cordboard` unless said otherwise. */
  readonly product?: string;
  /** Methods that owners of dialogs serve by `onRequest`, such as `INFO`; told in Allow. None unless said otherwise. */
  readonly inDialog?: readonly string[];
  /** Calls end when neither side refreshes them for so long; see {@link SessionTimerSettings}. Without it they have no timer. @rfc 4028 */
  readonly sessionTimers?: Partial<SessionTimerSettings>;
  /**
   * Provisional responses that are acknowledged by PRACK: those of the peers we call always; ours `asked`, to callers who require it, or
   * `always`, to all who can. Without it there are none. @rfc 3262
   */
  readonly reliable?: "asked" | "always";
  /** Extensions that Require may name; what else it names gets 420. `[]` unless said otherwise. */
  readonly supported?: readonly string[];
}

/** Bounds of what an agent holds at once. */
export interface AgentLimits {
  /** Transactions of both kinds; beyond, new requests get 503; those within dialogs get it at twice as many, but for BYE. 300,000 unless said otherwise. */
  readonly transactions: number;
  /** Dialogs; beyond, new calls get 503. 50,000 unless said otherwise. */
  readonly dialogs: number;
  /** A call of ours without a final response for so long is cancelled, in milliseconds. 180,000 unless said otherwise. */
  readonly inviteDeadlineMs: Millis;
  /** A call from outside that nobody answers for so long gets 480, in milliseconds. 3,600,000 unless said otherwise. */
  readonly unansweredMs: Millis;
}

/** One message as the trace shows it. */
export interface TraceEntry {
  readonly at: Millis;
  readonly direction: "in" | "out";
  readonly flow: Flow;
  readonly text: string;
}

/** A call from outside: an INVITE that is not yet answered. */
export interface IncomingCall {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** What this peer should see as our address; SDP uses it. */
  readonly local: Endpoint;
  /** The dialog whose place it wants; see {@link SipAgent.dialogOf}. Undefined unless `replaces` is among what is supported. @rfc 3891 */
  readonly replaces: Replaces | undefined;
  /** `ended` once it was answered, rejected or cancelled. */
  readonly isEnded: boolean;
  /** Sends 100 at once; else it is sent by itself after 200 ms of silence. */
  trying(): void;
  /** Sends 101 to 199, such as 180, or 183 with early media. False when the call has ended. */
  progress(status: number, content?: ResponseContent): boolean;
  /** Sends 200 (resent until the ACK comes). Undefined when the call has ended meanwhile, for instance by CANCEL. */
  answer(content: Content, handlers: DialogHandlers): Dialog | undefined;
  /** Sends 300 to 699. False when the call has ended. */
  reject(status: number, content?: ResponseContent): boolean;
  /** Called once when the caller gives up, with the CANCEL; 487 is sent by the stack. */
  onCancel(heard: (cancel: SipRequest | undefined) => void): void;
  /** Sends a request to the caller before the answer, such as UPDATE; its outcome is 481 once the call has ended. */
  send(method: string, content?: Content): Promise<Outcome>;
  /** Says who serves requests of the caller's before the answer (NOTIFY, UPDATE, PRACK with a body …). Until then they get 491, but for PRACK. */
  onRequest(heard: (incoming: IncomingRequest) => void): void;
}

/** How a dialog ended. */
export interface DialogEnd {
  readonly by: "local" | "remote";
  /** `no-ack`: the 2xx was never acknowledged; `lost`: the peer answered 408 or 481, or could not be reached; `closed`: the agent closed. */
  readonly cause: "bye" | "no-ack" | "lost" | "closed";
  /** The BYE, when one came. */
  readonly request?: SipRequest;
}

/** What a dialog tells its owner. All run at most once at a time and must not throw. */
export interface DialogHandlers {
  /** The dialog is over, exactly once. BYE has been answered by then. */
  onEnd(end: DialogEnd): void;
  /** A re-INVITE to answer: `respond(200, { body })`. Without a handler it gets 488. While one is pending another gets 491 by itself. */
  onReinvite?(incoming: IncomingRequest): void;
  /** The peer asks that its call be sent on. Without a handler its REFER is a request like any other. */
  onRefer?(refer: IncomingRefer): void;
  /** Any other request in the dialog (INFO, UPDATE, OPTIONS …). Without a handler it gets 405; OPTIONS gets 200. */
  onRequest?(incoming: IncomingRequest): void;
  /**
   * The session's timer wants a refresh, and the peer takes no UPDATE: send a re-INVITE with the description as it is. Without a handler such
   * a session is refreshed by the peer, or has no timer.
   */
  onRefreshDue?(): void;
  /** The ACK to our 2xx; it carries the answer when the 2xx carried the offer. */
  onAck?(ack: SipRequest): void;
}

/** A confirmed call leg on the wire. */
export interface Dialog {
  readonly id: DialogId;
  readonly flow: Flow;
  readonly local: Endpoint;
  /** Where requests to the peer are addressed at this moment. */
  readonly remoteTarget: string;
  readonly isEnded: boolean;
  /** Ends the dialog; repeated calls give the first one's outcome. */
  bye(content?: Content): Promise<Outcome>;
  /**
   * Sends a re-INVITE and acknowledges its answer. 491: somebody else was first; try again after `glareDelay`. Without a body it asks
   * for the peer's offer: `acknowledge` then gets the 2xx that carries it, and returns what the ACK is to carry, the answer.
   */
  reinvite(content: Content, acknowledge?: (response: SipResponse) => Content): Promise<Outcome>;
  /** Asks the peer to call somebody, and to leave this call for it. @rfc 3515 */
  refer(uri: string, options?: ReferOptions): Referral;
  /** Sends any other request in the dialog. */
  request(method: string, content?: Content): Promise<Outcome>;
}

/** A branch of a call of ours that rings but is not answered. */
export interface EarlyDialog {
  readonly id: DialogId;
  readonly local: Endpoint;
  /** Event packages that the peer says it takes, by the Allow-Events of its newest response that had one; such as `talk`. */
  readonly allowedEvents: readonly string[];
  /** Sends a request to the peer that rings, such as NOTIFY or UPDATE; whatever comes of it, the call goes on. */
  request(method: string, content?: Content): Promise<Outcome>;
}

/** A request to send outside any dialog. */
export interface RequestOptions extends Content {
  readonly method: string;
  /** The Request-URI. */
  readonly uri: string;
  /** Sends over this flow instead of finding the way by route or URI. */
  readonly flow?: Flow;
  /** Route values (name-addr), first one next. */
  readonly route?: readonly string[];
  /** From as URI or name-addr; the tag is added. */
  readonly from: string;
  /** To as URI or name-addr; the Request-URI unless said otherwise. */
  readonly to?: string;
  readonly callId?: string;
  /** CSeq number; a random one below 2^16 unless said otherwise. */
  readonly cseq?: number;
  /** Contact's user part; none unless said otherwise. */
  readonly contactUser?: string;
  /** 70 unless said otherwise; one that passes a call on says one less than it got. */
  readonly maxForwards?: number;
  /** Transport to prefer when neither flow nor URI says one; `udp` unless said otherwise. */
  readonly transport?: TransportName;
  /** Answers 401 and 407 by itself. */
  readonly credentials?: Credentials;
}

/** A call to place. */
export interface InviteOptions extends Omit<RequestOptions, "method"> {
  /** After so long without a final response the call is cancelled, in milliseconds. */
  readonly deadlineMs?: Millis;
}

/** What a call of ours tells its owner: any number of `onProgress`, then exactly one of `onAnswer` and `onFailure`. */
export interface InviteHandlers {
  /** 101 to 199, of any branch. `early` is undefined when the response has no To tag. */
  onProgress?(status: number, response: SipResponse, early: EarlyDialog | undefined): void;
  /** A provisional response that is acknowledged: what its PRACK carries, the answer to an offer. Called after `onProgress`. */
  onReliable?(response: SipResponse, early: EarlyDialog): Content;
  /** A request of a peer that rings (UPDATE, INFO …). Without a handler it gets 405; OPTIONS gets 200. */
  onRequest?(incoming: IncomingRequest, early: EarlyDialog): void;
  /**
   * The first 2xx. The ACK goes out after this returns, with the content returned (the SDP answer, when the 2xx
   * carried the offer). Further branches that answer are acknowledged and ended by the stack.
   */
  onAnswer(dialog: Dialog, response: SipResponse): AnswerTaken;
  onFailure(status: number, response: SipResponse | undefined, cause: FailureCause): void;
}

/** What the owner of a call wants of its dialog. */
export interface AnswerTaken {
  readonly handlers: DialogHandlers;
  readonly ack?: Content;
}

/** A call of ours on its way. */
export interface OutgoingCall {
  readonly callId: string;
  /** Gives up: CANCEL when it rings, ACK and BYE when the answer crosses it. Does nothing once answered or failed. */
  cancel(reason?: string): void;
}

/** Keeps an address of record registered. */
export interface RegisterOptions {
  /** The registrar, such as `sip:example.org`. */
  readonly registrar: string;
  /** The address of record, such as `sip:101@example.org`. */
  readonly aor: string;
  readonly credentials?: Credentials;
  /** Asked lifetime in seconds; 300 unless said otherwise. Refreshed at 80 % of what is granted. */
  readonly expiresSeconds?: number;
  readonly flow?: Flow;
  readonly route?: readonly string[];
  readonly transport?: TransportName;
  readonly headers?: HeaderList;
  /** Further Contact parameters, such as `;q=0.5`. */
  readonly contactParams?: string;
  /** Hears of every attempt's end, refreshes included. */
  readonly onChange?: (outcome: Outcome) => void;
}

/** A registration that is kept alive. */
export interface Registration {
  /** The first attempt's outcome. */
  readonly first: Promise<Outcome>;
  /** Stops refreshing without a word: the contact lapses when its time is over. A request under way still comes to its end. */
  stop(): void;
  /** Removes the contact and stops refreshing. */
  unregister(): Promise<Outcome>;
}

/** Answers requests of one method outside dialogs. */
export type RequestHandler = (incoming: IncomingRequest) => void;

/** Answers calls. */
export type CallHandler = (call: IncomingCall) => void;

/** One open listener. */
export interface Listening extends Endpoint {
  readonly transport: TransportName;
}

/** One transaction as it is now. */
export interface TransactionState {
  readonly key: string;
  readonly kind: "invite-client" | "request-client" | "invite-server" | "request-server";
  readonly method: string;
  /** State of its machine, in the RFC's words. */
  readonly at: string;
  readonly transport: TransportName;
  readonly peer: Endpoint;
  readonly ageMs: number;
}

/** One dialog as it is now. */
export interface DialogSummary {
  readonly id: DialogId;
  /** `early`: not answered; `ending`: a BYE is under way. */
  readonly at: "early" | "confirmed" | "ending";
  /** Whether we made the call. */
  readonly isCaller: boolean;
  readonly transport: TransportName;
  readonly peer: Endpoint;
  readonly ageMs: number;
}

/** A dialog that was looked up. */
export type FoundDialog = Pick<DialogSummary, "id" | "at" | "isCaller">;

/** Everything that is alive in an agent; all zero when nothing is going on. Numbers count all, lists may be cut. */
export interface AgentState {
  readonly clientTransactions: number;
  readonly serverTransactions: number;
  readonly dialogs: number;
  /** Calls from outside that are not answered. */
  readonly calls: number;
  /** Of others, to packages that we serve. */
  readonly subscriptions: number;
  /** Calls and requests of ours without a final answer, and registrations that are kept. */
  readonly waiting: number;
  readonly connections: number;
  readonly timers: number;
  readonly transactions: readonly TransactionState[];
  /** Early ones too. */
  readonly dialogList: readonly DialogSummary[];
  readonly connectionList: readonly ConnectionState[];
}

/** A SIP user agent core: serves and makes requests and calls over its transports. */
export interface SipAgent {
  /** Opens every transport; resolves with where those listen that do, in the order given. When one cannot be opened all are closed. */
  listen(): Promise<readonly Listening[]>;
  /** Ends all dialogs and transactions on our side without a word to the peers, and closes the transports. */
  close(): Promise<void>;
  /** Serves requests of a method outside dialogs; a later handler replaces an earlier one. Others get 405 or 501 with Allow. */
  handle(method: string, handler: RequestHandler): void;
  /** Serves calls; OPTIONS gets 200 from then on, unless it has a handler of its own. */
  onCall(handler: CallHandler): void;
  /** Serves an event package: takes SUBSCRIBE for it, and tells who watches. What is not served gets 489. @rfc 6665 */
  notifier(options: NotifierOptions): Notifier;
  /**
   * Works as a stateful proxy from now on: what the agent does not serve itself is passed on where `route` says, and so are the requests
   * of the dialogs that come of it. `describe()` counts what is on its way under `waiting`.
   */
  proxy(options: ProxyOptions): void;
  /** Places a call. */
  invite(options: InviteOptions, handlers: InviteHandlers): OutgoingCall;
  /** Sends a request outside any dialog and waits for its final response (at most 64 × T1 an attempt). */
  send(options: RequestOptions): Promise<Outcome>;
  /** Registers and keeps registered. */
  register(options: RegisterOptions): Registration;
  /** The dialog that a Replaces names, early ones too; undefined when there is none. @rfc 3891#3 */
  dialogOf(replaces: Pick<Replaces, "callId" | "toTag" | "fromTag">): FoundDialog | undefined;
  /** What is alive now; lists name at most so many of each kind, 1,000 unless said otherwise. */
  describe(longest?: number): AgentState;
}
