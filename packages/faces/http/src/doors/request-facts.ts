import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { plainAddress } from "./host.ts";
import type { TrustedProxies } from "./proxies.ts";
import { clientAddress, isLoopbackAddress } from "./proxies.ts";
import type { RequestFacts } from "./types.ts";

/** The part of a socket that the doors look at; plain and TLS sockets fit. */
interface DoorSocket {
  readonly remoteAddress?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly encrypted?: boolean;
}

/** Takes from a request what the doors decide by. `X-Forwarded-*` counts only when a trusted proxy sent it. */
export function factsOf(request: IncomingMessage, proxies: TrustedProxies, isUpgrade: boolean): RequestFacts {
  const { headers, method = "GET", url: target = "/" } = request;
  const socket: DoorSocket = request.socket;
  const peer = plainAddress(socket.remoteAddress ?? "");
  const isProxied = proxies.trusts(peer);
  const client = isProxied ? clientAddress(peer, textOf(headers["x-forwarded-for"]), proxies) : peer;
  const proto = isProxied ? lastOf(headers["x-forwarded-proto"]) : undefined;
  const forwardedHost = isProxied ? lastOf(headers["x-forwarded-host"]) : undefined;
  return {
    method,
    target,
    path: routePath(target),
    isUpgrade,
    host: forwardedHost ?? (isOnce("host", request.rawHeaders) ? headers.host : undefined),
    origin: textOf(headers.origin),
    isPreflight: method === "OPTIONS" && headers["access-control-request-method"] !== undefined,
    isTls: proto === undefined ? socket.encrypted === true : proto.toLowerCase() === "https",
    // A proxy on this machine that nobody told us of would make the whole world look local.
    isLoopback: isLoopbackAddress(client) && (isProxied || !isForwarded(headers)),
    client,
    localAddress: plainAddress(socket.localAddress ?? ""),
    hasCredential: headers.authorization !== undefined || headers["x-api-key"] !== undefined,
  };
}

/** The path of a request target as routes compare it: lower case, no query, single slashes, none at the end. */
export function routePath(target: string): string {
  const end = target.search(/[?#]/);
  const path = (end < 0 ? target : target.slice(0, end)).toLowerCase().replace(/\/{2,}/g, "/");
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return (
    headers["x-forwarded-for"] !== undefined ||
    headers["x-forwarded-proto"] !== undefined ||
    headers["x-forwarded-host"] !== undefined ||
    headers["x-real-ip"] !== undefined ||
    headers["forwarded"] !== undefined
  );
}

/** More than one Host would let a proxy and us disagree on whom a request is for (RFC 9112 §3.2). */
function isOnce(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) count++;
  return count === 1;
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.join(",");

/** The entry that the nearest proxy wrote. */
const lastOf = (value: string | readonly string[] | undefined): string | undefined =>
  textOf(value)?.split(",").at(-1)?.trim();
