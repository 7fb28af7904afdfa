/** Columns of a change, with the types by which JSON becomes a row. */
const TYPES = {
  tenant_id: "text",
  call_id: "text",
  started_at: "timestamptz",
  answered_at: "timestamptz",
  ended_at: "timestamptz",
  touched_at: "timestamptz",
  src: "text",
  dst: "text",
  from_name: "text",
  from_number: "text",
  to_name: "text",
  to_number: "text",
  lastapp: "text",
  lastdata: "text",
  channel: "text",
  dstchannel: "text",
  disposition: "text",
  cause: "integer",
  sip_status: "integer",
  ended_by: "text",
  quality: "jsonb",
};

const COLUMNS = Object.keys(TYPES).join(", ");
const RECORD = Object.entries(TYPES)
  .map(([column, type]) => `${column} ${type}`)
  .join(", ");

/** What a later change may set. What it does not name stays. */
const CHANGEABLE = [
  "answered_at",
  "ended_at",
  "disposition",
  "lastapp",
  "dstchannel",
  "cause",
  "sip_status",
  "ended_by",
  "quality",
];

const changes = (newer: string, older: string): string =>
  [
    ...CHANGEABLE.map((column) => `${column} = coalesce(${newer}.${column}, ${older}.${column})`),
    `touched_at = greatest(${newer}.touched_at, ${older}.touched_at)`,
  ].join(", ");

/**
 * Writes a group of changes in one statement, which is one transaction and one round trip: `$1` are calls that begin
 * (perhaps they have been answered, or have ended, already), `$2` are changes of calls that began before. A row that has
 * ended is never changed. Writing a group a second time, after a commit whose answer was lost, changes nothing.
 *
 * Each row to change is looked up by its key (a limit within `lateral` leaves no other way): the planner knows neither how many
 * changes come nor how many calls are up, and joined them by reading all calls that are up for each group.
 */
export const WRITE_ROWS: string = `
with begun as (
  insert into history as h (${COLUMNS})
  select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as r (${RECORD})
  on conflict (tenant_id, call_id) do update set ${changes("excluded", "h")}
  where h.ended_at is null
)
update history h set ${changes("r", "h")}
from jsonb_to_recordset($2::jsonb) as r (${RECORD}), lateral (
  select x.ctid from history x where x.tenant_id = r.tenant_id and x.call_id = r.call_id limit 1
) as k
where h.ctid = k.ctid and h.ended_at is null`;
