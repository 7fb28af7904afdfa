import type { MailboxCounts, VoiceMessage } from "@cordboard/core";
import type { RecordingId, TenantId, UserId, VoiceMessageId } from "@cordboard/kernel";

/** What is in one user's mailbox. */
interface Box {
  readonly greeting: RecordingId | null;
  /** The oldest first. */
  readonly messages: readonly VoiceMessage[];
}

const empty: Box = { greeting: null, messages: [] };

/** All mailboxes as they are after the last commit. Users who never had a message or greeting take no place. */
export class Mailboxes {
  readonly #boxes = new Map<string, Box>();
  /** Whose each message is. */
  readonly #owners = new Map<string, UserId>();

  box(tenant: TenantId, user: UserId): Box {
    return this.#boxes.get(`${tenant} ${user}`) ?? empty;
  }

  message(tenant: TenantId, id: VoiceMessageId): VoiceMessage | undefined {
    const owner = this.#owners.get(`${tenant} ${id}`);
    return owner === undefined ? undefined : this.box(tenant, owner).messages.find((message) => message.id === id);
  }

  /** The mailboxes of a tenant that are not empty, each with whose it is. */
  boxes(tenant: TenantId): readonly (Box & { readonly user: UserId })[] {
    const prefix = `${tenant} `;
    const own = [...this.#boxes].filter(([key]) => key.startsWith(prefix));
    return own.map(([key, box]) => ({ ...box, user: key.slice(prefix.length) as UserId }));
  }

  /** Messages of a tenant that were left before a moment. */
  before(tenant: TenantId, moment: number): readonly VoiceMessage[] {
    const all = [...this.#boxes.values()].flatMap(({ messages }) => messages);
    return all.filter((message) => message.tenant === tenant && message.at < moment);
  }

  /** Adds a message, or puts it in place of an earlier state of it. */
  put(message: VoiceMessage): MailboxCounts {
    const { tenant, user, id } = message;
    const box = this.box(tenant, user);
    const others = box.messages.filter((each) => each.id !== id);
    // Ids sort by the time they were made.
    const messages = [...others, message].sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
    this.#boxes.set(`${tenant} ${user}`, { ...box, messages });
    this.#owners.set(`${tenant} ${id}`, user);
    return this.counts(tenant, user);
  }

  remove({ tenant, user, id }: VoiceMessage): MailboxCounts {
    const box = this.box(tenant, user);
    const messages = box.messages.filter((each) => each.id !== id);
    this.#owners.delete(`${tenant} ${id}`);
    if (messages.length === 0 && box.greeting === null) this.#boxes.delete(`${tenant} ${user}`);
    else this.#boxes.set(`${tenant} ${user}`, { ...box, messages });
    return this.counts(tenant, user);
  }

  greet(tenant: TenantId, user: UserId, greeting: RecordingId | null): void {
    const box = { ...this.box(tenant, user), greeting };
    if (greeting === null && box.messages.length === 0) this.#boxes.delete(`${tenant} ${user}`);
    else this.#boxes.set(`${tenant} ${user}`, box);
  }

  /** Forgets a user; returns the recordings that were in the mailbox. */
  forget(tenant: TenantId, user: UserId): readonly RecordingId[] {
    const { greeting, messages } = this.box(tenant, user);
    this.#boxes.delete(`${tenant} ${user}`);
    for (const { id } of messages) this.#owners.delete(`${tenant} ${id}`);
    return [...messages.map(({ recording }) => recording), ...(greeting === null ? [] : [greeting])];
  }

  counts(tenant: TenantId, user: UserId): MailboxCounts {
    const { messages } = this.box(tenant, user);
    const fresh = messages.filter(({ isHeard }) => !isHeard).length;
    return { user, fresh, old: messages.length - fresh };
  }
}
