import type { MailOutbox, WaitingMail } from "@cordboard/core";
import type { Instant, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import { moment } from "../database/schema.ts";

/**
 * Messages that wait for the postman, in the database. They come in with the same statement that completes them, see
 * {@link WRITE_MESSAGES} in rows.ts; those whose user wants no mail any more go unseen.
 */
export const createMailOutbox = ({ tables }: Pick<Database, "tables">): MailOutbox => ({
  async due(now, count) {
    const unwanted = sql<boolean>`not exists (select from mail_wishes w where w.tenant_id = mail_outbox.tenant_id
      and w.user_id = mail_outbox.user_id)`;
    await tables.deleteFrom("mail_outbox").where("due_at", "<=", moment(now)).where(unwanted).execute();
    const waiting = tables
      .selectFrom("mail_outbox as m")
      .innerJoin("mail_wishes as w", (join) =>
        join.onRef("w.tenant_id", "=", "m.tenant_id").onRef("w.user_id", "=", "m.user_id"),
      )
      .select(["m.tenant_id", "m.user_id", "m.recording_id", "m.queued_at", "m.due_at", "m.tries"])
      .select(["w.address", "w.has_sound", "w.is_deleted_after"])
      .orderBy("m.due_at")
      .limit(count + 1);
    const rows = await waiting.execute();
    const due = rows.filter(({ due_at }) => due_at <= now).slice(0, count);
    return { mails: due.map(mailOf), next: rows[due.length]?.due_at ?? null };
  },
  async postpone(tenant, recording, until) {
    await tables
      .updateTable("mail_outbox")
      .set(({ eb }) => ({ due_at: isoText(until), tries: eb("tries", "+", 1) }))
      .where("tenant_id", "=", tenant)
      .where("recording_id", "=", recording)
      .execute();
  },
  async remove(tenant, recording) {
    const gone = tables.deleteFrom("mail_outbox").where("tenant_id", "=", tenant);
    await gone.where("recording_id", "=", recording).execute();
  },
});

const mailOf = (row: {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly recording_id: string;
  readonly queued_at: Instant;
  readonly tries: number;
  readonly address: string;
  readonly has_sound: boolean;
  readonly is_deleted_after: boolean;
}): WaitingMail => ({
  tenant: row.tenant_id as TenantId,
  user: row.user_id as UserId,
  recording: row.recording_id as RecordingId,
  queuedAt: row.queued_at,
  tries: row.tries,
  wishes: { address: row.address, hasSound: row.has_sound, isDeletedAfter: row.is_deleted_after },
});
