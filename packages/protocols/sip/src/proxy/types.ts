import type { Millis } from "@cordboard/kernel";
import type { Endpoint, Flow } from "../agent/flow.ts";
import type { HeaderList } from "../message/header-field.ts";
import type { SipRequest } from "../message/message.ts";

/** How an agent works as a proxy. @rfc 3261#16 */
export interface ProxyOptions {
  /**
   * Decides where a request goes that belongs to no dialog through us. What it throws or rejects with becomes 500, as does an
   * answer that takes longer than 64 × T1.
   */
  readonly route: (asked: RouteQuestion) => Routing | Promise<Routing>;
  /**
   * Requests outside dialogs that the agent serves itself, by its handlers; those addressed to the server rather than to a user of it,
   * such as REGISTER, unless said otherwise. Must not throw.
   */
  readonly serves?: (request: SipRequest) => boolean;
  /** Host names by which a Route may name us, in lower case; the address that the peer reaches us by counts always. */
  readonly names?: readonly string[];
  /** Extensions that Proxy-Require may name; what else it names gets 420. `[]` unless said otherwise. */
  readonly supported?: readonly string[];
  /** Whether requests in the dialogs to come pass here too (Record-Route); true unless said otherwise. */
  readonly recordRoute?: boolean;
  /**
   * At least 16 secret bytes that sign what we write into Record-Route; random ones unless given. With lasting ones, and with all
   * servers of one address sharing them, dialogs go on after a restart and over any of those servers.
   */
  readonly key?: Uint8Array;
  /** An INVITE that rings without a further word for so long is cancelled, in milliseconds; 181,000 unless said otherwise. @rfc 3261#16.6 timer C */
  readonly timerC?: Millis;
}

/** A request whose way is asked for. */
export interface RouteQuestion {
  /** As it came, but without the Route values that named us. */
  readonly request: SipRequest;
  /** The way that it came by. */
  readonly flow: Flow;
  /** The address by which its sender reaches us. */
  readonly local: Endpoint;
  /**
   * The next hop that the sender asks for by a Route that is not ours: the request goes there, whatever the target, unless that has a
   * flow. A server that lets strangers choose it is an open relay.
   */
  readonly onward: string | undefined;
}

/** What becomes of a request. */
export type Routing = Forward | Refusal;

/** Passes a request on. */
export interface Forward {
  /**
   * Targets of the same preference are tried at once, a higher preference before a lower one. At most 32, further ones are left
   * out; none at all gives 480. INVITE: the first answer wins, the others are cancelled.
   */
  readonly targets: readonly Target[];
  /** After so long without an answer the next preference is tried, in milliseconds; only when all have failed unless given. */
  readonly ringMs?: Millis;
}

/** One place to try. */
export interface Target {
  /** The new Request-URI. */
  readonly uri: string;
  /** Sends over this flow, as to a registered contact, rather than finding the way by route or URI. */
  readonly flow?: Flow;
  /** Route values to put in front, first one next. */
  readonly route?: readonly string[];
  /** Preference in thousandths, 0 to 1000; 1000 unless said otherwise. */
  readonly qMilli?: number;
}

/** Answers a request instead of passing it on. */
export interface Refusal {
  /** 300 to 699. */
  readonly status: number;
  readonly reason?: string | undefined;
  readonly headers?: HeaderList;
}
