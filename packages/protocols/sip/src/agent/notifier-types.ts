import type { Millis } from "@cordboard/kernel";
import type { EndOfSubscription } from "../events/subscription-state.ts";
import type { Endpoint } from "./flow.ts";
import type { IncomingRequest, ResponseContent } from "./request-types.ts";

/** Bounds of one event package's subscriptions. */
export interface NotifierLimits {
  /** Lifetime when a SUBSCRIBE names none, in seconds. 3,600 unless said otherwise. */
  readonly expiresSeconds: number;
  /** Shorter ones get 423, in seconds. 60 unless said otherwise. */
  readonly minSeconds: number;
  /** Longer ones are granted this, in seconds. 3,600 unless said otherwise. */
  readonly maxSeconds: number;
  /** Subscriptions in all; beyond, new ones get 503. 50,000 unless said otherwise. */
  readonly most: number;
  /** Subscriptions to one resource; beyond, new ones get 503. 1,000 unless said otherwise. */
  readonly mostOfResource: number;
  /** The least time between two NOTIFYs of one subscription, in milliseconds. 1,000 unless said otherwise. */
  readonly gapMs: Millis;
}

/** An event package to serve. @rfc 6665 */
export interface NotifierOptions {
  /** Its name, such as `dialog`. */
  readonly event: string;
  /** The media type of its bodies. */
  readonly contentType: string;
  /** Hears of each new subscription; accepts or rejects it, now or later. */
  readonly onSubscribe: (incoming: IncomingSubscribe) => void;
  /** The whole state of a resource now. `version` counts the NOTIFYs of one subscription, from 0. */
  readonly state: (resource: string, version: number) => string | Uint8Array;
  readonly limits?: Partial<NotifierLimits>;
}

/** Somebody wants to watch. */
export interface IncomingSubscribe extends Omit<IncomingRequest, "respond"> {
  /** For how long, as it would be granted, in seconds; 0 asks for the state once. */
  readonly expiresSeconds: number;
  /** Takes it: 200, and the state of that resource at once. False when it was answered before, or there are too many (503). */
  accept(resource: string): boolean;
  /** Sends 300 to 699. False when it was answered before. */
  reject(status: number, content?: ResponseContent): boolean;
}

/** One subscription as it is now. */
export interface SubscriptionSummary {
  readonly resource: string;
  /** The watcher's From. */
  readonly watcher: string;
  readonly peer: Endpoint;
  readonly secondsLeft: number;
  readonly ageMs: number;
}

/** An event package's subscriptions as they are now. */
export interface NotifierState {
  readonly event: string;
  readonly subscriptions: number;
  readonly list: readonly SubscriptionSummary[];
}

/** Tells those who watch. */
export interface Notifier {
  readonly event: string;
  /** Tells all watchers of a resource its state anew; several changes within the gap are told as one. */
  changed(resource: string): void;
  /** Ends all subscriptions to a resource with its last state; `noresource` unless said otherwise. */
  end(resource: string, reason?: EndOfSubscription): void;
  /** Ends all subscriptions, whose watchers may come again at once, and takes no new ones. */
  close(): void;
  /** What is watched now; the list names at most so many, 1,000 unless said otherwise. */
  describe(longest?: number): NotifierState;
}
