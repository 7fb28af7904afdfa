import type { Directory, KeptRecording, MailboxCounts, User, VoiceMessage } from "@cordboard/core";
import type { TenantId } from "@cordboard/kernel";
import { isoText, ok, refused } from "@cordboard/kernel";
import type { StoredMailboxes, StoredRecordings } from "@cordboard/store";
import type { SoundFolder } from "../system/recording-files.ts";
import type { Administration, ShownMessage, ShownRecording } from "./administration.ts";
import { noUser } from "./refusal.ts";

/** What {@link recordedPart} works on. */
interface RecordedParts {
  readonly directory: Directory;
  readonly recordings: Pick<StoredRecordings, "list" | "remove">;
  readonly mailboxes: Pick<StoredMailboxes, "mailbox" | "change">;
  readonly sounds: Pick<SoundFolder, "pathOf">;
  readonly onMailbox: (tenant: TenantId, counts: MailboxCounts) => void;
}

type RecordedPart = Pick<
  Administration,
  "listRecordings" | "deleteRecording" | "listMessages" | "deleteMessage" | "greeting"
>;

/** The administration of what was recorded: calls, and messages for users. */
export function recordedPart({ directory, recordings, mailboxes, sounds, onMailbox }: RecordedParts): RecordedPart {
  const messagesOf = ({ tenant, id, extension }: User): readonly ShownMessage[] =>
    (mailboxes.mailbox(tenant, id)?.messages ?? []).map((message) => shownMessage(message, extension, sounds));
  return {
    listRecordings: async (tenant, query) =>
      (await recordings.list(tenant, query)).map((recording) => shownRecording(recording, sounds)),
    async deleteRecording(tenant, id) {
      const removed = await recordings.remove(tenant, id);
      if (removed.ok) return removed;
      const { code } = removed.error;
      if (code === "still-recording") return refused({ code, why: "it still runs; stop it first" });
      return refused({ code, why: `there is no recording ${id}; recordings list shows those that there are` });
    },
    listMessages(tenant, extension) {
      if (extension === undefined) return Promise.resolve(ok(directory.users(tenant).flatMap(messagesOf)));
      const user = directory.userAt(tenant, extension);
      return Promise.resolve(user === undefined ? refused(noUser(extension)) : ok(messagesOf(user)));
    },
    async deleteMessage(tenant, message) {
      const counts = await mailboxes.change({ type: "delete", tenant, message });
      if (counts === undefined)
        return refused({
          code: "no-such-message",
          why: `there is no message ${message}; voicemail list shows those that there are`,
        });
      onMailbox(tenant, counts);
      return ok(undefined);
    },
    async greeting(tenant, extension, isReset) {
      const user = directory.userAt(tenant, extension);
      if (user === undefined) return refused(noUser(extension));
      if (isReset) await mailboxes.change({ type: "reset-greeting", tenant, user: user.id });
      const greeting = mailboxes.mailbox(tenant, user.id)?.greeting ?? null;
      return ok({ extension, file: greeting === null ? null : sounds.pathOf(tenant, greeting) });
    },
  };
}

const inSeconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

const shownRecording = (
  { id, tenant, call, extension, other, startedAt, lasted, by }: KeptRecording,
  sounds: Pick<SoundFolder, "pathOf">,
): ShownRecording => ({
  id,
  call,
  extension,
  other,
  startedAt: isoText(startedAt),
  lasted: lasted === null ? null : inSeconds(lasted),
  by,
  file: sounds.pathOf(tenant, id),
});

const shownMessage = (
  { id, tenant, from, at, lasted, isHeard, recording }: VoiceMessage,
  extension: string,
  sounds: Pick<SoundFolder, "pathOf">,
): ShownMessage => ({
  id,
  extension,
  from,
  at: isoText(at),
  lasted: inSeconds(lasted),
  isHeard,
  file: sounds.pathOf(tenant, recording),
});
