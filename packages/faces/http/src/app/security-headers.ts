const base: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  // Answers of the API are data: nothing in them may run or be framed. Pages set a policy of their own.
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  // What an answer allows depends on who asks, so caches keep answers to different origins apart.
  vary: "Origin",
};

/** Headers of every answer; `hstsSeconds` binds browsers to TLS for that long. */
export function securityHeaders(hstsSeconds: number | undefined): Readonly<Record<string, string>> {
  return hstsSeconds === undefined ? base : { ...base, "strict-transport-security": `max-age=${hstsSeconds}` };
}
