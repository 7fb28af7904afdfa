import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import { parseNameAddr } from "../message/values.ts";

/** What makes the copy of a request that is passed on. */
export interface Copy {
  readonly uri: string;
  readonly routes: readonly string[];
  /** Our Via value. */
  readonly via: string;
  /** Ours, next to the target first; empty to stay out of the dialog. */
  readonly recordRoutes: readonly string[];
  readonly maxBreadth: number;
}

/** Where a copy goes, and what it says there. */
export interface Aim {
  readonly uri: string;
  readonly routes: readonly string[];
  /** URI of the next hop. */
  readonly next: string;
}

/** The next hop: the first Route, else the Request-URI; before a strict router both change places. @rfc 3261#16.6 step 6 */
export function aim(uri: string, routes: readonly string[]): Aim {
  const [first, ...others] = routes;
  const next = first === undefined ? undefined : parseNameAddr(first)?.uri;
  if (next === undefined) return { uri, routes, next: uri };
  const isLoose = parseUri(next)?.params.has("lr") === true;
  return isLoose ? { uri, routes, next } : { uri: next, routes: [...others, `<${uri}>`], next };
}

/** Fields that the copy has its own of. */
const replaced: ReadonlySet<string> = new Set(["route", "max-forwards", "max-breadth"]);

/** The copy of a request that goes to one target; everything that is not ours stays as it came. @rfc 3261#16.6 */
export function forwardedRequest(request: SipRequest, copy: Copy): SipRequest {
  const maxForwards = (request.headers.maxForwards ?? 71) - 1;
  const fields: HeaderField[] = [
    ["Via", copy.via],
    ...copy.recordRoutes.map((value): HeaderField => ["Record-Route", value]),
    ...copy.routes.map((value): HeaderField => ["Route", value]),
    ["Max-Forwards", String(maxForwards)],
    ["Max-Breadth", String(copy.maxBreadth)],
    ...request.headers.fields().filter(([name]) => !replaced.has(name.toLowerCase())),
  ];
  return { ...request, uri: copy.uri, headers: Headers.of(fields) };
}
