import { isToken } from "./characters.ts";

/** Names as we write them, with their compact forms. @rfc 3261#7.3.3 */
const spellings: readonly (readonly [name: string, compact?: string])[] = [
  ["Via", "v"],
  ["From", "f"],
  ["To", "t"],
  ["Call-ID", "i"],
  ["CSeq"],
  ["Contact", "m"],
  ["Max-Forwards"],
  ["Content-Length", "l"],
  ["Content-Type", "c"],
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
  ["Expires"],
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

/** From every spelling worth a fast path to the one lower-case key. */
const keys: ReadonlyMap<string, string> = new Map(
  spellings.flatMap(([name, compact]) => {
    const key = name.toLowerCase();
    const all = [name, key, name.toUpperCase()];
    return (compact === undefined ? all : [...all, compact, compact.toUpperCase()]).map((each) => [each, key] as const);
  }),
);

/** The lower-case long name by which a header is looked up, from any spelling of it. */
export const headerKey = (name: string): string => keys.get(name) ?? keys.get(name.toLowerCase()) ?? name.toLowerCase();

/** The key of a name found in a message, or undefined when it is no header name. */
export function checkedHeaderKey(name: string): string | undefined {
  const known = keys.get(name);
  if (known !== undefined) return known;
  return isToken(name) ? headerKey(name) : undefined;
}

/** A name as we write it, with its key. */
interface Spelling {
  readonly name: string;
  readonly key: string;
}

/** Our own spellings by length and first letter, so that the parser knows them without cutting the name out. */
const bySight: readonly (readonly Spelling[] | undefined)[] = sightTable();

function sightTable(): readonly (readonly Spelling[] | undefined)[] {
  const table: Spelling[][] = [];
  for (const [name, compact] of spellings) {
    for (const each of compact === undefined ? [name] : [name, compact]) {
      const slot = sightSlot(each.length, each.charCodeAt(0));
      table[slot] = [...(table[slot] ?? []), { name: each, key: name.toLowerCase() }];
    }
  }
  return table;
}

function sightSlot(length: number, firstCode: number): number {
  return length * 128 + (firstCode & 127);
}

/** The spelling of ours that stands at `start` to `end` of a text; undefined when it is another. */
export function spellingAt(text: string, start: number, end: number): Spelling | undefined {
  const candidates = bySight[sightSlot(end - start, text.charCodeAt(start))];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (text.startsWith(candidate.name, start)) return candidate;
  return undefined;
}
