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
 * second time changes nothing.
 */
export const WRITE_MESSAGES: string = `
with begun as (
  insert into voice_messages as known (${COLUMNS})
  select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as r (${RECORD})
  where exists (select from users u where u.tenant_id = r.tenant_id and u.user_id = r.user_id)
  on conflict (tenant_id, recording_id) do update
  set lasted_ms = coalesce(known.lasted_ms, excluded.lasted_ms), is_heard = known.is_heard or excluded.is_heard
), gone as (
  delete from voice_messages known using jsonb_to_recordset($3::jsonb) as r (tenant_id text, recording_id text)
  where known.tenant_id = r.tenant_id and known.recording_id = r.recording_id
)
update voice_messages known
set lasted_ms = coalesce(known.lasted_ms, r.lasted_ms), is_heard = known.is_heard or r.is_heard
from jsonb_to_recordset($2::jsonb) as r (${RECORD})
where known.tenant_id = r.tenant_id and known.recording_id = r.recording_id`;

/** A greeting that a user recorded, in place of an earlier one. */
export interface GreetingChange {
  readonly tenant: TenantId;
  readonly user: UserId;
  readonly recording: RecordingId;
}

/** Writes greetings of users who are there: `$1`. */
export const WRITE_GREETINGS: string = `
insert into greetings (tenant_id, user_id, recording_id)
select tenant_id, user_id, recording_id
from jsonb_to_recordset($1::jsonb) as r (tenant_id text, user_id text, recording_id text)
where exists (select from users u where u.tenant_id = r.tenant_id and u.user_id = r.user_id)
on conflict (tenant_id, user_id) do update set recording_id = excluded.recording_id`;
