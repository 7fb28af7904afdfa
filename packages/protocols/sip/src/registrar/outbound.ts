import type { SipRequest } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import type { NameAddr } from "../message/values.ts";
import { parseNameAddr } from "../message/values.ts";

/** Proxies on the way to a phone, and characters of all their addresses; more is refused. */
const MAX_PATH = { values: 8, characters: 1024 };

/** The proxies that want to be on the way to the contact, the next one first; undefined when malformed or too many. @rfc 3327#5.3 */
export function pathOf({ headers }: SipRequest): readonly string[] | undefined {
  const path = headers.values("Path");
  if (path.length === 0) return [];
  const length = path.reduce((sum, value) => sum + value.length, 0);
  if (path.length > MAX_PATH.values || length > MAX_PATH.characters) return undefined;
  return path.every((value) => uriOf(value) !== undefined) ? path : undefined;
}

const uriOf = (value: string): ReturnType<typeof parseUri> => parseUri(parseNameAddr(value)?.uri ?? "");

/** Whether the client says that it knows an extension. */
export const supports = ({ headers }: SipRequest, extension: string): boolean =>
  headers.values("Supported").some((value) => value.toLowerCase() === extension) ||
  headers.values("Require").some((value) => value.toLowerCase() === extension);

/**
 * Which of its phone's flows a contact is: undefined when it does not ask for outbound, or cannot (no instance); `lacking` when a
 * proxy stands between that does not keep flows; `malformed`. @rfc 5626#6
 */
export function flowOf(
  contact: NameAddr,
  request: SipRequest,
  path: readonly string[],
): number | undefined | "lacking" | "malformed" {
  const text = contact.params.get("reg-id");
  if (text === undefined) return undefined;
  const regId = text !== null && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(regId < 2 ** 31)) return "malformed";
  if (typeof contact.params.get("+sip.instance") !== "string" || !supports(request, "outbound")) return undefined;
  return isFirstHop(request) || keepsFlows(path) ? regId : "lacking";
}

const isFirstHop = ({ headers }: SipRequest): boolean => headers.values("Via").length === 1;

/** The proxy next to the phone says that it keeps the flow: it stands last, but some read "first" in the RFC as the first listed. */
const keepsFlows = (path: readonly string[]): boolean =>
  [path[0], path.at(-1)].some((value) => value !== undefined && uriOf(value)?.params.has("ob") === true);
