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
