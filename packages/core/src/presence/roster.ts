import type { CallId, Clock, Envelope, Millis, TenantId, Timer, UserId } from "@cordboard/kernel";
import { isoText, ms, seconds } from "@cordboard/kernel";
import type { EventBus } from "../bus/index.ts";
import type { CallView } from "../call/index.ts";
import type { DeviceView, Directory, User } from "../directory/index.ts";
import { callSign } from "./call-sign.ts";
import type { OwnStatuses } from "./own-statuses.ts";
import { presenceOf } from "./presence-of.ts";
import type { CallSign, Presence, PresenceView } from "./types.ts";

/** What a roster reads, and where it tells. */
export interface RosterParts {
  readonly bus: EventBus;
  readonly directory: Directory;
  readonly calls: { views(tenant: TenantId): readonly CallView[] };
  readonly clock: Clock;
  readonly statuses: Pick<OwnStatuses, "of" | "onSaid" | "forget">;
}

/** A program that comes back within this time has not been away: a page that is loaded again, a network that changes. */
export const CLIENT_GRACE: Millis = seconds(10);

/** A timer of the machine takes no more than 24 days, and the wall clock may be set: what is awaited is looked at this often. */
const LONGEST_WAIT_MS = 3_600_000;

/** What is known of one user. */
interface Member {
  readonly extension: string;
  readonly calls: Map<CallId, CallSign>;
  /** Programs that are connected for it. */
  clients: number;
  /** Runs while the last of them may come back. */
  leaving: Timer | undefined;
  /** Runs until its own status runs out. */
  expiry: Timer | undefined;
  view: PresenceView;
}

/** The presences of one tenant's users, kept current by the events of its bus. What changes is published, and only that. */
export class Roster {
  readonly #tenant: TenantId;
  readonly #parts: RosterParts;
  readonly #members: Map<UserId, Member> = new Map();
  readonly #atExtension: Map<string, UserId> = new Map();
  readonly #leave: () => void;

  constructor(tenant: TenantId, parts: RosterParts) {
    this.#tenant = tenant;
    this.#parts = parts;
    this.#leave = parts.bus.subscribe(tenant, (envelope) => this.#hear(envelope));
    const calls = parts.calls.views(tenant);
    for (const user of parts.directory.users(tenant)) this.#add(user, calls);
  }

  views(): readonly PresenceView[] {
    return [...this.#members.values()].map(({ view }) => view);
  }

  view(user: UserId): PresenceView | undefined {
    return this.#members.get(user)?.view;
  }

  /** What the user says of itself has changed. */
  refresh(user: UserId): void {
    const member = this.#members.get(user);
    if (member !== undefined) this.#refresh(user, member);
  }

  /** A program is connected for the user, until the answer is called. */
  connect(user: UserId): () => void {
    const member = this.#members.get(user);
    if (member === undefined) return () => undefined;
    member.clients += 1;
    member.leaving?.cancel();
    member.leaving = undefined;
    this.#refresh(user, member);
    let isGone = false;
    return () => {
      if (isGone) return;
      isGone = true;
      member.clients -= 1;
      if (member.clients > 0 || this.#members.get(user) !== member) return;
      member.leaving = this.#parts.clock.after(CLIENT_GRACE, () => {
        member.leaving = undefined;
        this.#refresh(user, member);
      });
    };
  }

  stop(): void {
    this.#leave();
    for (const member of this.#members.values()) stopTimers(member);
    this.#members.clear();
  }

  #hear({ event, data }: Envelope): void {
    if (event.startsWith("presence.")) return;
    if (event === "config.changed.v1") {
      const { kind, id } = data as { readonly kind: string; readonly id: string };
      if (kind === "user") this.#reload(id as UserId);
    } else if (event.startsWith("device.")) {
      this.#look((data as { readonly device: DeviceView }).device.extension);
    } else if (isAboutCall(data)) {
      for (const extension of extensionsOf(data.call)) this.#look(extension, data.call);
    }
  }

