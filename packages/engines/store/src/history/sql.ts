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

const SETS = changes("excluded", "h");

/** A column of a row that is there: what the change says of it, if it may. */
const changed = (column: string): string => {
  if (column === "touched_at") return "r.touched_at";
  if (!CHANGEABLE.includes(column)) return `x.${column}`;
  return column === "lastapp" ? "coalesce(r.lastapp, x.lastapp)" : `r.${column}`;
};

/**
 * Writes a group of changes in one statement, which is one transaction and one round trip: `$1` are calls that begin
 * (perhaps they have been answered, or have ended, already), `$2` are changes of calls that began before. A row that has
 * ended is never changed. Writing a group a second time, after a commit whose answer was lost, changes nothing.
 *
 * Changes too are put in as rows, of what is there already, and so meet the row of their key: whatever the planner believes of
 * how many changes come and how many calls are up, each costs two looks at the key's index. A plain update was planned to read
 * all calls that are up, or the whole table, for each group.
 */
export const WRITE_ROWS: string = `
with begun as (
  insert into history as h (${COLUMNS})
  select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as r (${RECORD})
  on conflict (tenant_id, call_id) do update set ${SETS}
  where h.ended_at is null
)
insert into history as h (${COLUMNS})
select ${Object.keys(TYPES).map(changed).join(", ")}
from jsonb_to_recordset($2::jsonb) as r (${RECORD}), lateral (
  select * from history x where x.tenant_id = r.tenant_id and x.call_id = r.call_id limit 1
) as x
on conflict (tenant_id, call_id) do update set ${SETS}
where h.ended_at is null`;
