import type { MailboxChange, VoiceMessage } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import { ms, randomHex } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { ConfigStore, Database, DirectoryModel, StoredMailboxes } from "../../src/index.ts";
import { loadDirectory, openMailboxBook } from "../../src/index.ts";
import { aMessage, newRecordingId, SoundShelf } from "../recorded-sound.ts";
import { given, later, makeTenant, makeUser, newConfig } from "../scene.ts";
import type { Databases } from "./databases.ts";

const { log, clock } = machine;

/** A company with two users, and its voicemail. */
interface Office {
  readonly config: ConfigStore;
  readonly directory: DirectoryModel;
  readonly files: SoundShelf;
  readonly book: StoredMailboxes;
  readonly tenant: TenantId;
  readonly ada: UserId;
  readonly bert: UserId;
  /** Leaves a message of so many milliseconds. */
  leave(change?: Partial<VoiceMessage>, lasted?: number): Promise<VoiceMessage>;
}

async function newOffice({ database }: Databases): Promise<Office> {
  const config = newConfig(database());
  const directory = await loadDirectory(config);
  const files = new SoundShelf();
  const book = await openMailboxBook({ database: database(), directory, config, files, clock, log });
  const tenant = (await makeTenant(config, `office-${randomHex(machine.random, 4)}.example`)).id;
  const [ada, bert] = [await makeUser(config, tenant, "101"), await makeUser(config, tenant, "102")];
  const leave = async (change: Partial<VoiceMessage> = {}, lasted = 3_000): Promise<VoiceMessage> => {
    const message = aMessage(tenant, ada, change);
    files.put(message.tenant, message.recording, lasted);
    await book.change({ type: "begin-message", message });
    await book.change({ type: "keep-message", tenant, recording: message.recording, lasted: ms(lasted) });
    return { ...message, lasted: ms(lasted) };
  };
  return { config, directory, files, book, tenant, ada, bert, leave };
}

/** The same office after a restart. */
async function restarted(database: Database, { files }: Office): Promise<StoredMailboxes> {
  const config = newConfig(database);
  return openMailboxBook({ database, directory: await loadDirectory(config), config, files, clock, log });
}

/** What every voicemail does. */
export function mailboxesContract(databases: Databases): void {
  messages(databases);
  greetings(databases);
  crashes(databases);
  strangers(databases);
}

