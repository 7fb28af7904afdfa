// Rules at the HTTP doors: who may come in, from where, by which name.
const doors = "packages/faces/http/src/doors";
const http = "packages/faces/http";

/** Rules §6, all but the last by the one pure function that every request and upgrade passes. */
export const doorRules = [
  ...[
    {
      rule: "doors: a foreign Host is refused",
      find: "host === undefined || !isOurName(host.name, facts, settings)",
      replace: "host === undefined",
    },
    {
      rule: "doors: of literal addresses only the listener's own are known Hosts",
      find: "name === facts.localAddress ||",
      replace: "/^[0-9a-f.:]+$/.test(name) ||",
    },
    {
      rule: "doors: a Host that only holds a known name is foreign",
      find: 'name.endsWith(".localhost")',
      replace: 'name.includes("localhost")',
    },
    {
      rule: "doors: a target that names a server of its own is refused",
      find: 'if (!facts.target.startsWith("/")) return { kind: "refuse", code: "bad-request" };',
      replace: "",
    },
    {
      rule: "doors: a foreign Origin on an unsafe request",
      find: "facts.isUpgrade || facts.isPreflight || !SAFE_METHODS.has(facts.method)",
      replace: "facts.isUpgrade || facts.isPreflight",
    },
    {
      rule: "doors: a foreign Origin on an upgrade",
      find: "facts.isUpgrade || facts.isPreflight ||",
      replace: "facts.isPreflight ||",
    },
    {
      rule: "doors: a foreign Origin that asks first",
      find: "facts.isUpgrade || facts.isPreflight ||",
      replace: "facts.isUpgrade ||",
    },
    {
      rule: "doors: the Origin null matches no list",
      find: 'if (!URL.canParse(origin)) return "foreign";',
      replace: 'if (!URL.canParse(origin)) return settings.isAllowedOrigin(origin) ? "allowed" : "foreign";',
    },
    {
      rule: "doors: an Origin of our name with another scheme or port is foreign",
      find: "new URL(target).origin === given",
      replace: "new URL(target).hostname === new URL(given).hostname",
    },
    {
      rule: "doors: without TLS a credential is refused unseen",
      find: "if (isPlainFromAfar) return",
      replace: "if (isPlainFromAfar && !facts.hasCredential) return",
    },
    {
      rule: "doors: without TLS health is told to those without a credential only",
      find: "!facts.isUpgrade && !facts.hasCredential",
      replace: "!facts.isUpgrade",
    },
    {
      rule: "doors: without TLS only pages are sent on",
      find: "isReading && PAGES.test(facts.path)",
      replace: "isReading",
    },
  ].map((edit) => ({ ...edit, file: `${doors}/check-doors.ts`, tests: [`${doors}/check-doors.test.ts`] })),
  ...[
    {
      rule: "doors: X-Forwarded-* counts only from trusted proxies",
      find: "const isProxied = proxies.trusts(peer);",
      replace: "const isProxied = true;",
    },
    {
      rule: "doors: an unknown proxy on this machine does not make the world local",
      find: "isLoopbackAddress(client) && (isProxied || !isForwarded(headers))",
      replace: "isLoopbackAddress(client)",
    },
    {
      rule: "doors: a second Host header makes both void",
      find: "return count === 1;",
      replace: "return count >= 1;",
    },
  ].map((edit) => ({ ...edit, file: `${doors}/request-facts.ts`, tests: [`${doors}/request-facts.test.ts`] })),
  {
    rule: "doors: the chain of proxies is walked only while it is trusted",
    file: `${doors}/proxies.ts`,
    find: "while (proxies.trusts(client)) {",
    replace: "while (chain.length > 0) {",
    tests: [`${doors}/request-facts.test.ts`],
  },
  ...[
    {
      rule: "doors: they stand before every request",
      find: "const verdict = checkDoors(facts, doors);",
      replace: 'const verdict: ReturnType<typeof checkDoors> = { kind: "pass", allowedOrigin: undefined };',
    },
    {
      rule: "doors: answers may be read by pages of allowed origins only",
      find: "if (verdict.allowedOrigin !== undefined) reply.headers(readableHeaders(verdict.allowedOrigin));",
      replace: 'reply.headers(readableHeaders(request.headers.origin ?? "*"));',
    },
    {
      rule: "doors: a request's body has a limit",
      find: "bodyLimit: options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT,",
      replace: "bodyLimit: 2 ** 30,",
    },
    {
      rule: "doors: in overload nothing but health is served",
      find: "if (admission?.admitted === false) {",
      replace: "if (admission === null) {",
    },
    {
      rule: "doors: a fault is told without its inside",
      find: "  return refuse(turn, code);",
      replace: "  return turn.reply.code(http).send({ error: code, message: String(error) });",
    },
  ].map((edit) => ({ ...edit, file: `${http}/src/app/http-app.ts`, tests: [`${http}/test/http-app.int.test.ts`] })),
  {
    rule: "doors: they stand before every upgrade",
    file: `${http}/src/upgrade/upgrade-router.ts`,
    find: "const verdict = checkDoors(facts, doors);",
    replace: 'const verdict: ReturnType<typeof checkDoors> = { kind: "pass", allowedOrigin: undefined };',
    tests: [`${http}/test/web-socket-stream.int.test.ts`],
    named: /doors stand before every upgrade/,
  },
];
