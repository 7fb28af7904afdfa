import type { Millis } from "@cordboard/kernel";
import type { Core } from "../agent/core.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { parseNameAddr } from "../message/values.ts";
import type { Passage } from "./passage.ts";
import type { Asked } from "./preprocess.ts";
import type { Marker } from "./route-mark.ts";
import type { ProxyOptions, RouteQuestion, Routing } from "./types.ts";

/** {@link ProxyOptions} with nothing left out. */
export interface ProxyTerms {
  readonly route: ProxyOptions["route"];
  readonly serves: (request: SipRequest) => boolean;
  readonly names: ReadonlySet<string>;
  readonly supported: ReadonlySet<string>;
  readonly recordRoute: boolean;
  readonly marker: Marker;
  readonly timerC: Millis;
}

/**
 * Finds out what becomes of a request and goes on with it, at once where that is possible. A request in a dialog that passes here
 * goes where its routes say; nobody is asked. @rfc 3261#16.5
 */
export function decide(core: Core, passage: Passage, { route }: ProxyTerms, go: (routing: Routing) => void): void {
  const { asked, request } = passage;
  if (asked.mark !== undefined && request.headers.toTag !== undefined) {
    const { pin } = asked.mark;
    return go({ targets: [pin === undefined ? { uri: asked.uri } : { uri: asked.uri, flow: pin }] });
  }
  const fail = (cause: unknown): void => {
    core.log.error("a SIP route was not found out", { cause });
    go({ status: 500 });
  };
  let routing: Routing | Promise<Routing>;
  try {
    routing = route(questionOf(passage));
  } catch (cause) {
    return fail(cause);
  }
  if ("then" in routing) routing.then(go, fail);
  else go(routing);
}

function questionOf({ request, flow, local, asked }: Passage): RouteQuestion {
  const onward = parseNameAddr(asked.routes[0] ?? "")?.uri;
  return { request: withoutOurs(request, asked), flow, local, onward };
}

function withoutOurs(request: SipRequest, { uri, routes }: Asked): SipRequest {
  if (uri === request.uri && routes.length === request.headers.values("Route").length) return request;
  const others = request.headers.fields().filter(([name]) => name.toLowerCase() !== "route");
  const left = routes.map((value): HeaderField => ["Route", value]);
  return { ...request, uri, headers: Headers.of([...left, ...others]) };
}