function messages(databases: Databases): void {
  const { reopen } = databases;

  test("a mailbox is empty at first, speaks the language of the house, and is nobody's when there is no such user", async () => {
    const { book, tenant, ada } = await newOffice(databases);
    expect(book.mailbox(tenant, ada)).toEqual({ user: ada, language: "it", greeting: null, messages: [] });
    expect(book.mailbox(tenant, "usr_nobody" as UserId)).toBeUndefined();
  });

  test("a message is there when it is kept, oldest first, and after a restart", async () => {
    const office = await newOffice(databases);
    const { book, tenant, ada, leave } = office;
    const second = await leave({ at: later(1) });
    const first = await leave();
    const begun = aMessage(tenant, ada, { at: later(2) });
    await book.change({ type: "begin-message", message: begun });
    expect(book.mailbox(tenant, ada)?.messages).toEqual([first, second]);
    office.files.put(tenant, begun.recording, 3_000);
    const kept = { type: "keep-message", tenant, recording: begun.recording, lasted: ms(3_000) } as const;
    expect(await book.change(kept)).toEqual({ user: ada, fresh: 3, old: 0 });
    const third = { ...begun, lasted: 3_000 };
    expect((await restarted(await reopen(), office)).mailbox(tenant, ada)?.messages).toEqual([first, second, third]);
  });

  test("a message that is heard counts as old, once", async () => {
    const office = await newOffice(databases);
    const { book, tenant, ada, leave } = office;
    const { id } = await leave();
    await leave();
    const heard = { type: "mark-heard", tenant, message: id } as const;
    expect(await book.change(heard)).toEqual({ user: ada, fresh: 1, old: 1 });
    expect(await book.change(heard)).toBeUndefined();
    const after = (await restarted(await reopen(), office)).mailbox(tenant, ada);
    // Two that were left in one millisecond may stand in either order.
    expect(after?.messages.length).toBe(2);
    expect(after?.messages.filter(({ isHeard }) => isHeard).map((message) => message.id)).toEqual([id]);
  });

  test("a message that is deleted goes with its file, and one that is discarded never was", async () => {
    const office = await newOffice(databases);
    const { book, files, tenant, ada, leave } = office;
    const kept = await leave();
    const discarded = aMessage(tenant, ada);
    files.put(tenant, discarded.recording, 1);
    await book.change({ type: "begin-message", message: discarded });
    expect(await book.change({ type: "discard", tenant, recording: discarded.recording })).toBeUndefined();
    const gone = { type: "delete", tenant, message: kept.id } as const;
    expect(await book.change(gone)).toEqual({ user: ada, fresh: 0, old: 0 });
    expect(await book.change(gone)).toBeUndefined();
    expect([files.has(tenant, kept.recording), files.has(tenant, discarded.recording)]).toEqual([false, false]);
    expect((await restarted(await reopen(), office)).mailbox(tenant, ada)?.messages).toEqual([]);
  });

  test("old messages go by their day, and those whose mailbox changed are told", async () => {
    const { book, tenant, ada, bert, leave, files } = await newOffice(databases);
    const old = await leave();
    const fresh = await leave({ at: later(1) });
    await leave({ user: bert, at: later(1) });
    expect(await book.removeBefore(tenant, later(1))).toEqual([{ user: ada, fresh: 1, old: 0 }]);
    expect(book.mailbox(tenant, ada)?.messages).toEqual([fresh]);
    expect(files.has(tenant, old.recording)).toBe(false);
  });

  test("a user who is removed takes the mailbox along, also a message that is just being left", async () => {
    const office = await newOffice(databases);
    const { book, config, files, tenant, ada, leave } = office;
    const kept = await leave();
    const begun = aMessage(tenant, ada);
    const greeting = newRecordingId();
    for (const recording of [begun.recording, greeting]) files.put(tenant, recording, 3_000);
    await book.change({ type: "keep-greeting", tenant, user: ada, recording: greeting });
    await book.change({ type: "begin-message", message: begun });
    given(await config.removeUser(tenant, ada));
    const keep = { type: "keep-message", tenant, recording: begun.recording, lasted: ms(3_000) } as const;
    expect(await book.change(keep)).toBeUndefined();
    for (const recording of [kept.recording, begun.recording, greeting])
      expect(files.has(tenant, recording)).toBe(false);
    const after = await restarted(await reopen(), office);
    expect(await after.removeBefore(tenant, later(99))).toEqual([]);
  });
}

function greetings(databases: Databases): void {
  test("a greeting takes the place of an earlier one, whose file goes, and is there after a restart", async () => {
    const office = await newOffice(databases);
    const { book, files, tenant, ada } = office;
    const [first, second] = [newRecordingId(), newRecordingId()];
    for (const recording of [first, second]) {
      files.put(tenant, recording, 2_000);
      await book.change({ type: "keep-greeting", tenant, user: ada, recording });
    }
    expect(book.mailbox(tenant, ada)?.greeting).toBe(second);
    expect([files.has(tenant, first), files.has(tenant, second)]).toEqual([false, true]);
    await book.change({ type: "keep-greeting", tenant, user: ada, recording: second });
    expect(files.has(tenant, second)).toBe(true);
    expect((await restarted(await databases.reopen(), office)).mailbox(tenant, ada)?.greeting).toBe(second);
  });

  test("a greeting that is taken back goes with its file, and is not there after a restart", async () => {
    const office = await newOffice(databases);
    const { book, files, tenant, ada, leave } = office;
    const recording = newRecordingId();
    files.put(tenant, recording, 2_000);
    await book.change({ type: "keep-greeting", tenant, user: ada, recording });
    for (let twice = 0; twice < 2; twice++) await book.change({ type: "reset-greeting", tenant, user: ada });
    expect(book.mailbox(tenant, ada)?.greeting).toBeNull();
    expect(files.has(tenant, recording)).toBe(false);
    const message = await leave();
    await book.change({ type: "reset-greeting", tenant, user: ada });
    const after = (await restarted(await databases.reopen(), office)).mailbox(tenant, ada);
    expect(after).toMatchObject({ greeting: null, messages: [message] });
  });
}

