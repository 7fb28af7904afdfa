import type { Mailbox, MailboxBook, MailboxChange, MailboxCounts, VoiceMessage } from "@cordboard/core";
import type { Instant, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import { seconds, unreachable } from "@cordboard/kernel";
import type { Database } from "../database/database.ts";
import { whenUp } from "../database/state.ts";
import { commit } from "../writing/commit.ts";
import type { GroupCommitOptions } from "../writing/group-commit.ts";
import { GroupCommit } from "../writing/group-commit.ts";
import { storableJson } from "../writing/storable.ts";
import { loadMailboxes } from "./load.ts";
import type { Mailboxes } from "./memory.ts";
import type { MailboxBookOptions } from "./options.ts";
import type { GreetingChange, MessageChange } from "./rows.ts";
import { recordOf, WRITE_GREETINGS, WRITE_MESSAGES } from "./rows.ts";

/** Messages and greetings whose change may wait in memory while the database is away. */
const MOST_WAITING = 10_000;

/** Voicemail in the database, and in memory. */
export interface StoredMailboxes extends MailboxBook {
  /** Tells that a message has been kept, which may be one to bring by e-mail, until the returned function is called. */
  onKept(listener: () => void): () => void;
  /** What is in a tenant's mailboxes; empty ones are left out. */
  boxes(tenant: TenantId): readonly Pick<Mailbox, "user" | "greeting" | "messages">[];
  /** Deletes all messages that were left before a moment; the counts of those whose mailbox changed. */
  removeBefore(tenant: TenantId, before: Instant): Promise<readonly MailboxCounts[]>;
  /** Changes that wait to be written. */
  waiting(): number;
  /** Writes what waits and takes nothing more. Call before the database stops. */
  finish(): Promise<void>;
}

/**
 * Opens voicemail. Messages that a crash cut are completed first: each has the length of its file, and goes when that is too short to
 * be one. One a database: it alone keeps what is in memory current.
 */
export async function openMailboxBook(options: MailboxBookOptions): Promise<StoredMailboxes> {
  return new Book(options, await loadMailboxes(options));
}

class Book implements StoredMailboxes {
  readonly #options: MailboxBookOptions;
  readonly #boxes: Mailboxes;
  readonly #messages: GroupCommit<MessageChange>;
  readonly #greetings: GroupCommit<GreetingChange>;
  /** Messages that are being taken down, by their recording. */
  readonly #begun = new Map<string, VoiceMessage>();
  readonly #keptListeners = new Set<() => void>();
  readonly #stopListening: () => void;

  constructor(options: MailboxBookOptions, boxes: Mailboxes) {
    this.#options = options;
    this.#boxes = boxes;
    const { database, config } = options;
    this.#messages = new GroupCommit<MessageChange>({
      ...groupOf(options, "voice messages"),
      merge: (older, newer) => ({ ...older, ...newer }),
      write: (changes) => writeMessages(database, changes),
    });
    this.#greetings = new GroupCommit<GreetingChange>({
      ...groupOf(options, "greetings"),
      merge: (_older, newer) => newer,
      write: (changes) => writeGreetings(database, changes),
    });
    this.#stopListening = config.onChange((changes) => {
      for (const change of changes)
        if (change.kind === "user" && change.value === null) this.#forget(change.tenant, change.id);
    });
  }

  mailbox(tenant: TenantId, user: UserId): ReturnType<MailboxBook["mailbox"]> {
    const { directory } = this.#options;
    const house = directory.tenant(tenant);
    if (house === undefined || directory.user(tenant, user) === undefined) return undefined;
    return { user, language: house.language, ...this.#boxes.box(tenant, user) };
  }

  change(change: MailboxChange): Promise<MailboxCounts | undefined> {
    switch (change.type) {
      case "begin-message":
        return this.#begin(change.message);
      case "keep-message":
        return this.#keep(change);
      case "keep-greeting":
        return this.#greet(change);
      case "reset-greeting":
        return this.#greet({ ...change, recording: null });
      case "mark-heard":
        return this.#markHeard(change);
      case "delete":
        return this.#delete(change);
      case "discard":
        return this.#discard(change);
      default:
        return unreachable(change);
    }
  }

  boxes(tenant: TenantId): ReturnType<StoredMailboxes["boxes"]> {
    return this.#boxes.boxes(tenant);
  }

  onKept(listener: () => void): () => void {
    this.#keptListeners.add(listener);
    return () => this.#keptListeners.delete(listener);
  }

  async removeBefore(tenant: TenantId, before: Instant): Promise<readonly MailboxCounts[]> {
    const counts = new Map<UserId, MailboxCounts>();
    for (const { id } of this.#boxes.before(tenant, before)) {
      const after = await this.#delete({ tenant, message: id });
      if (after !== undefined) counts.set(after.user, after);
    }
    return [...counts.values()];
  }

  waiting(): number {
    return this.#messages.size() + this.#greetings.size();
  }

  async finish(): Promise<void> {
    this.#stopListening();
    await Promise.all([this.#messages.close(), this.#greetings.close()]);
  }

  async #begin(message: VoiceMessage): Promise<undefined> {
    const { tenant, recording } = message;
    this.#begun.set(keyOf(tenant, recording), message);
    await this.#messages.add(keyOf(tenant, recording), { tenant, recording, begun: message });
  }

  async #keep({ tenant, recording, lasted }: Change<"keep-message">): Promise<MailboxCounts | undefined> {
    const key = keyOf(tenant, recording);
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    // Its beginning goes along: that may have found no place while the database was away.
    if (begun !== undefined) await this.#messages.add(key, { tenant, recording, begun, lasted });
    if (begun !== undefined && this.#isThere(tenant, begun.user)) {
      const counts = this.#boxes.put({ ...begun, lasted });
      for (const listener of [...this.#keptListeners]) listener();
      return counts;
    }
    // The user has been removed in the meantime.
    await this.#options.files.remove(tenant, recording);
    return undefined;
  }

  async #greet({ tenant, user, recording }: GreetingChange): Promise<undefined> {
    await this.#greetings.add(`${tenant} ${user}`, { tenant, user, recording });
    const { greeting } = this.#boxes.box(tenant, user);
    const isThere = this.#isThere(tenant, user);
    if (isThere) this.#boxes.greet(tenant, user, recording);
    const useless = isThere ? greeting : recording;
    if (useless !== null && (!isThere || useless !== recording)) await this.#options.files.remove(tenant, useless);
  }

  async #markHeard({ tenant, message: id }: Change<"mark-heard">): Promise<MailboxCounts | undefined> {
    const known = this.#boxes.message(tenant, id);
    if (known === undefined || known.isHeard) return undefined;
    const { recording } = known;
    await this.#messages.add(keyOf(tenant, recording), { tenant, recording, isHeard: true });
    const now = this.#boxes.message(tenant, id);
    return now === undefined ? undefined : this.#boxes.put({ ...now, isHeard: true });
  }

  async #delete({ tenant, message: id }: Omit<Change<"delete">, "type">): Promise<MailboxCounts | undefined> {
    const known = this.#boxes.message(tenant, id);
    if (known === undefined) return undefined;
    const { recording } = known;
    await this.#messages.add(keyOf(tenant, recording), { tenant, recording, isGone: true });
    const counts = this.#boxes.remove(known);
    await this.#options.files.remove(tenant, recording);
    return counts;
  }

  async #discard({ tenant, recording }: Change<"discard">): Promise<undefined> {
    const key = keyOf(tenant, recording);
    if (this.#begun.delete(key)) await this.#messages.add(key, { tenant, recording, isGone: true });
    await this.#options.files.remove(tenant, recording);
  }

  #isThere(tenant: TenantId, user: UserId): boolean {
    return this.#options.directory.user(tenant, user) !== undefined;
  }

  #forget(tenant: TenantId, user: UserId): void {
    for (const [key, message] of this.#begun)
      if (message.tenant === tenant && message.user === user) this.#begun.delete(key);
    for (const recording of this.#boxes.forget(tenant, user)) void this.#options.files.remove(tenant, recording);
  }
}