  /** Something about the extension has changed; with a call, what it does there. */
  #look(extension: string, call?: CallView): void {
    const user = this.#atExtension.get(extension);
    const member = user === undefined ? undefined : this.#members.get(user);
    if (user === undefined || member === undefined) return;
    if (call !== undefined) note(member, call);
    this.#refresh(user, member);
  }

  /** The user was added, changed or removed. */
  #reload(id: UserId): void {
    const user = this.#parts.directory.user(this.#tenant, id);
    const member = this.#members.get(id);
    if (member !== undefined && user?.extension === member.extension) {
      this.#refresh(id, member);
      return;
    }
    if (member !== undefined) {
      stopTimers(member);
      this.#members.delete(id);
      this.#atExtension.delete(member.extension);
      this.#publish(member.extension, null);
    }
    if (user === undefined) return this.#parts.statuses.forget(this.#tenant, id);
    const added = this.#add(user, this.#parts.calls.views(this.#tenant));
    this.#publish(added.extension, added.view);
  }

  #add(user: User, calls: readonly CallView[]): Member {
    const { extension } = user;
    const known = { extension, calls: new Map(), clients: 0, leaving: undefined, expiry: undefined };
    for (const call of calls) note(known, call);
    const since = isoText(this.#parts.clock.now());
    const member: Member = { ...known, view: viewOf(extension, this.#presence(user.id, known), since) };
    this.#members.set(user.id, member);
    this.#atExtension.set(extension, user.id);
    this.#awaitExpiry(user.id, member);
    return member;
  }

  #presence(user: UserId, { calls, clients, leaving }: Omit<Member, "view">): Presence {
    const { directory, clock, statuses } = this.#parts;
    return presenceOf({
      own: statuses.of(this.#tenant, user),
      doNotDisturb: directory.user(this.#tenant, user)?.reach.doNotDisturb ?? false,
      calls: [...calls.values()],
      isRegistered: directory.devices(this.#tenant, user).length > 0,
      isConnected: clients > 0 || leaving !== undefined,
      now: clock.now(),
    });
  }

  #refresh(user: UserId, member: Member): void {
    const presence = this.#presence(user, member);
    this.#awaitExpiry(user, member);
    const before = member.view;
    const since = presence.shown === before.shown ? before.since : isoText(this.#parts.clock.now());
    const view = viewOf(member.extension, presence, since);
    if (isSame(view, before)) return;
    member.view = view;
    this.#publish(member.extension, view);
  }

  #awaitExpiry(user: UserId, member: Member): void {
    member.expiry?.cancel();
    member.expiry = undefined;
    const { clock, statuses } = this.#parts;
    const left = (statuses.of(this.#tenant, user)?.until ?? 0) - clock.now();
    if (left <= 0) return;
    member.expiry = clock.after(ms(Math.min(left, LONGEST_WAIT_MS)), () => this.#refresh(user, member));
  }

  #publish(extension: string, presence: PresenceView | null): void {
    this.#parts.bus.publish(this.#tenant, "presence.changed.v1", { extension, presence });
  }
}

/** What the member does in a call as it is now. */
function note({ calls, extension }: Pick<Member, "calls" | "extension">, call: CallView): void {
  const sign = call.state === "ended" ? undefined : callSign(call, extension);
  if (sign === undefined) calls.delete(call.id);
  else calls.set(call.id, sign);
}

function stopTimers(member: Member): void {
  member.leaving?.cancel();
  member.expiry?.cancel();
}

const isAboutCall = (data: unknown): data is { readonly call: CallView } =>
  typeof data === "object" && data !== null && "call" in data && typeof data.call === "object";

/** Those who have, or had, a leg in the call: what they do there may have changed. */
const extensionsOf = ({ legs }: CallView): ReadonlySet<string> =>
  new Set(legs.flatMap(({ extension }) => (extension === null ? [] : [extension])));

const viewOf = (extension: string, { until, ...presence }: Presence, since: string): PresenceView => ({
  extension,
  ...presence,
  until: until === null ? null : isoText(until),
  since,
});

const isSame = (a: PresenceView, b: PresenceView): boolean =>
  a.shown === b.shown &&
  a.status === b.status &&
  a.text === b.text &&
  a.until === b.until &&
  a.isRegistered === b.isRegistered &&
  a.isConnected === b.isConnected;
