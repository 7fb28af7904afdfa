import { SHORTEST_MESSAGE_MS } from "@cordboard/core";
import type { Millis, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { VoiceMessagesTable } from "../database/schema.ts";
import { Mailboxes } from "./memory.ts";
import type { MailboxBookOptions } from "./options.ts";
import { messageOf } from "./rows.ts";

type Parts = Pick<MailboxBookOptions, "database" | "directory" | "files" | "log">;
type Row = Selectable<VoiceMessagesTable>;

/** Reads all mailboxes, and completes or removes the messages that a crash cut. */
export async function loadMailboxes(parts: Parts): Promise<Mailboxes> {
  const { tables } = parts.database;
  const boxes = new Mailboxes();
  let cut = 0;
  for (const row of await tables.selectFrom("voice_messages").selectAll().execute()) {
    const whole = row.lasted_ms === null ? await completed(parts, row) : row;
    if (row.lasted_ms === null) cut++;
    if (whole !== undefined) boxes.put(messageOf(whole));
  }
  for (const { tenant_id, user_id, recording_id } of await tables.selectFrom("greetings").selectAll().execute())
    boxes.greet(tenant_id as TenantId, user_id as UserId, recording_id as RecordingId);
  if (cut > 0) parts.log.warn("messages that were being left at the last stop are kept as far as they got", { cut });
  return boxes;
}

/** The message with the length of its file; `undefined` when that is too short, or its user is no more. */
async function completed({ database, directory, files }: Parts, row: Row): Promise<Row | undefined> {
  const { tables } = database;
  const tenant = row.tenant_id as TenantId;
  const recording = row.recording_id as RecordingId;
  const isThere = directory.user(tenant, row.user_id as UserId) !== undefined;
  const lasted: Millis | undefined = isThere ? await files.lengthOf(tenant, recording) : undefined;
  if (lasted === undefined || lasted < SHORTEST_MESSAGE_MS) {
    const gone = tables.deleteFrom("voice_messages").where("tenant_id", "=", tenant);
    await gone.where("recording_id", "=", recording).execute();
    await files.remove(tenant, recording);
    return undefined;
  }
  const kept = { ...row, lasted_ms: Math.round(lasted) };
  await tables
    .insertInto("mail_outbox")
    .columns(["tenant_id", "recording_id", "user_id", "queued_at", "due_at"])
    .expression((from) =>
      from
        .selectFrom("voice_messages as v")
        .innerJoin("mail_wishes as w", (join) =>
          join.onRef("w.tenant_id", "=", "v.tenant_id").onRef("w.user_id", "=", "v.user_id"),
        )
        .select(["v.tenant_id", "v.recording_id", "v.user_id", "v.left_at as queued_at", "v.left_at as due_at"])
        .where("v.tenant_id", "=", tenant)
        .where("v.recording_id", "=", recording),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const change = tables.updateTable("voice_messages").set({ lasted_ms: kept.lasted_ms });
  await change.where("tenant_id", "=", tenant).where("recording_id", "=", recording).execute();
  return kept;
}
