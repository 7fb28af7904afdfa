import type { Envelope, TenantId, UserId } from "@cordboard/kernel";
import type { EventBus } from "../bus/index.ts";
import type { CallView } from "../call/index.ts";
import type { Directory } from "../directory/index.ts";
import type { EventData } from "../events/index.ts";
import { maskCall, seesPresence, sightOf, sightOfCall } from "../events/index.ts";
import type { Actor } from "../identity/index.ts";
import type { Presences } from "../presence/index.ts";
import type { MailboxBook, MailboxCounts } from "../voicemail/index.ts";
import { CallIndex } from "./call-index.ts";
import type { Watchable, Watching, WatchListener } from "./ports.ts";

/** What is watched. */
export interface WatchingParts {
  readonly bus: Pick<EventBus, "subscribe">;
  readonly directory: Directory;
  readonly calls: { views(tenant: TenantId): readonly CallView[] };
  readonly presences: Pick<Presences, "view">;
  readonly mailboxes: Pick<MailboxBook, "mailbox">;
}

/** Makes what phones may watch out of the live state. */
export function createWatching(parts: WatchingParts): Watching {
  const { directory, presences } = parts;
  const lookouts = new Map<TenantId, Lookout>();
  const listeners: WatchListener[] = [];
  const lookoutOf = (tenant: TenantId): Lookout => {
    const known = lookouts.get(tenant);
    if (known !== undefined) return known;
    const lookout = new Lookout(tenant, parts, listeners);
    lookouts.set(tenant, lookout);
    return lookout;
  };

  return {
    calls(actor, number) {
      const lookout = lookoutOf(actor.tenant);
      if (!hasLamp(directory, actor.tenant, number) || !seesPresence(actor, number)) return undefined;
      return lookout.calls.at(number).flatMap((call) => seenBy(actor, call));
    },
    presence(actor, number) {
      lookoutOf(actor.tenant);
      const user = seesPresence(actor, number) ? directory.userAt(actor.tenant, number) : undefined;
      return user === undefined ? undefined : presences.view(actor.tenant, user.id);
    },
    mailbox(actor, extension) {
      lookoutOf(actor.tenant);
      const counts = countsOf(parts, actor.tenant, extension);
      if (counts === undefined) return undefined;
      return sightOf(actor, "voicemail.changed.v1", { extension, ...counts }) === "none" ? undefined : counts;
    },
    follow: lookoutOf,
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Hears the stream of one tenant, and tells what changes for those who watch. */
class Lookout {
  readonly #tenant: TenantId;
  readonly #parts: WatchingParts;
  readonly #listeners: readonly WatchListener[];
  /** Made when somebody asks for calls: nobody else needs it. */
  #calls: CallIndex | undefined;

  constructor(tenant: TenantId, parts: WatchingParts, listeners: readonly WatchListener[]) {
    this.#tenant = tenant;
    this.#parts = parts;
    this.#listeners = listeners;
    parts.bus.subscribe(tenant, (envelope) => this.#hear(envelope));
  }

  get calls(): CallIndex {
    if (this.#calls !== undefined) return this.#calls;
    const { directory, calls } = this.#parts;
    this.#calls = new CallIndex((call) => placesOf(directory, this.#tenant, call));
    for (const call of calls.views(this.#tenant)) this.#calls.note(call);
    return this.#calls;
  }

  #hear({ event, data }: Envelope): void {
    if (event === "presence.changed.v1") {
      const { extension, presence } = data as EventData["presence.changed.v1"];
      if (presence === null) this.#tell(extension, "presence", "calls", "mailbox");
      else this.#tell(extension, "presence");
    } else if (event === "voicemail.changed.v1") {
      this.#tell((data as EventData["voicemail.changed.v1"]).extension, "mailbox");
    } else if (event === "device.registered.v1" || event === "device.unregistered.v1") {
      this.#tell((data as EventData["device.registered.v1"]).device.extension, "devices");
    } else if (event === "config.changed.v1") {
      const { kind, id } = data as EventData["config.changed.v1"];
      if (kind === "user") for (const listener of this.#listeners) listener.reconsider(this.#tenant, id as UserId);
      else if (kind === "service") this.#tell(id, "calls");
    } else if (this.#calls !== undefined && isAboutCall(data)) {
      for (const number of this.#calls.note(data.call)) this.#tell(number, "calls");
    }
  }

  #tell(number: string, ...what: readonly Watchable[]): void {
    for (const each of what) for (const listener of this.#listeners) listener.changed(this.#tenant, number, each);
  }
}

const isAboutCall = (data: unknown): data is { readonly call: CallView } =>
  typeof data === "object" && data !== null && "call" in data && typeof data.call === "object";

/** Whether a key of a phone can show if there is a call: an extension, a place where calls wait, or a conference room. */
function hasLamp(directory: Directory, tenant: TenantId, number: string): boolean {
  const kind = directory.serviceAt(tenant, number)?.kind;
  return kind === "park" || kind === "conference" || directory.userAt(tenant, number) !== undefined;
}

/** Where a call is: at the extensions that have a leg in it, where it waits, and in the room that was dialled. */
function placesOf(directory: Directory, tenant: TenantId, { legs, parkedAt, to }: CallView): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { extension, state } of legs) if (extension !== null && state !== "ended") places.add(extension);
  if (parkedAt !== null) places.add(parkedAt);
  const isUp = legs.some(({ state }) => state !== "ended");
  if (isUp && directory.serviceAt(tenant, to.number)?.kind === "conference") places.add(to.number);
  return places;
}

/** The call as the live stream shows it to the actor; a watched number has something there, so some of it is seen. */
function seenBy(actor: Actor, call: CallView): readonly CallView[] {
  const sight = sightOfCall(actor, call);
  if (sight === "none") return [];
  return [sight === "full" ? call : maskCall(call)];
}

function countsOf(
  { directory, mailboxes }: WatchingParts,
  tenant: TenantId,
  extension: string,
): MailboxCounts | undefined {
  const user = directory.userAt(tenant, extension);
  const messages = user === undefined ? undefined : mailboxes.mailbox(tenant, user.id)?.messages;
  if (user === undefined || messages === undefined) return undefined;
  const fresh = messages.filter(({ isHeard }) => !isHeard).length;
  return { user: user.id, fresh, old: messages.length - fresh };
}
