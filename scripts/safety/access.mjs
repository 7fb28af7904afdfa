// Rules on who may what: credentials, rights, what each sees, and how often.
const credentials = "packages/faces/http/src/credentials";
const limits = "packages/faces/http/src/limits";
const http = "packages/faces/http/test";
const core = "packages/core/src";
const dialer = "packages/faces/webfones";

const logIn = [
  {
    rule: "log-in: a user that is not there costs as much as a wrong password",
    find: "const passwordHash = found?.passwordHash ?? options.dummyHash;",
    replace: 'if (found === undefined) return { kind: "wrong" };\n    const { passwordHash } = found;',
  },
  { rule: "log-in: failures cost time", find: "if (wait > 0) return {", replace: "if (wait < 0) return {" },
  {
    rule: "log-in: so does trying many names from one address",
    find: "attempts.failed(subjects.address, policies.address);",
    replace: "",
  },
  {
    rule: "log-in: so many passwords are checked at once and no more",
    find: "verifying.size >= VERIFYING_AT_ONCE",
    replace: "verifying.size < 0",
  },
  {
    rule: "log-in: a remembered password ends with its change",
    find: "JSON.stringify([tenant, name, passwordHash, password])",
    replace: "JSON.stringify([tenant, name, password])",
  },
  {
    rule: "log-in: a password is remembered for a minute only",
    find: "createVerifiedCache(clock, VERIFIED_FOR)",
    replace: "createVerifiedCache(clock, seconds(1e9))",
  },
].map((edit) => ({
  ...edit,
  file: `${credentials}/authenticator.ts`,
  tests: [`${credentials}/credentials.test.ts`],
}));

const names = [
  {
    rule: "log-in: a name at a domain that is not ours is nobody's",
    file: `${credentials}/read-credential.ts`,
    find: "{ tenant: names.defaultTenant(), name: text } : {",
    replace: "{ tenant: names.defaultTenant(), name: text.slice(0, at) } : {",
    tests: [`${credentials}/credentials.test.ts`],
  },
];

const counting = [
  {
    rule: "limits: one IPv6 customer is one address",
    file: `${limits}/rate-limiter.ts`,
    find: "if (isIP(address) !== 6) return address;",
    replace: "if (isIP(address) !== 7) return address;",
    tests: [`${limits}/limits.test.ts`],
  },
  {
    rule: "limits: counters of requests are bounded",
    file: `${limits}/rate-limiter.ts`,
    find: "if (endsAt > now && windows.size < maxSubjects) break;",
    replace: "if (endsAt > now) break;",
    tests: [`${limits}/limits.test.ts`],
  },
  {
    rule: "limits: counters of failures are bounded",
    file: `${limits}/attempt-limit.ts`,
    find: "if (failures.size < maxSubjects) break;",
    replace: "break;",
    tests: [`${limits}/limits.test.ts`],
  },
  ...[
    {
      rule: "keys: requests a minute",
      find: "ratePerMinute !== null &&",
      replace: "ratePerMinute === undefined &&",
    },
    {
      rule: "dialer: requests of one address",
      find: 'return limit({ request, reply }, verdict) ? undefined : refuse({ request, reply, speaker }, "rate-limited");',
      replace: "limit({ request, reply }, verdict);",
    },
    { rule: "dialer: its body has a limit", find: "bodyLimit: BODY_LIMIT", replace: "bodyLimit: 2 ** 20" },
  ].map((edit) => ({
    ...edit,
    file: `${dialer}/src/webfones-face.ts`,
    tests: [`${dialer}/test/webfones.int.test.ts`],
  })),
];

const rights = [
  {
    rule: "call: nobody takes the place of somebody else who talks",
    file: `${core}/call/decide/begin.ts`,
    find: 'leg.state === "answered" ? isOf(leg, user) : ',
    replace: 'leg.state === "answered" ? true : ',
    tests: [`${core}/call/decide/take-over.test.ts`],
  },
  {
    rule: "call: whoever rings beside a talk lets nobody into it",
    file: `${core}/call/decide/begin.ts`,
    find: 'phase === "calling" && leg.state !== "ended"',
    replace: 'leg.state !== "ended"',
    tests: [`${core}/call/decide/take-over.test.ts`],
  },
  ...[
    {
      rule: "may: a key of some extensions reaches no other",
      find: "return actor.limits.extensions === null || actor.limits.extensions.includes(extension);",
      replace: "return true;",
    },
    {
      rule: "may: a user calls from the own extension only",
      find: '(isAdmin || actor.kind === "key" || actor.extension === ability.extension)',
      replace: "true",
    },
    {
      rule: "may: a user ends own calls only",
      find: "reaches(actor, extension) && (isAdmin || actor.extension === extension),",
      replace: "reaches(actor, extension),",
    },
    {
      rule: "may: the inside is for administrators",
      find: 'case "see-internals":\n      return isAdmin && actor.limits.extensions === null;',
      replace: 'case "see-internals":\n      return actor.limits.extensions === null;',
    },
    {
      rule: "may: the inside is not for a key of some extensions",
      find: 'case "see-internals":\n      return isAdmin && actor.limits.extensions === null;',
      replace: 'case "see-internals":\n      return isAdmin;',
    },
    {
      rule: "may: the whole history is for administrators",
      find: 'case "see-history-of-all":\n      return isAdmin && actor.limits.extensions === null;',
      replace: 'case "see-history-of-all":\n      return actor.limits.extensions === null;',
    },
  ].map((edit) => ({
    ...edit,
    file: `${core}/identity/may.ts`,
    tests: [`${core}/identity/may.test.ts`],
  })),
  ...[
    {
      rule: "keys: extensions, when a call is placed",
      find: 'user === undefined || !may(actor, { type: "place-call", extension: user.extension })',
      replace: "user === undefined",
    },
    {
      rule: "keys: calls up at once",
      find: "world.callsOfKey(actor.key) >= cap",
      replace: "world.callsOfKey(actor.key) < 0",
    },
  ].map((edit) => ({
    ...edit,
    file: `${core}/call/decide/begin.ts`,
    tests: [`${core}/call/decide/decide.test.ts`],
  })),
  ...[
    {
      rule: "calls: who may not end one does not know it",
      find: 'call.tenant !== actor.tenant || !may(actor, { type: "end-call", extensions })',
      replace: "call.tenant !== actor.tenant",
    },
    {
      rule: "calls: of another tenant cannot be ended",
      find: "call.tenant !== actor.tenant || !may(",
      replace: "!may(",
    },
    {
      rule: "calls: of another tenant are not listed",
      find: ".filter((call) => call.tenant === tenant).map(",
      replace: ".map(",
    },
  ].map((edit) => ({ ...edit, file: `${core}/call/runner.ts`, tests: [`${core}/call/runner.test.ts`] })),
];

