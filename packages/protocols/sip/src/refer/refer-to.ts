import type { HeaderField, HeaderList } from "../message/header-field.ts";
import { headerKey } from "../message/header-names.ts";
import type { Headers } from "../message/headers.ts";
import type { NameAddr } from "../message/values.ts";
import { parseNameAddr } from "../message/values.ts";
import type { Replaces } from "./replaces.ts";
import { parseReplaces, printReplaces } from "./replaces.ts";

/** Headers that a Refer-To may carry for the request that it asks for. */
const MOST_HEADERS = 16;

/** Whom a REFER asks us to reach, and how. @rfc 3515#2.1 */
export interface ReferTarget {
  /** Without what stands behind its `?`. */
  readonly uri: string;
  readonly display: string | undefined;
  /** The method to use there, `INVITE` unless the URI says otherwise. */
  readonly method: string;
  /** The dialog whose place the new call is to take. */
  readonly replaces: Replaces | undefined;
  /** Further headers that the new request is asked to carry, escapes undone. Nobody has to. */
  readonly headers: HeaderList;
}

/** Reads a Refer-To value; undefined when it, or a Replaces within it, is malformed. */
export function parseReferTo(text: string): ReferTarget | undefined {
  const address = parseNameAddr(text);
  if (address === undefined) return undefined;
  const question = address.uri.indexOf("?");
  const whole = question < 0 ? address.uri : address.uri.slice(0, question);
  const fields = question < 0 ? [] : headersWithin(address.uri.slice(question + 1));
  if (fields === undefined) return undefined;
  const wanted = fields.filter(([name]) => headerKey(name) === "replaces");
  const replaces = wanted[0] === undefined ? undefined : parseReplaces(wanted[0][1]);
  if (wanted.length > 1 || (wanted.length === 1 && replaces === undefined)) return undefined;
  const { uri, method } = methodOf(whole);
  const headers = fields.filter(([name]) => headerKey(name) !== "replaces");
  return { uri, display: address.display, method, replaces, headers };
}

/** Prints a Refer-To value for a URI, which gets the Replaces of the call whose place it is to take. */
export function printReferTo(uri: string, replaces?: Replaces): string {
  if (replaces === undefined) return `<${uri}>`;
  const joint = uri.includes("?") ? "&" : "?";
  return `<${uri}${joint}Replaces=${encodeURIComponent(printReplaces(replaces))}>`;
}

/** The only Refer-To of a REFER; undefined when there is none, several, or one that cannot be read. @rfc 3515#2.4.2 */
export function referTargetOf(headers: Headers): ReferTarget | undefined {
  const [value, ...more] = headers.values("Refer-To");
  return value === undefined || more.length > 0 ? undefined : parseReferTo(value);
}

/** Who asked, by Referred-By; undefined when the request does not say or it cannot be read. @rfc 3892#3 */
export function referredByOf(headers: Headers): NameAddr | undefined {
  const value = headers.get("Referred-By");
  return value === undefined ? undefined : parseNameAddr(value);
}

/** The URI without its `method` parameter, and the method that it named. @rfc 3261#19.1.1 */
function methodOf(whole: string): { readonly uri: string; readonly method: string } {
  const [address = "", ...params] = whole.split(";");
  const named = params.find((param) => param.toLowerCase().startsWith("method="));
  if (named === undefined) return { uri: whole, method: "INVITE" };
  const uri = [address, ...params.filter((param) => param !== named)].join(";");
  return { uri, method: named.slice("method=".length).toUpperCase() };
}

/** What stands behind the `?` of a URI; undefined when an escape is none, a line end is smuggled in, or there are too many. */
function headersWithin(text: string): readonly HeaderField[] | undefined {
  const parts = text.split("&").filter((part) => part !== "");
  if (parts.length > MOST_HEADERS) return undefined;
  const fields: HeaderField[] = [];
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = unescaped(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? "" : unescaped(part.slice(equals + 1));
    if (name === undefined || name === "" || value === undefined) return undefined;
    fields.push([name, value]);
  }
  return fields;
}

function unescaped(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text);
    return hasControl(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
}
