import type { VoiceMessage } from "@cordboard/core";
import type { CallId, Millis, RecordingId, TenantId, UserId, VoiceMessageId } from "@cordboard/kernel";
import { isoText, ms } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { VoiceMessagesTable } from "../database/schema.ts";

/** What is to be written about one message, named by its recording; what is absent stays as it is. */
export interface MessageChange {
  readonly tenant: TenantId;
  readonly recording: RecordingId;
  readonly begun?: VoiceMessage;
  readonly lasted?: Millis;
  readonly isHeard?: true;
  readonly isGone?: true;
}

/** The change as one record for the database, under the names of the columns. */
export const recordOf = ({
  tenant,
  recording,
  begun,
  lasted,
  isHeard,
}: MessageChange): Readonly<Record<string, unknown>> => ({
  tenant_id: tenant,
  recording_id: recording,
  ...(begun && {
    message_id: begun.id,
    user_id: begun.user,
    from_name: begun.from.name,
    from_number: begun.from.number,
    left_at: isoText(begun.at),
    call_id: begun.call,
  }),
  ...(lasted !== undefined && { lasted_ms: Math.round(lasted) }),
  is_heard: isHeard === true,
});

/** A message from its row. */
export const messageOf = (row: Selectable<VoiceMessagesTable>): VoiceMessage => ({
  id: row.message_id as VoiceMessageId,
  tenant: row.tenant_id as TenantId,
  user: row.user_id as UserId,
  from: { name: row.from_name, number: row.from_number },
  at: row.left_at,
  lasted: ms(row.lasted_ms ?? 0),
  isHeard: row.is_heard,
  recording: row.recording_id as RecordingId,
  call: row.call_id as CallId,
});

const COLUMNS =
  "tenant_id, message_id, user_id, from_name, from_number, left_at, lasted_ms, is_heard, recording_id, call_id";
const RECORD = `tenant_id text, message_id text, user_id text, from_name text, from_number text, left_at timestamptz,
  lasted_ms integer, is_heard boolean, recording_id text, call_id text`;

/**
 * Writes a group of changes in one statement: `$1` are messages that begin (perhaps they are complete already), `$2` changes of those
 * that began before, `$3` messages that go. Messages for users who have been removed in the meantime are left out. Writing a group a
 * second time changes nothing. A message that becomes complete goes into the outbox as well, where its user wants mail.
 */
export const WRITE_MESSAGES: string = `
with begun as (
  insert into voice_messages as known (${COLUMNS})
  select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as r (${RECORD})
  where exists (select from users u where u.tenant_id = r.tenant_id and u.user_id = r.user_id)
  on conflict (tenant_id, recording_id) do update
  set lasted_ms = coalesce(known.lasted_ms, excluded.lasted_ms), is_heard = known.is_heard or excluded.is_heard
), mailed as (
  insert into mail_outbox (tenant_id, recording_id, user_id, queued_at, due_at)
  select r.tenant_id, r.recording_id, r.user_id, r.left_at, r.left_at from jsonb_to_recordset($1::jsonb) as r (${RECORD})
  join mail_wishes w on w.tenant_id = r.tenant_id and w.user_id = r.user_id
  where r.lasted_ms is not null and not exists (select from voice_messages v
    where v.tenant_id = r.tenant_id and v.recording_id = r.recording_id and v.lasted_ms is not null)
  on conflict do nothing
), gone as (
  delete from voice_messages known using jsonb_to_recordset($3::jsonb) as r (tenant_id text, recording_id text)
  where known.tenant_id = r.tenant_id and known.recording_id = r.recording_id
)
update voice_messages known
set lasted_ms = coalesce(known.lasted_ms, r.lasted_ms), is_heard = known.is_heard or r.is_heard
from jsonb_to_recordset($2::jsonb) as r (${RECORD})
where known.tenant_id = r.tenant_id and known.recording_id = r.recording_id`;

/** A greeting that a user recorded, in place of an earlier one; null: the house's again. */
export interface GreetingChange {
  readonly tenant: TenantId;
  readonly user: UserId;
  readonly recording: RecordingId | null;
}

/** Writes greetings of users who are there: `$1`. */
export const WRITE_GREETINGS: string = `
with gone as (
  delete from greetings known
  using jsonb_to_recordset($1::jsonb) as r (tenant_id text, user_id text, recording_id text)
  where known.tenant_id = r.tenant_id and known.user_id = r.user_id and r.recording_id is null
)
insert into greetings (tenant_id, user_id, recording_id)
select tenant_id, user_id, recording_id
from jsonb_to_recordset($1::jsonb) as r (tenant_id text, user_id text, recording_id text)
where r.recording_id is not null
  and exists (select from users u where u.tenant_id = r.tenant_id and u.user_id = r.user_id)
on conflict (tenant_id, user_id) do update set recording_id = excluded.recording_id`;
