import type { CallRecording, KeptRecording } from "@cordboard/core";
import type { CallId, LegId, Millis, RecordingId, TenantId } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { RecordingsTable } from "../database/schema.ts";

/** What is to be written about one recording; what is absent stays as it is. */
export interface RecordingChange {
  readonly tenant: TenantId;
  readonly id: RecordingId;
  readonly opened?: CallRecording;
  readonly lasted?: Millis;
}

/** The change as one record for the database, under the names of the columns. */
export const recordOf = ({ tenant, id, opened, lasted }: RecordingChange): Readonly<Record<string, unknown>> => ({
  tenant_id: tenant,
  recording_id: id,
  ...(opened && {
    call_id: opened.call,
    leg_id: opened.leg,
    extension: opened.extension,
    other_name: opened.other.name,
    other_number: opened.other.number,
    started_at: isoText(opened.startedAt),
    started_by: opened.by,
  }),
  ...(lasted !== undefined && { lasted_ms: Math.round(lasted) }),
});

/** A recording from its row. */
export const recordingOf = (row: Selectable<RecordingsTable>): KeptRecording => ({
  id: row.recording_id as RecordingId,
  tenant: row.tenant_id as TenantId,
  call: row.call_id as CallId,
  leg: row.leg_id as LegId,
  extension: row.extension,
  other: { name: row.other_name, number: row.other_number },
  startedAt: row.started_at,
  by: row.started_by as CallRecording["by"],
  lasted: row.lasted_ms as Millis | null,
});

const RECORD = `tenant_id text, recording_id text, call_id text, leg_id text, extension text, other_name text, other_number text,
  started_at timestamptz, started_by text, lasted_ms integer`;

/**
 * Writes a group of changes in one statement: `$1` are recordings that begin (perhaps they have ended already), `$2` are ends of
 * those that began before. A length is set once. Writing a group a second time changes nothing.
 */
export const WRITE_RECORDINGS: string = `
with begun as (
  insert into recordings as known select * from jsonb_to_recordset($1::jsonb) as r (${RECORD})
  on conflict (tenant_id, recording_id) do update set lasted_ms = coalesce(known.lasted_ms, excluded.lasted_ms)
)
update recordings known set lasted_ms = r.lasted_ms
from jsonb_to_recordset($2::jsonb) as r (${RECORD})
where known.tenant_id = r.tenant_id and known.recording_id = r.recording_id and known.lasted_ms is null`;
