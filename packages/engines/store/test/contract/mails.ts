import type { MailOutbox, VoiceMessage } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import { ms, randomHex } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { ConfigStore, StoredMailboxes } from "../../src/index.ts";
import { createMailOutbox, loadDirectory, openMailboxBook } from "../../src/index.ts";
import { aMessage, SoundShelf } from "../recorded-sound.ts";
import { given, later, makeTenant, makeUser, morning, newConfig } from "../scene.ts";
import type { Databases } from "./databases.ts";

const { log, clock } = machine;
const address = "ada@example.com";
const longAfter = later(99_000_000);

/** A company of which 101 wants mail, and 102 does not. */
interface Office {
  readonly config: ConfigStore;
  readonly files: SoundShelf;
  readonly book: StoredMailboxes;
  readonly outbox: MailOutbox;
  readonly tenant: TenantId;
  readonly ada: UserId;
  readonly bert: UserId;
}

async function newOffice({ database }: Databases): Promise<Office> {
  const config = newConfig(database());
  const files = new SoundShelf();
  const tenant = (await makeTenant(config, `mails-${randomHex(machine.random, 4)}.example`)).id;
  const [ada, bert] = [await makeUser(config, tenant, "101"), await makeUser(config, tenant, "102")];
  const directory = await loadDirectory(config);
  const book = await openMailboxBook({ database: database(), directory, config, files, clock, log });
  const outbox = createMailOutbox(database());
  // Other tests of this database may have left some.
  for (const { tenant: of, recording } of (await outbox.due(longAfter, 1_000)).mails)
    await outbox.remove(of, recording);
  given(await config.changeMail(tenant, ada, { address }));
  return { config, files, book, outbox, tenant, ada, bert };
}

async function leave({ book, files, tenant }: Office, user: UserId, change: Partial<VoiceMessage> = {}) {
  const message = aMessage(tenant, user, change);
  const { recording } = message;
  files.put(tenant, recording, 3_000);
  await book.change({ type: "begin-message", message });
  await book.change({ type: "keep-message", tenant, recording, lasted: ms(3_000) });
  return message;
}

/** What every store does for messages that are to be brought by e-mail. */
export function mailsContract(databases: Databases): void {
  test("a message is due for mail as soon as it is kept, for who wants it, once, and tells", async () => {
    const office = await newOffice(databases);
    const { book, outbox, tenant, ada, bert } = office;
    let told = 0;
    const stop = book.onKept(() => told++);
    const begun = aMessage(tenant, ada);
    await book.change({ type: "begin-message", message: begun });
    expect(await outbox.due(longAfter, 9)).toEqual({ mails: [], next: null });
    const { recording } = await leave(office, ada);
    await leave(office, bert);
    stop();
    await leave(office, bert);
    const wishes = { address, hasSound: true, isDeletedAfter: false };
    const mail = { tenant, user: ada, recording, queuedAt: morning, tries: 0, wishes };
    expect(await outbox.due(morning, 9)).toEqual({ mails: [mail], next: null });
    expect(told).toBe(2);
    await outbox.remove(tenant, recording);
    expect(await outbox.due(longAfter, 9)).toEqual({ mails: [], next: null });
  });

  test("a mail that is put off is due later, with one try more; the longest due come first, as many as are asked for", async () => {
    const office = await newOffice(databases);
    const { outbox, tenant, ada } = office;
    const first = await leave(office, ada);
    const second = await leave(office, ada, { at: later(1_000) });
    await outbox.postpone(tenant, first.recording, later(5_000));
    expect((await outbox.due(morning, 9)).next).toBe(later(1_000));
    const { mails, next } = await outbox.due(later(1_000), 9);
    expect(mails).toMatchObject([{ recording: second.recording, tries: 0 }]);
    expect(next).toBe(later(5_000));
    expect(await outbox.due(longAfter, 1)).toMatchObject({
      mails: [{ recording: second.recording }],
      next: later(5_000),
    });
    expect((await outbox.due(longAfter, 9)).mails).toMatchObject([
      { tries: 0 },
      { recording: first.recording, tries: 1 },
    ]);
  });

  test("a message that a crash cut is due as well, and so is what waited when it came", async () => {
    const office = await newOffice(databases);
    const { book, files, tenant, ada } = office;
    const kept = await leave(office, ada);
    const cut = aMessage(tenant, ada);
    files.put(tenant, cut.recording, 4_000);
    await book.change({ type: "begin-message", message: cut });
    for (let restarts = 0; restarts < 2; restarts++) {
      const database = await databases.reopen();
      const config = newConfig(database);
      await openMailboxBook({ database, directory: await loadDirectory(config), config, files, clock, log });
      const { mails } = await createMailOutbox(database).due(longAfter, 9);
      expect(mails.map(({ recording }) => recording).toSorted()).toEqual([kept.recording, cut.recording].toSorted());
    }
  });

  test("how a user wants mail is changed bit by bit, and what cannot be is refused", async () => {
    const { config, tenant, ada, bert } = await newOffice(databases);
    const wishes = { address, hasSound: true, isDeletedAfter: false };
    expect(await config.mailWishes(tenant, ada)).toEqual(wishes);
    expect(given(await config.changeMail(tenant, ada, { hasSound: false }))).toEqual({ ...wishes, hasSound: false });
    given(await config.changeMail(tenant, ada, { isDeletedAfter: true }));
    expect(await config.mailWishes(tenant, ada)).toEqual({ address, hasSound: false, isDeletedAfter: true });
    const refusalOf = async (...[of, user, change]: Parameters<ConfigStore["changeMail"]>): Promise<string> => {
      const changed = await config.changeMail(of, user, change);
      return changed.ok ? "ok" : changed.error.code;
    };
    expect(await refusalOf(tenant, bert, { hasSound: true })).toBe("no-mail-address");
    expect(await refusalOf(tenant, ada, { address: "ada@example.com, bert@example.com" })).toBe("invalid-mail-address");
    expect(await refusalOf("ten_other" as TenantId, ada, { address })).toBe("no-such-user");
    expect(await config.mailWishes("ten_other" as TenantId, ada)).toBeNull();
    expect(given(await config.changeMail(tenant, ada, { address: null }))).toBeNull();
    expect(await config.mailWishes(tenant, ada)).toBeNull();
  });

  test("nothing waits for who wants no mail any more, or is no more", async () => {
    const office = await newOffice(databases);
    const { config, outbox, tenant, ada, bert } = office;
    given(await config.changeMail(tenant, bert, { address: "bert@example.com" }));
    await leave(office, ada);
    await leave(office, bert);
    given(await config.changeMail(tenant, ada, { address: null }));
    given(await config.removeUser(tenant, bert));
    expect(await outbox.due(longAfter, 9)).toEqual({ mails: [], next: null });
    given(await config.changeMail(tenant, ada, { address }));
    expect(await outbox.due(longAfter, 9)).toEqual({ mails: [], next: null });
  });
}