const sight = [
  ...[
    {
      rule: "sight: a colleague sees a call without the other side",
      find: 'actor.roles.includes("user") ? "masked" : "none"',
      replace: 'actor.roles.includes("user") ? "full" : "none"',
    },
    {
      rule: "sight: a hotel room sees nothing of others",
      find: 'return actor.kind === "user" && actor.roles.includes("user") ? "masked" : "none";',
      replace: 'return "masked";',
    },
    {
      rule: "sight: pressed digits are not for colleagues",
      find: 'return event === "leg.digit.v1" && sight === "masked" ? "none" : sight;',
      replace: "return sight;",
    },
    {
      rule: "sight: devices of others are not shown",
      find: 'isOwn(actor, data.device.extension) ? "full" : "none"',
      replace: '"full"',
    },
    {
      rule: "sight: history rows of others are not shown",
      find: 'data.extensions.some((extension) => isOwn(actor, extension)) ? "full" : "none"',
      replace: '"full"',
    },
    {
      rule: "sight: the configuration is for administrators",
      find: 'return event === "leg.digit.v1" && sight === "masked" ? "none" : sight;\n  }\n  return "none";',
      replace: 'return event === "leg.digit.v1" && sight === "masked" ? "none" : sight;\n  }\n  return "full";',
    },
    {
      rule: "sight: numbers of the outside are masked",
      find: 'to: { name: "", number: house("callee") },',
      replace: "",
    },
    {
      rule: "sight: trunk and Call-ID are masked",
      find: "({ ...leg, trunk: null, sipCallId: null })",
      replace: "leg",
    },
    {
      rule: "sight: a key of some extensions sees nothing of others",
      find: "actor.limits.extensions !== null && reaches(actor, extension)",
      replace: "true",
    },
  ].map((edit) => ({ ...edit, file: `${core}/events/project.ts`, tests: [`${core}/events/project.test.ts`] })),
  {
    rule: "sight: it holds in the stream",
    file: "packages/faces/http/src/events/wire.ts",
    find: 'sight === "masked" ? mask(data) : data',
    replace: "data",
    tests: [`${http}/web-socket-stream.int.test.ts`],
    named: /everybody sees what it may/,
  },
  ...[
    {
      rule: "sight: it holds in the snapshot's calls",
      find: 'sight === "full" ? call : maskCall(call)',
      replace: "call",
    },
    {
      rule: "sight: it holds in the snapshot's devices",
      find: "view !== undefined && seesDevice(actor, view)",
      replace: "view !== undefined",
    },
    {
      rule: "sight: the snapshot is the actor's tenant's",
      find: "calls.views(actor.tenant)",
      replace: "calls.views(directory.defaultTenant().id)",
    },
  ].map((edit) => ({ ...edit, file: `${core}/events/live-view.ts`, tests: [`${core}/events/live-view.test.ts`] })),
  {
    rule: "sight: a written snapshot is given to its actor only",
    file: "packages/faces/http/src/events/room.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
    find: "`${encoding} ${actorName(actor)} ${",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
    replace: "`${encoding} ${",
    tests: [`${http}/web-socket-stream.int.test.ts`],
    named: /everybody sees what it may/,
  },
];

const insiders = [
  {
    rule: "inside: metrics are for this machine and administrators",
    find: 'if (asked !== "yes") return refuseInsider(request, reply, asked);',
    replace: "",
  },
  {
    rule: "inside: parts and addresses are told to this machine and administrators",
    find: '(await insider(request)) === "yes" ? { parts, addresses } : {}',
    replace: "{ parts, addresses }",
  },
  {
    rule: "inside: a user is no administrator",
    find: 'return seesInside(actor) ? "yes" : "no";',
    replace: 'return seesInside(actor) || actor.kind === "user" ? "yes" : "no";',
  },
].map((edit) => ({
  ...edit,
  file: "packages/faces/http/src/site/site-routes.ts",
  tests: [`${http}/http-app.int.test.ts`],
  named: /health, metrics and the authority/,
}));

/** Rules §3 and §6: log-in, counting, rights, sight. */
export const accessRules = [...logIn, ...names, ...counting, ...rights, ...sight, ...insiders];
