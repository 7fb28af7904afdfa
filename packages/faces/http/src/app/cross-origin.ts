/** Request headers that pages of allowed origins may send. */
const SENDABLE = "x-api-key, authorization, content-type, idempotency-key, last-event-id";
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
/** Answer headers that pages of allowed origins may read besides the simple ones. */
const READABLE =
  "Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy";
const PREFLIGHT_SECONDS = "600";

/** Headers that let a page of an allowed origin read an answer. The origin is named; `*` is never sent. */
export function readableHeaders(origin: string): Readonly<Record<string, string>> {
  return { "access-control-allow-origin": origin, "access-control-expose-headers": READABLE };
}

/** The answer to a browser that asks whether a page of an allowed origin may send. */
export function preflightHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": SENDABLE,
    "access-control-max-age": PREFLIGHT_SECONDS,
  };
}
