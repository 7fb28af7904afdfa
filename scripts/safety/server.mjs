// Rules of the server as a whole: what it starts on, what it tells, who commands it.
const server = "apps/server";
const core = "packages/core/src";

const start = [
  {
    rule: "start: the demo company is not served as a real one",
    file: `${server}/src/system/foundation.ts`,
    find: "if (isMarked && !isDemo) {",
    replace: "if (isMarked === null) {",
    tests: [`${server}/test/foundation.int.test.ts`],
  },
  {
    rule: "demo: a real company is not served as the demo",
    file: `${server}/src/system/foundation.ts`,
    find: "if (!isMarked && isDemo && (await config.tenants()).length > 0) {",
    replace: "if (isMarked === null) {",
    tests: [`${server}/test/foundation.int.test.ts`],
  },
  {
    rule: "demo: it is marked before anything is in it",
    file: `${server}/src/demo/seed.ts`,
    find: "await marks.set(wholeSystem, DEMO_MARK, { secrets: kind } satisfies DemoMark);",
    replace: "",
    tests: [`${server}/test/foundation.int.test.ts`],
  },
  {
    rule: "demo: known passwords are not served to others",
    file: `${server}/src/demo/demo.ts`,
    find: "if (!settings.demoPublic) {",
    replace: "if (settings.demoPublic === null) {",
    tests: [`${server}/test/demo-secrets.int.test.ts`],
  },
  {
    rule: "demo: one address of others among its own is enough",
    file: `${server}/src/demo/demo.ts`,
    find: "settings.bind.every(isLoopbackAddress)",
    replace: "settings.bind.some(isLoopbackAddress)",
    tests: [`${server}/test/demo-secrets.int.test.ts`],
  },
  {
    rule: "demo: random secrets are not given up for known ones",
    file: `${server}/src/demo/seed.ts`,
    find: 'if (earlier?.secrets === "random" && kind === "known") {',
    replace: "if (earlier === null) {",
    tests: [`${server}/test/foundation.int.test.ts`],
  },
  {
    rule: "administrator: the first password is in a file of ours alone",
    file: `${server}/src/system/first-administrator.ts`,
    find: "{ mode: 0o600 }",
    replace: "{ mode: 0o644 }",
    tests: [`${server}/test/foundation.int.test.ts`],
  },
];

const telling = [
  {
    rule: "settings: a secret is hidden where settings are logged",
    file: `${server}/src/settings.ts`,
    find: 'secrets.has(key) && value !== undefined ? "(hidden)" : value',
    replace: "value",
    tests: [`${server}/src/settings.test.ts`],
  },
  {
    rule: "log: passwords, tokens and credentials are hidden",
    file: `${server}/src/log-secrets.ts`,
    find: "const safe = SECRETS.has(name) ? HIDDEN : ",
    replace: "const safe = ",
    tests: [`${server}/src/log.test.ts`],
  },
  {
    rule: "log: and those in a fault",
    file: `${server}/src/log.ts`,
    find: "withoutSecrets({ ...stdSerializers.errWithCause(fault) })",
    replace: "stdSerializers.errWithCause(fault)",
    tests: [`${server}/src/log.test.ts`],
  },
  {
    rule: "log: a flood of lines does not wait in memory",
    file: `${server}/src/log-lines.ts`,
    find: "else if (characters >= MOST_WAITING) flush();",
    replace: "",
    tests: [`${server}/src/log-lines.test.ts`],
  },
];

const commands = [
  {
    rule: "commands: the socket is its owner's alone",
    file: `${server}/src/admin/admin-socket.ts`,
    find: "await chmod(socket.path, 0o600);",
    replace: "await chmod(socket.path, 0o666);",
    tests: [`${server}/test/admin-socket.int.test.ts`],
  },
  {
    rule: "commands: a fault is told without its inside",
    file: `${server}/src/admin/admin-socket.ts`,
    find: 'why: "the server could not do it; its log says why"',
    replace: "why: String(fault)",
    tests: [`${server}/test/admin-socket.int.test.ts`],
  },
  {
    rule: "commands: an input has a limit",
    file: `${server}/src/admin/admin-socket.ts`,
    find: "if (size > limit) return undefined;",
    replace: "",
    tests: [`${server}/test/admin-socket.int.test.ts`],
  },
  {
    rule: "files: keys of certificates are their owner's alone",
    file: `${server}/src/tls/authority.ts`,
    find: "await writeFile(beside, content, { mode: 0o600 });",
    replace: "await writeFile(beside, content, { mode: 0o644 });",
    tests: [`${server}/test/certificates.int.test.ts`],
  },
];