function crashes(databases: Databases): void {
  test("a message that a crash cut is kept as far as it got, unless it is too short to be one", async () => {
    const office = await newOffice(databases);
    const { book, files, tenant, ada } = office;
    const [cut, short, lost] = [aMessage(tenant, ada), aMessage(tenant, ada), aMessage(tenant, ada)];
    files.put(tenant, cut.recording, 4_321.4);
    files.put(tenant, short.recording, 200);
    for (const message of [cut, short, lost]) await book.change({ type: "begin-message", message });
    const after = await restarted(await databases.reopen(), office);
    expect(after.mailbox(tenant, ada)?.messages).toEqual([{ ...cut, lasted: 4_321 }]);
    expect([files.has(tenant, cut.recording), files.has(tenant, short.recording)]).toEqual([true, false]);
    const again = await restarted(await databases.reopen(), office);
    expect(again.mailbox(tenant, ada)?.messages).toHaveLength(1);
  });

  test("all that is asked for in one turn is kept in its order", async () => {
    const office = await newOffice(databases);
    const { book, tenant, ada, files } = office;
    const message = aMessage(tenant, ada);
    const { recording } = message;
    files.put(tenant, recording, 3_000);
    const keep: MailboxChange = { type: "keep-message", tenant, recording, lasted: ms(3_000) };
    await Promise.all([book.change({ type: "begin-message", message }), book.change(keep)]);
    await Promise.all([
      book.change({ type: "mark-heard", tenant, message: message.id }),
      book.change({ type: "delete", tenant, message: message.id }),
    ]);
    expect(book.mailbox(tenant, ada)?.messages).toEqual([]);
    expect((await restarted(await databases.reopen(), office)).mailbox(tenant, ada)?.messages).toEqual([]);
  });
}

function strangers(databases: Databases): void {
  test("a stranger neither sees, hears, deletes nor cuts a message, nor changes a greeting", async () => {
    const { book, config, files, tenant, ada, leave } = await newOffice(databases);
    const stranger = (await makeTenant(config, `stranger-${randomHex(machine.random, 4)}.example`)).id;
    const message = await leave();
    const begun = aMessage(tenant, ada);
    await book.change({ type: "begin-message", message: begun });
    const recording = newRecordingId();
    expect(book.mailbox(stranger, ada)).toBeUndefined();
    for (const change of [
      { type: "mark-heard", tenant: stranger, message: message.id },
      { type: "delete", tenant: stranger, message: message.id },
      { type: "discard", tenant: stranger, recording: begun.recording },
      { type: "keep-message", tenant: stranger, recording: begun.recording, lasted: ms(9) },
      { type: "keep-greeting", tenant: stranger, user: ada, recording },
      { type: "reset-greeting", tenant: stranger, user: ada },
    ] satisfies readonly MailboxChange[])
      expect(await book.change(change)).toBeUndefined();
    expect(await book.removeBefore(stranger, later(99))).toEqual([]);
    expect(book.boxes(stranger)).toEqual([]);
    expect(book.boxes(tenant)).toEqual([{ user: ada, greeting: null, messages: [message] }]);
    expect(book.mailbox(tenant, ada)).toMatchObject({ greeting: null, messages: [message] });
    expect(files.has(tenant, message.recording)).toBe(true);
    const keep = { type: "keep-message", tenant, recording: begun.recording, lasted: ms(3_000) } as const;
    expect(await book.change(keep)).toMatchObject({ fresh: 2 });
  });
}
