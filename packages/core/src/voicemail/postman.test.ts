import type {
  CallId,
  Instant,
  LogFields,
  RecordingId,
  Result,
  TenantId,
  UserId,
  VoiceMessageId,
} from "@cordboard/kernel";
import { ms, ok, refused, seconds, silentLog } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Mail, MailRefusal } from "../mail/index.ts";
import type { MailWishes, WaitingMail } from "./delivery.ts";
import { MAIL_PATIENCE } from "./delivery.ts";
import type { MailboxChange, MailOutbox, VoiceMessage } from "./index.ts";
import type { Postman } from "./postman.ts";
import { LOOK_EVERY, MAILS_AT_ONCE, startPostman } from "./postman.ts";

const tenant = "ten_1" as TenantId;
const user = "usr_1" as UserId;
const wishes: MailWishes = { address: "ada@example.com", hasSound: true, isDeletedAfter: false };
const refusal: MailRefusal = { code: "refused", status: 451, why: "later" };

type Row = WaitingMail & { readonly dueAt: Instant };

/** An outbox in memory, which stays when a postman goes. */
class Box implements MailOutbox {
  readonly rows = new Map<RecordingId, Row>();
  isAway = false;

  due(now: Instant, count: number): ReturnType<MailOutbox["due"]> {
    if (this.isAway) return Promise.reject(new Error("away"));
    const rows = [...this.rows.values()].toSorted((one, other) => one.dueAt - other.dueAt);
    const mails = rows.filter(({ dueAt }) => dueAt <= now).slice(0, count);
    return Promise.resolve({ mails, next: rows[mails.length]?.dueAt ?? null });
  }

  postpone(_tenant: TenantId, recording: RecordingId, until: Instant): Promise<void> {
    const row = this.rows.get(recording);
    if (row !== undefined) this.rows.set(recording, { ...row, tries: row.tries + 1, dueAt: until });
    return Promise.resolve();
  }

  remove(_tenant: TenantId, recording: RecordingId): Promise<void> {
    this.rows.delete(recording);
    return Promise.resolve();
  }
}

let clock: ManualClock;
let box: Box;
let messages: VoiceMessage[];
let sent: Mail[];
let changes: MailboxChange[];
let lines: { readonly message: string; readonly fields: LogFields }[];
let answer: (mail: Mail) => Promise<Result<void, MailRefusal>>;
let postman: Postman | undefined;

beforeEach(() => {
  clock = manualClock();
  box = new Box();
  [messages, sent, changes, lines] = [[], [], [], []];
  answer = () => Promise.resolve(ok(undefined));
  postman = undefined;
});
afterEach(async () => {
  await postman?.stop();
  expect(clock.pending).toBe(0);
});

/** A message that waits to be brought. */
function leave(name: string, change: Partial<MailWishes> = {}): RecordingId {
  const recording = name as RecordingId;
  const from = { name: "Bert", number: "102" };
  const at = clock.now();
  const id = `vm_${name}` as VoiceMessageId;
  messages.push({ id, tenant, user, from, at, lasted: ms(2_000), isHeard: false, recording, call: "call_1" as CallId });
  const row = { tenant, user, recording, queuedAt: at, dueAt: at, tries: 0, wishes: { ...wishes, ...change } };
  box.rows.set(recording, row);
  return recording;
}

function start(): Postman {
  const note = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields });
  postman = startPostman({
    clock,
    log: { ...silentLog, warn: note, error: note },
    outbox: box,
    mailer: {
      send: (mail) => {
        sent.push(mail);
        return answer(mail);
      },
    },
    mailboxes: {
      mailbox: () => ({ user, language: "de", greeting: null, messages }),
      change: (change) => {
        changes.push(change);
        return Promise.resolve({ user, fresh: 0, old: 0 });
      },
    },
    directory: { tenant: () => undefined },
    pathOf: (_tenant, recording) => `/sounds/${recording}.wav`,
    onMailbox: (_tenant, counts) => void lines.push({ message: "told", fields: { ...counts } }),
  });
  return postman;
}

const settled = (): Promise<void> => clock.run(ms(0));

