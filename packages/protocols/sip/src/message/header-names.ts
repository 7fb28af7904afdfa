import { isToken } from "./characters.ts";

/** A name as we write it, and its compact form if it has one. */
type Spelled = readonly [name: string, compact?: string];

/** Names of fields that a message has once at most, with their compact forms. @rfc 3261#7.3.1 */
const single: readonly Spelled[] = [
  ["From", "f"],
  ["To", "t"],
  ["Call-ID", "i"],
  ["CSeq"],
  ["Max-Forwards"],
  ["Content-Length", "l"],
  ["Content-Type", "c"],
  ["Expires"],
];

/** Names as we write them, with their compact forms. @rfc 3261#7.3.3 */
const spellings: readonly Spelled[] = [
  ...single,
  ["Via", "v"],
  ["Contact", "m"],
  ["Content-Encoding", "e"],
  ["Content-Disposition"],
  ["Route"],
  ["Record-Route"],
  ["User-Agent"],
  ["Server"],
  ["Allow"],
  ["Allow-Events", "u"],
  ["Supported", "k"],
  ["Require"],
  ["Proxy-Require"],
  ["Unsupported"],
  ["Min-Expires"],
  ["Authorization"],
  ["Proxy-Authorization"],
  ["WWW-Authenticate"],
  ["Proxy-Authenticate"],
  ["Authentication-Info"],
  ["Accept"],
  ["Accept-Encoding"],
  ["Accept-Language"],
  ["Subject", "s"],
  ["Date"],
  ["Reason"],
  ["Retry-After"],
  ["Event", "o"],
  ["Refer-To", "r"],
  ["Referred-By", "b"],
  ["Replaces"],
  ["Session-Expires", "x"],
  ["Min-SE"],
  ["Path"],
  ["Timestamp"],
  ["Warning"],
  ["P-Asserted-Identity"],
  ["P-Preferred-Identity"],
  ["Remote-Party-ID"],
  ["Privacy"],
  ["Diversion"],
  ["Identity", "y"],
  ["MIME-Version"],
  ["Organization"],
  ["Alert-Info"],
  ["Call-Info"],
  ["Subscription-State"],
  ["RSeq"],
  ["RAck"],
];

/** From every spelling worth a fast path to the number of the name. */
const numbers: ReadonlyMap<string, number> = new Map(
  spellings.flatMap(([name, compact], number) => {
    const all = [name, name.toLowerCase(), name.toUpperCase()];
    return (compact === undefined ? all : [...all, compact, compact.toUpperCase()]).map(
      (each) => [each, number] as const,
    );
  }),
);

const keys: readonly string[] = spellings.map(([name]) => name.toLowerCase());

/** The number of a name that is none of ours. */
export const UNKNOWN = -1;

/** What a name of ours, in any spelling, is told by among the fields of a message; {@link UNKNOWN} for others. */
export const headerNumber = (name: string): number => numbers.get(name) ?? numbers.get(name.toLowerCase()) ?? UNKNOWN;

/** The lower-case long name by which a header is looked up, from any spelling of it. */
export const headerKey = (name: string): string => keys[headerNumber(name)] ?? name.toLowerCase();

/** Whether a message has a field of this number once at most. */
export const isSingle = (number: number): boolean => number >= 0 && number < single.length;

/** The number of the name that stands at `start` to `end` of a text; undefined when it is no header name. */
export function headerNumberAt(text: string, start: number, end: number): number | undefined {
  const candidates = bySight[sightSlot(end - start, text.charCodeAt(start))];
  if (candidates !== undefined)
    for (const each of candidates) if (text.startsWith(each.name, start)) return each.number;
  const name = text.slice(start, end);
  return isToken(name) ? headerNumber(name) : undefined;
}

/** Our own spellings by length and first letter, so that the parser knows them without cutting the name out. */
const bySight: readonly (readonly { readonly name: string; readonly number: number }[] | undefined)[] = sightTable();

function sightTable(): typeof bySight {
  const table: { readonly name: string; readonly number: number }[][] = [];
  for (const [number, all] of spellings.entries()) {
    for (const name of all.filter((each) => each !== undefined)) {
      const slot = sightSlot(name.length, name.charCodeAt(0));
      table[slot] = [...(table[slot] ?? []), { name, number }];
    }
  }
  return table;
}

function sightSlot(length: number, firstCode: number): number {
  return length * 128 + (firstCode & 127);
}
