import { ms } from "@cordboard/kernel";
import type { EndOfSubscription } from "../events/subscription-state.ts";
import { parseEvent } from "../events/subscription-state.ts";
import type { HeaderList } from "../message/header-field.ts";
import type { Headers } from "../message/headers.ts";
import type { Core } from "./core.ts";
import type {
  IncomingSubscribe,
  Notifier,
  NotifierLimits,
  NotifierOptions,
  NotifierState,
  SubscriptionSummary,
} from "./notifier-types.ts";
import type { ServerRequest } from "./server-request.ts";
import type { SubscriptionBeginning, SubscriptionOwner } from "./subscription.ts";
import { grantedSeconds, Subscription } from "./subscription.ts";

/** Seconds after which a watcher that found no room may come again. */
const RETRY_AFTER = "60";

const defaultLimits: NotifierLimits = {
  expiresSeconds: 3600,
  minSeconds: 60,
  maxSeconds: 3600,
  most: 50_000,
  mostOfResource: 1000,
  mostOfWatcher: 500,
  gapMs: ms(1000),
};

/** The event packages that an agent serves, by their name in lower case. */
export class Notifiers {
  readonly #core: Core;
  readonly #packages = new Map<string, EventNotifier>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Serves a package; a later one of its name takes new subscriptions from then on. */
  add(options: NotifierOptions): Notifier {
    const notifier = new EventNotifier(this.#core, options, () => this.#allowEvents());
    this.#packages.set(options.event.toLowerCase(), notifier);
    return notifier;
  }

  /** Takes a SUBSCRIBE outside any dialog. @rfc 6665#4.2.1 */
  take(incoming: ServerRequest): void {
    const named = parseEvent(incoming.request.headers.get("Event") ?? "");
    const notifier = named === undefined ? undefined : this.#packages.get(named.event.toLowerCase());
    if (notifier === undefined) return void incoming.respond(489, { headers: [["Allow-Events", this.#allowEvents()]] });
    notifier.take(incoming);
  }

  #allowEvents(): string {
    return [...this.#packages.values()].map(({ event }) => event).join(", ");
  }
}

/** One event package with its subscriptions. @rfc 6665#4.2 */
class EventNotifier implements Notifier {
  readonly event: string;
  readonly #core: Core;
  readonly #options: NotifierOptions;
  readonly #limits: NotifierLimits;
  readonly #owner: SubscriptionOwner;
  readonly #watched = new Map<string, Set<Subscription>>();
  readonly #byWatcher = new Map<string, Set<Subscription>>();
  #count = 0;
  #isClosed = false;

  constructor(core: Core, options: NotifierOptions, allowEvents: () => string) {
    this.event = options.event;
    this.#core = core;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#owner = {
      limits: this.#limits,
      contentType: options.contentType,
      allowEvents,
      state: (resource, version, watcher) => options.state(resource, version, watcher),
      onOver: (subscription) => this.#forget(subscription),
    };
  }

  take(incoming: ServerRequest): void {
    const { request, flow, local } = incoming;
    const granted = grantedSeconds(request.headers.expires, this.#limits);
    if (granted === "too-brief") {
      return void incoming.respond(423, { headers: [["Min-Expires", String(this.#limits.minSeconds)]] });
    }
    if (!accepts(request.headers, this.#options.contentType)) return void incoming.respond(406);
    const subscribe: IncomingSubscribe = {
      request,
      flow,
      local,
      expiresSeconds: granted,
      accept: (resource, watcher = "") => this.#accept(incoming, { resource, watcher, expiresSeconds: granted }),
      reject: (status, content) => status >= 300 && incoming.respond(status, content),
    };
    this.#core.guard(() => this.#options.onSubscribe(subscribe));
  }

  changed(resource: string): void {
    for (const subscription of this.#watched.get(resource) ?? []) subscription.tell();
  }

  reconsider(watcher: string): void {
    for (const subscription of this.#byWatcher.get(watcher) ?? []) subscription.tell();
  }

  watchers(resource: string): readonly SubscriptionSummary[] {
    return [...(this.#watched.get(resource) ?? [])].map((each) => each.summary());
  }

  end(resource: string, reason: EndOfSubscription = "noresource"): void {
    for (const subscription of [...(this.#watched.get(resource) ?? [])]) subscription.end(reason);
  }

  close(): void {
    this.#isClosed = true;
    for (const resource of [...this.#watched.keys()]) this.end(resource, "deactivated");
  }

  describe(longest = 1000): NotifierState {
    const list = [...this.#watched.values()].flatMap((each) => [...each]).slice(0, longest);
    return { event: this.event, subscriptions: this.#count, list: list.map((each) => each.summary()) };
  }

  #accept(incoming: ServerRequest, begin: Omit<SubscriptionBeginning, "isPinned">): boolean {
    const { resource, watcher, expiresSeconds } = begin;
    const isFull = this.#count >= this.#limits.most || sizeOf(this.#watched, resource) >= this.#limits.mostOfResource;
    if (this.#isClosed || isFull) return this.#turnAway(incoming);
    if (watcher !== "" && sizeOf(this.#byWatcher, watcher) >= this.#limits.mostOfWatcher) {
      incoming.respond(403, { reason: "Too Many Subscriptions" });
      return false;
    }
    const headers: HeaderList = [
      ["Expires", String(expiresSeconds)],
      ["Allow-Events", this.#owner.allowEvents()],
    ];
    if (!incoming.respond(200, { headers })) return false;
    const subscription = new Subscription(this.#core, this.#owner, incoming, { ...begin, isPinned: incoming.isPinned });
    this.#count++;
    put(this.#watched, resource, subscription);
    if (watcher !== "") put(this.#byWatcher, watcher, subscription);
    return true;
  }

  #turnAway(incoming: ServerRequest): false {
    incoming.respond(503, { headers: [["Retry-After", RETRY_AFTER]] });
    return false;
  }

  #forget(subscription: Subscription): void {
    if (!take(this.#watched, subscription.resource, subscription)) return;
    take(this.#byWatcher, subscription.watcher, subscription);
    this.#count--;
  }
}

type Sets = Map<string, Set<Subscription>>;

const sizeOf = (sets: Sets, key: string): number => sets.get(key)?.size ?? 0;

function put(sets: Sets, key: string, subscription: Subscription): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([subscription]));
  else known.add(subscription);
}

function take(sets: Sets, key: string, subscription: Subscription): boolean {
  const known = sets.get(key);
  if (known?.delete(subscription) !== true) return false;
  if (known.size === 0) sets.delete(key);
  return true;
}

/** Whether a watcher takes bodies of a type; one that names none takes what its package has. @rfc 6665#3.1.3 */
function accepts(headers: Headers, contentType: string): boolean {
  if (!headers.has("Accept")) return true;
  const [group] = contentType.split("/");
  return headers
    .values("Accept")
    .map((value) => value.split(";")[0]?.trim().toLowerCase())
    .some((type) => type === contentType || type === `${group}/*` || type === "*/*");
}
