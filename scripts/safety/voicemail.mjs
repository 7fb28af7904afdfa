// Rules of voicemail: what is kept, what is brought by e-mail, what is said, and what is swept away.
const core = "packages/core/src/voicemail";
const store = "packages/engines/store";
const media = "packages/engines/media/src";
const system = "apps/server/src/system";
const repositories = `${store}/test/repositories.int.test.ts`;
const orphans = "apps/server/test/orphans.int.test.ts";

const messages = [
  {
    rule: "voicemail: a message in which nothing was said is not kept",
    file: `${core}/deposit.ts`,
    find: "if (lasted < SHORTEST_MESSAGE_MS)",
    replace: "if (lasted < 0)",
    tests: [`${core}/deposit.test.ts`],
  },
  {
    rule: "voicemail: a greeting in which nothing was said is not kept",
    file: `${core}/menu.ts`,
    find: "if (input.lasted < SHORTEST_MESSAGE_MS) {",
    replace: "if (input.lasted < 0) {",
    tests: [`${core}/menu.test.ts`],
  },
  {
    rule: "voicemail: the silence that ended a message is no part of it",
    file: `${media}/worker/leg-recording.ts`,
    find: "isWhole ? this.#uselessBytes() : 0",
    replace: "0",
    tests: [`${media}/worker/leg-recording.test.ts`],
  },
  {
    rule: "voicemail: a greeting that is taken back is back for good",
    file: `${store}/src/mailboxes/rows.ts`,
    find: "and r.recording_id is null\n)",
    replace: "and false\n)",
    tests: [repositories],
    named: /taken back/,
  },
];

const mails = [
  {
    rule: "mail: one that nobody takes is given up after a day",
    file: `${core}/delivery.ts`,
    find: "if (now >= end) return undefined;",
    replace: "",
    tests: [`${core}/delivery.test.ts`],
  },
  {
    rule: "mail: a message is deleted only once its mail has been taken",
    file: `${core}/postman.ts`,
    find: "  if (!sent.ok) {",
    replace: "  if (!sent.ok && !wishes.isDeletedAfter) {",
    tests: [`${core}/postman.test.ts`],
  },
  {
    rule: "mail: a few are tried at once",
    file: `${core}/postman.ts`,
    find: "outbox.due(clock.now(), MAILS_AT_ONCE)",
    replace: "outbox.due(clock.now(), 1e6)",
    tests: [`${core}/postman.test.ts`],
  },
  {
    rule: "mail: a text that is two addresses is none",
    file: `${store}/src/config/mail.ts`,
    find: "if (!isMailAddress(address))",
    replace: 'if (address === "")',
    tests: [repositories],
    named: /changed bit by bit/,
  },
  {
    rule: "mail: a message comes into the outbox with the commit that completes it",
    file: `${store}/src/mailboxes/rows.ts`,
    find: "where r.lasted_ms is not null and not exists",
    replace: "where r.lasted_ms is null and not exists",
    tests: [repositories],
    named: /due for mail/,
  },
  {
    rule: "mail: one that a crash cut comes into the outbox as well",
    file: `${store}/src/mailboxes/load.ts`,
    find: '.where("v.recording_id", "=", recording),',
    replace: '.where("v.recording_id", "=", ""),',
    tests: [repositories],
    named: /is due as well/,
  },
  {
    rule: "mail: the mail server's password reaches no log",
    file: "apps/server/src/settings-catalogue.ts",
    find: 'over TLS, or to this machine.",\n    secret: true,',
    replace: 'over TLS, or to this machine.",\n    secret: false,',
    tests: ["apps/server/src/settings.test.ts"],
  },
];

const prompts = [
  {
    rule: "prompts: one lasts no longer than a minute",
    file: `${media}/prompts/own-prompts.ts`,
    find: "if (lasts > LONGEST_PROMPT)",
    replace: "if (lasts > 1e12)",
    tests: [`${media}/prompts/own-prompts.test.ts`],
  },
  {
    rule: "prompts: no name leads out of the tenant's folder",
    file: `${media}/prompts/own-prompts.ts`,
    find: "if (!isPrompt(prompt))",
    replace: 'if (prompt === "")',
    tests: [`${media}/prompts/own-prompts.test.ts`],
  },
  {
    rule: "prompts: no language leads out of the tenant's folder",
    file: `${media}/prompts/own-prompts.ts`,
    find: "if (!/^[a-z]{2,8}$/.test(language))",
    replace: 'if (language === "")',
    tests: [`${media}/prompts/own-prompts.test.ts`],
  },
];

const sweep = [
  {
    rule: "sweep: a file that may still be written to stays",
    file: `${system}/orphans.ts`,
    find: "if (at === undefined || !isOld(at)) continue;",
    replace: "if (at === undefined) continue;",
    tests: [orphans],
  },
  {
    rule: "sweep: a recording whose file may still come stays",
    file: `${system}/orphans.ts`,
    find: "&& lasted !== null && isOld(startedAt)",
    replace: "&& lasted !== null",
    tests: [orphans],
  },
  {
    rule: "sweep: a disk that is not there costs no row",
    file: `${system}/orphans.ts`,
    find: "const files = await sounds.list(tenant);",
    replace: "const files = (await sounds.list(tenant)) ?? new Set<RecordingId>();",
    tests: [orphans],
  },
  {
    rule: "sweep: what has its row stays",
    file: `${system}/orphans.ts`,
    find: "if (known.has(recording)) continue;",
    replace: "",
    tests: [orphans],
  },
];

/** What voicemail keeps, sends, says and removes. */
export const voicemailRules = [...messages, ...mails, ...prompts, ...sweep];