const recorded = [
  {
    rule: "recordings: no id leads out of their folder",
    file: `${server}/src/system/recording-files.ts`,
    find: '(ID.test(id) ? id : "none")',
    replace: "id",
    tests: [`${server}/test/recording-files.int.test.ts`],
  },
  {
    rule: "recordings: who wants to keep them keeps them",
    file: `${server}/src/system/retention.ts`,
    find: "recordingDays === null ? 0 : await",
    replace: "await",
    tests: [`${server}/src/system/retention.test.ts`],
  },
  ...[
    {
      rule: "recordings: what a rule wants recorded is not stopped",
      find: 'recording.by === "rule" && isAlwaysRecorded(draft, world, leg)',
      replace: "false",
    },
    {
      rule: "recordings: a tone tells of them where a company wants that",
      find: "world.directory.tenant(tenant)?.hasRecordingNotice !== false",
      replace: "false",
    },
    {
      rule: "recordings: a rule does not record on and on where there is no room",
      find: "isInTalk(draft.call, leg) && !wasInTalk(draft.before, leg)",
      replace: "isInTalk(draft.call, leg)",
    },
  ].map((edit) => ({ ...edit, file: `${core}/call/decide/record.ts`, tests: [`${core}/call/decide/record.test.ts`] })),
  {
    rule: "calls: who talks in one has a limit",
    file: `${core}/call/decide/conference.ts`,
    find: "call.joined.length >= MAX_TALKERS",
    replace: "false",
    tests: [`${core}/call/decide/conference.test.ts`],
  },
  {
    rule: "calls: who talks in two that are made one has a limit",
    file: `${core}/call/decide/conference.ts`,
    find: "stay.length + come.length >= MAX_TALKERS",
    replace: "false",
    tests: [`${core}/call/decide/conference.test.ts`],
  },
];

const overload = [
  {
    rule: "overload: nothing new is taken while the event loop is late",
    file: `${server}/src/overload.ts`,
    find: 'if (!loop.keepsUp()) return "event-loop";',
    replace: "",
    tests: [`${server}/src/overload.test.ts`],
  },
  {
    rule: "overload: the longer set-up takes, the more new calls are refused",
    file: `${server}/src/overload/call-gate.ts`,
    find: "if (share === 0) return true;",
    replace: "if (share >= 0) return true;",
    tests: [`${server}/src/overload/call-gate.test.ts`],
  },
  {
    rule: "overload: a hiccup refuses nobody",
    file: `${server}/src/overload/call-gate.ts`,
    find: "if (since === undefined || now - since < (isClosed ? CALM : PATIENCE)) return;",
    replace: "if (since === undefined) return;",
    tests: [`${server}/src/overload/call-gate.test.ts`],
  },
  {
    rule: "overload: every part of a set-up counts as often as it is waited for",
    file: `${server}/src/overload.ts`,
    find: "waitMs += TIMES[part] * read();",
    replace: "waitMs = TIMES[part] * read();",
    tests: [`${server}/src/overload.test.ts`],
  },
  {
    rule: "overload: room is kept for calls that were let in",
    file: `${server}/src/overload.ts`,
    find: "room() <= letIn.value()",
    replace: "room() <= 0",
    tests: [`${server}/src/overload.test.ts`],
  },
  {
    rule: "overload: each challenge lets one call in, not all that show it",
    file: "packages/engines/switch/src/authentication.ts",
    find: "this.#expected.forget(",
    replace: "void (",
    tests: ["packages/engines/switch/test/authentication.int.test.ts"],
  },
  {
    rule: "overload: a wrong password is not waited for again",
    file: "packages/engines/switch/src/authentication.ts",
    find: 'if (server === this.#invite && verdict.error.code !== "wrong")',
    replace: "if (server === this.#invite)",
    tests: ["packages/engines/switch/test/authentication.int.test.ts"],
  },
  {
    rule: "overload: a call that has begun is not refused half way",
    file: `${server}/src/overload/admission.ts`,
    find: "return isExpected ? undefined : overload.refusalOfCall();",
    replace: "return overload.refusalOfCall();",
    tests: [`${server}/src/overload/admission.test.ts`],
  },
  {
    rule: "overload: while the book takes nothing, nobody comes in",
    file: `${server}/src/overload/admission.ts`,
    find: 'if (book.state() === "away") return "database-away";',
    replace: "",
    tests: [`${server}/src/overload/admission.test.ts`],
  },
  {
    rule: "drain: no call comes in",
    file: `${server}/src/overload/admission.ts`,
    find: 'if (isClosed) return "draining";',
    replace: "",
    tests: [`${server}/src/overload/admission.test.ts`],
  },
  {
    rule: "inbox: what waits has a bound",
    file: "packages/protocols/sip/src/transport/inbox.ts",
    find: "this.size() >= this.#most || this.#bytes + size > this.#mostBytes",
    replace: "this.size() < 0",
    tests: ["packages/protocols/sip/src/transport/inbox.test.ts"],
  },
  {
    rule: "inbox: a flood leaves other work its turn",
    file: "packages/protocols/sip/src/transport/inbox.ts",
    find: "(taken < LEAST || this.#clock.monotonic() < until)",
    replace: "taken >= 0",
    tests: ["packages/protocols/sip/src/transport/inbox.test.ts"],
  },
];

/** The contract's start and demo, rules §5 on what reaches a log, the command line, and rules §8 on overload. */
export const serverRules = [...start, ...telling, ...commands, ...recorded, ...overload];