test("what waits at the start is brought, in the language of the house, with its sound, and leaves the outbox", async () => {
  leave("a");
  start();
  await settled();
  expect(sent).toMatchObject([
    { to: "ada@example.com", subject: "Sprachnachricht von Bert (102)", attachment: { path: "/sounds/a.wav" } },
  ]);
  expect(box.rows.size).toBe(0);
  expect(changes).toEqual([]);
});

test("what comes later is brought as soon as the postman is woken, and without a word after a while", async () => {
  const awake = start();
  await settled();
  leave("a");
  awake.wake();
  await settled();
  expect(sent).toHaveLength(1);
  leave("b");
  await clock.run(LOOK_EVERY);
  expect(sent).toHaveLength(2);
});

test("a user who does not want the sound gets the words alone", async () => {
  leave("a", { hasSound: false });
  start();
  await settled();
  expect(sent[0]?.attachment).toBeNull();
});

test("sound that cannot be read is left out, rather than the mail", async () => {
  leave("a");
  answer = ({ attachment }) =>
    Promise.resolve(attachment === null ? ok(undefined) : refused({ code: "no-file", why: "gone" }));
  start();
  await settled();
  expect(sent.map(({ attachment }) => attachment === null)).toEqual([false, true]);
  expect(box.rows.size).toBe(0);
});

test("a message is deleted once its mail has been taken, and not before, for who wants that", async () => {
  leave("a", { isDeletedAfter: true });
  answer = () => Promise.resolve(refused(refusal));
  start();
  await settled();
  expect(changes).toEqual([]);
  answer = () => Promise.resolve(ok(undefined));
  await clock.run(seconds(5));
  expect(changes).toEqual([{ type: "delete", tenant, message: "vm_a" }]);
  expect(lines.at(-1)).toMatchObject({ message: "told", fields: { user } });
  expect(box.rows.size).toBe(0);
});

test("a mail that is refused is tried again, later each time, logged once, and given up after a day with a line", async () => {
  leave("a");
  answer = () => Promise.resolve(refused(refusal));
  start();
  await clock.run(seconds(5 + 10));
  expect(sent).toHaveLength(3);
  expect(lines).toMatchObject([{ fields: { tenant, user, code: "refused", status: 451 } }]);
  await clock.run(MAIL_PATIENCE);
  expect(box.rows.size).toBe(0);
  expect(lines).toHaveLength(2);
  expect(lines[1]?.message).toContain("within a day");
  expect(sent.length).toBeLessThan(100);
});

test("a postman that is killed while it sends leaves the mail to the next one", async () => {
  leave("a");
  answer = () => Promise.withResolvers<Result<void, MailRefusal>>().promise;
  start();
  await settled();
  // As after a kill: nobody stops it, and nothing that it waits for comes.
  postman = undefined;
  answer = () => Promise.resolve(ok(undefined));
  start();
  await clock.run(seconds(5));
  expect(sent).toHaveLength(2);
  expect(box.rows.size).toBe(0);
});

test("a message that is gone is not brought", async () => {
  leave("a");
  messages = [];
  start();
  await settled();
  expect([sent.length, box.rows.size]).toEqual([0, 0]);
});

test("an outbox that cannot be opened is tried again soon", async () => {
  leave("a");
  box.isAway = true;
  start();
  await settled();
  expect(lines[0]?.message).toContain("cannot be read");
  box.isAway = false;
  await clock.run(LOOK_EVERY);
  expect(sent).toHaveLength(1);
});

test("many are brought a few at once, and all of them", async () => {
  let [now, most] = [0, 0];
  answer = async () => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    return ok(undefined);
  };
  for (let i = 0; i < 3 * MAILS_AT_ONCE + 1; i++) leave(`m${i}`);
  start();
  await settled();
  expect([sent.length, most, box.rows.size]).toEqual([3 * MAILS_AT_ONCE + 1, MAILS_AT_ONCE, 0]);
});

test("after its stop it begins nothing more", async () => {
  leave("a");
  leave("b");
  box.isAway = true;
  const stopped = start();
  await settled();
  await stopped.stop();
  box.isAway = false;
  stopped.wake();
  await clock.run(LOOK_EVERY);
  expect(sent).toEqual([]);
});