type Change<Type extends MailboxChange["type"]> = Extract<MailboxChange, { readonly type: Type }>;

const keyOf = (tenant: TenantId, recording: RecordingId): string => `${tenant} ${recording}`;

const groupOf = (
  { database, clock, log }: MailboxBookOptions,
  name: string,
): Omit<GroupCommitOptions<unknown>, "merge" | "write"> => ({
  name,
  clock,
  log,
  isFleeting: () => false,
  isBeginning: () => false,
  most: MOST_WAITING,
  longest: seconds(60),
  onBack: (listener) => whenUp(database, listener),
});

async function writeMessages({ promptPool }: Database, changes: readonly MessageChange[]): Promise<void> {
  const gone = changes.filter(({ isGone }) => isGone === true);
  const kept = changes.filter(({ isGone }) => isGone !== true);
  await commit(promptPool, { name: "write-messages", text: WRITE_MESSAGES }, [
    storableJson(kept.filter(({ begun }) => begun !== undefined).map(recordOf)),
    storableJson(kept.filter(({ begun }) => begun === undefined).map(recordOf)),
    storableJson(gone.map(({ tenant, recording }) => ({ tenant_id: tenant, recording_id: recording }))),
  ]);
}

async function writeGreetings({ promptPool }: Database, changes: readonly GreetingChange[]): Promise<void> {
  const rows = changes.map(({ tenant, user, recording }) => ({
    tenant_id: tenant,
    user_id: user,
    recording_id: recording,
  }));
  await commit(promptPool, { name: "write-greetings", text: WRITE_GREETINGS }, [storableJson(rows)]);
}
