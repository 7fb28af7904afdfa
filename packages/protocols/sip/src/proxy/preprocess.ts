import type { SipRequest } from "../message/message.ts";
import type { SipUri } from "../message/uri.ts";
import { parseUri } from "../message/uri.ts";
import { parseNameAddr } from "../message/values.ts";
import type { RouteMark } from "./route-mark.ts";

/** Who a proxy is, as routes see it. */
export interface Self {
  /** Reads a Record-Route value of ours. */
  readonly markOf: (uri: string) => RouteMark | undefined;
  /** Whether a URI names us. */
  readonly isOwn: (uri: SipUri) => boolean;
}

/** Where a request asks to go, once what it says of us is taken away. */
export interface Asked {
  /** The Request-URI. */
  readonly uri: string;
  /** Route values that are left, next one first. */
  readonly routes: readonly string[];
  /** Of the last Route value of ours: the side of the dialog that the request goes to. */
  readonly mark: RouteMark | undefined;
}

/**
 * Takes away the Route values that name us; we write one for each side of a dialog, so there may be several. A strict router
 * before us has put ours into the Request-URI and the target at the end. `maddr` is not looked at. @rfc 3261#16.4
 */
export function preprocess(request: SipRequest, self: Self): Asked {
  let { uri } = request;
  const routes = [...request.headers.values("Route")];
  let mark = routes.length === 0 ? undefined : self.markOf(uri);
  if (mark !== undefined) uri = parseNameAddr(routes.pop() ?? "")?.uri ?? uri;
  for (;;) {
    const first = parseNameAddr(routes[0] ?? "");
    const parsed = first === undefined ? undefined : parseUri(first.uri);
    if (first === undefined || parsed === undefined) break;
    const found = self.markOf(first.uri);
    if (found === undefined && !self.isOwn(parsed)) break;
    mark = found ?? mark;
    routes.shift();
  }
  return { uri, routes, mark };
}
