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
  /** Subscriptions of one watcher; beyond, new ones get 403. 500 unless said otherwise. */
  readonly mostOfWatcher: number;
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
  /**
   * The whole state of a resource now, as that watcher may see it. `version` counts the NOTIFYs of one subscription, from 0. Undefined:
   * there is nothing for the watcher any more, and the subscription ends (`noresource`).
   */
  readonly state: (resource: string, version: number, watcher: string) => string | Uint8Array | undefined;
  readonly limits?: Partial<NotifierLimits>;
}

/** Somebody wants to watch. */
export interface IncomingSubscribe extends Omit<IncomingRequest, "respond"> {
  /** For how long, as it would be granted, in seconds; 0 asks for the state once. */
  readonly expiresSeconds: number;
  /**
   * Takes it: 200, and the state of that resource at once. `watcher` is who has proved to ask, for whom it counts; nobody when it is left
   * out. False when it was answered before, or there are too many (503, of this watcher 403).
   */
  accept(resource: string, watcher?: string): boolean;
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
  /** Tells all watchers of a resource its state, if it is another than they were told; several changes within the gap are told as one. */
  changed(resource: string): void;
  /** Tells all that a watcher watches anew: what it may see has changed, or whether it may at all. */
  reconsider(watcher: string): void;
  /** Who watches a resource now. */
  watchers(resource: string): readonly SubscriptionSummary[];
  /** Ends all subscriptions to a resource with its last state; `noresource` unless said otherwise. */
  end(resource: string, reason?: EndOfSubscription): void;
  /** Ends all subscriptions, whose watchers may come again at once, and takes no new ones. */
  close(): void;
  /** What is watched now; the list names at most so many, 1,000 unless said otherwise. */
  describe(longest?: number): NotifierState;
}
