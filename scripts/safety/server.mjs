// Rules of the server as a whole: what it starts on, what it tells, who commands it.
const server = "apps/server";

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
    file: `${server}/src/log.ts`,
    find: 'censor: "(hidden)"',
    replace: "censor: (value: unknown) => value",
    tests: [`${server}/src/log.test.ts`],
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

/** The contract's start and demo, rules §5 on what reaches a log, and the command line. */
export const serverRules = [...start, ...telling, ...commands];
