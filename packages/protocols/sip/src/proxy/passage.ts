import type { Core } from "../agent/core.ts";
import type { Endpoint, Flow } from "../agent/flow.ts";
import type { Hop, Path } from "../agent/outbound.ts";
import type { SipRequest } from "../message/message.ts";
import { printHost } from "../message/uri.ts";
import { aim, forwardedRequest } from "./forwarded.ts";
import type { Asked } from "./preprocess.ts";
import type { Marker } from "./route-mark.ts";
import { recordRoute } from "./route-mark.ts";
import type { Target } from "./types.ts";

/** A request on its way through us. */
export interface Passage {
  readonly request: SipRequest;
  /** The way that it came by. */
  readonly flow: Flow;
  /** What its sender should see as our address. */
  readonly local: Endpoint;
  readonly asked: Asked;
  readonly loopMark: string;
  readonly marker: Marker;
  /** Whether we stay on the way of the dialog that the request may make. */
  readonly recordsRoute: boolean;
}

/** Where the copy for a target goes. */
export function hopTo({ asked }: Passage, target: Target): Hop {
  const { next } = aim(target.uri, routesTo(asked, target));
  return { uri: next, flow: target.flow };
}

/** The copy for a target over a path. */
export function copyTo(core: Core, passage: Passage, way: Way): SipRequest {
  const { target, path, maxBreadth } = way;
  const { flow, local } = path;
  const { uri, routes } = aim(target.uri, routesTo(passage.asked, target));
  const branch = `${core.newBranch()}.${passage.loopMark}`;
  return forwardedRequest(passage.request, {
    uri,
    routes,
    via: `SIP/2.0/${flow.transport.toUpperCase()} ${printHost(local.address)}:${local.port};branch=${branch};rport`,
    recordRoutes: passage.recordsRoute ? recordRoutes(passage, way) : [],
    maxBreadth,
  });
}

/** Which target is reached how. */
export interface Way {
  readonly target: Target;
  readonly path: Path;
  readonly maxBreadth: number;
}

const routesTo = (asked: Asked, target: Target): readonly string[] => [...(target.route ?? []), ...asked.routes];

/** One value a side, the target's on top; one for both where they are the same. @rfc 3261#16.6 step 4 @rfc 5658 */
function recordRoutes({ request, flow, local, marker }: Passage, { target, path }: Way): readonly string[] {
  const callId = request.headers.callId ?? "";
  const caller = { callId, transport: flow.transport, local, pin: isDirect(request, flow) ? flow : undefined };
  const callee = {
    callId,
    transport: path.flow.transport,
    local: path.local,
    pin: target.flow === undefined ? undefined : path.flow,
  };
  return [...new Set([recordRoute(marker, callee), recordRoute(marker, caller)])];
}

/** Whether the sender is a phone that is best reached the way that it came by, because it may sit behind NAT. */
function isDirect({ headers }: SipRequest, flow: Flow): boolean {
  if (headers.values("Via").length > 1) return false;
  return flow.connection !== undefined || headers.via?.params.has("rport") === true;
}
