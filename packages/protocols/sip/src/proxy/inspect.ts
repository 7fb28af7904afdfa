import type { HeaderList } from "../message/header-field.ts";
import type { SipRequest } from "../message/message.ts";
import { parseUri, uriScheme } from "../message/uri.ts";
import { parseVia } from "../message/values.ts";
import type { Marker } from "./route-mark.ts";

/** Why a request is not passed on. */
export interface ForwardRefusal {
  readonly status: 400 | 416 | 420 | 440 | 482 | 483;
  readonly reason?: string;
  readonly headers?: HeaderList;
}

const schemes: ReadonlySet<string> = new Set(["sip", "sips", "tel"]);

/** What keeps a proxy from passing a request on, in the RFC's order of looking. @rfc 3261#16.3 */
export function inspectForwarding(
  request: SipRequest,
  mark: string,
  supported: ReadonlySet<string>,
): ForwardRefusal | undefined {
  const { headers, uri } = request;
  const scheme = uriScheme(uri) ?? "";
  if (scheme === "") return { status: 400, reason: "Malformed Request-URI" };
  if (!schemes.has(scheme)) return { status: 416 };
  if (scheme !== "tel" && parseUri(uri) === undefined) return { status: 400, reason: "Malformed Request-URI" };
  if (headers.maxForwards === 0) return { status: 483 };
  if (hasPassed(request, mark)) return { status: 482 };
  const unknown = headers.values("Proxy-Require").filter((tag) => !supported.has(tag));
  return unknown.length === 0 ? undefined : { status: 420, headers: [["Unsupported", unknown.join(", ")]] };
}

/**
 * What a request is routed by, as a short text that ends the branch of each of its copies: when it comes back the same, it
 * goes in a circle; when its Request-URI has become another, it only comes by again. Via is not part of it, because that grows
 * on the way round. @rfc 3261#16.6 step 8 @rfc 5393#4.2.1
 */
export function loopMark({ hash, key }: Marker, { uri, headers }: SipRequest): string {
  const parts = [
    uri,
    ...headers.values("Route"),
    headers.fromTag ?? "",
    headers.toTag ?? "",
    headers.callId ?? "",
    String(headers.cseq?.number ?? 0),
    ...headers.all("Proxy-Require"),
    ...headers.all("Proxy-Authorization"),
  ];
  return hash.hmac(key, `loop ${parts.join("\n")}`).slice(0, 16);
}

/** Whether one of the Via values is from when this very request was here before. @rfc 3261#16.3 step 4 */
function hasPassed({ headers }: SipRequest, mark: string): boolean {
  const end = `.${mark}`;
  return headers
    .values("Via")
    .some((value) => value.includes(end) && parseVia(value)?.params.get("branch")?.endsWith(end));
}

/** How many branches a request may have, all proxies on its way together, when it does not say. @rfc 5393#5.3.3 */
const MAX_BREADTH = 60;

/** Max-Breadth of each of so many copies; undefined when the request may not have so many. @rfc 5393#5.3.3 */
export function breadthOf({ headers }: SipRequest, copies: number): number | undefined {
  const text = headers.get("Max-Breadth") ?? "";
  const breadth = /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_BREADTH) : MAX_BREADTH;
  const share = Math.floor(breadth / Math.max(1, copies));
  return share < 1 ? undefined : share;
}
