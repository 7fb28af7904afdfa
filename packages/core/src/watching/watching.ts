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

/** Makes what phones may watch out of the live state; it follows the stream of each tenant in which somebody watches. */
export function createWatching(parts: WatchingParts): Watching {
  const { bus, directory, calls, presences } = parts;
  const indexes = new Map<TenantId, CallIndex>();
  const listeners: WatchListener[] = [];
  const tell = (tenant: TenantId, number: string, ...what: readonly Watchable[]): void => {
    for (const each of what) for (const listener of listeners) listener.changed(tenant, number, each);
  };
  const reconsider = (tenant: TenantId, user: UserId): void => {
    for (const listener of listeners) listener.reconsider(tenant, user);
  };
  const follow = (tenant: TenantId): CallIndex => {
    const known = indexes.get(tenant);
    if (known !== undefined) return known;
    const index = new CallIndex((call) => placesOf(directory, tenant, call));
    for (const call of calls.views(tenant)) index.note(call);
    indexes.set(tenant, index);
    bus.subscribe(tenant, (envelope) => hear(envelope, { index, tell, reconsider }));
    return index;
  };

  return {
    calls(actor, number) {
      const index = follow(actor.tenant);
      if (!hasLamp(directory, actor.tenant, number) || !seesPresence(actor, number)) return undefined;
      return index.at(number).flatMap((call) => seenBy(actor, call));
    },
    presence(actor, number) {
      follow(actor.tenant);
      const user = seesPresence(actor, number) ? directory.userAt(actor.tenant, number) : undefined;
      return user === undefined ? undefined : presences.view(actor.tenant, user.id);
    },
    mailbox(actor, number) {
      follow(actor.tenant);
      const counts = countsOf(parts, actor.tenant, number);
      const sight =
        counts === undefined ? "none" : sightOf(actor, "voicemail.changed.v1", { extension: number, ...counts });
      return sight === "none" ? undefined : counts;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

interface Hearing {
  readonly index: CallIndex;
  readonly tell: (tenant: TenantId, number: string, ...what: readonly Watchable[]) => void;
  readonly reconsider: (tenant: TenantId, user: UserId) => void;
}

/** An event of the stream: what it changes for those who watch. */
function hear({ tenant, event, data }: Envelope, { index, tell, reconsider }: Hearing): void {
  if (event === "presence.changed.v1") {
    const { extension, presence } = data as EventData["presence.changed.v1"];
    if (presence === null) tell(tenant, extension, "presence", "calls", "mailbox");
    else tell(tenant, extension, "presence");
  } else if (event === "voicemail.changed.v1") {
    tell(tenant, (data as EventData["voicemail.changed.v1"]).extension, "mailbox");
  } else if (event === "config.changed.v1") {
    const { kind, id } = data as EventData["config.changed.v1"];
    if (kind === "user") reconsider(tenant, id as UserId);
    else if (kind === "service") tell(tenant, id, "calls");
  } else if (isAboutCall(data)) {
    for (const number of index.note(data.call)) tell(tenant, number, "calls");
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
