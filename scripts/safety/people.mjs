// Rules of what is shown and sent to people: presences, e-mail, prompts.
const presence = "packages/core/src/presence";
const presences = `${presence}/presences.test.ts`;
const projection = "packages/core/src/events/project";
const mail = "packages/engines/mail";
const mailer = `${mail}/test/smtp-mailer.int.test.ts`;
const prompts = "packages/engines/media/src/prompts/prompt-path";

/** Presences, e-mail and prompts. */
export const peopleRules = [
  {
    rule: "presence: the text of a status has a limit",
    file: `${presence}/presences.ts`,
    find: "status.text.length > LONGEST_STATUS_TEXT",
    replace: "status.text.length < 0",
    tests: [presences],
  },
  {
    rule: "presence: a status that is over is not taken",
    file: `${presence}/presences.ts`,
    find: "<= clock.now())",
    replace: "< 0)",
    tests: [presences],
  },
  {
    rule: "presence: what could not be kept is not told",
    file: `${presence}/presences.ts`,
    find: "await statuses.save(tenant, user, status);\n        rosterOf(tenant).say(user, status);",
    replace: "rosterOf(tenant).say(user, status);\n        await statuses.save(tenant, user, status);",
    tests: [presences],
  },
  {
    rule: "presence: no wait is longer than a timer of the machine takes",
    file: `${presence}/roster.ts`,
    find: "Math.min(left, LONGEST_WAIT_MS)",
    replace: "left",
    tests: [presences],
  },
  {
    rule: "presence: the timers of who is removed go",
    file: `${presence}/roster.ts`,
    find: "      stopTimers(member);\n      this.#members.delete(id);",
    replace: "      this.#members.delete(id);",
    tests: [presences],
  },
  {
    rule: "presence: rooms and limited keys see their own alone",
    file: `${projection}.ts`,
    find: 'if ("presence" in data) return seesPresence(actor, data.extension) ? "full" : "none";',
    replace: 'if ("presence" in data) return "full";',
    tests: [`${projection}.test.ts`],
  },
  {
    rule: "mail: a mail has a deadline",
    file: `${mail}/src/smtp-mailer.ts`,
    find: "() => deadlinePassed.abort()",
    replace: "() => {}",
    tests: [mailer],
    named: /falls silent at greeting/,
  },
  {
    rule: "mail: mails that are on their way have a limit",
    file: `${mail}/src/smtp-mailer.ts`,
    find: "onTheWay >= MOST_AT_ONCE",
    replace: "onTheWay < 0",
    tests: [mailer],
    named: /too many are on their way/,
  },
  {
    rule: "mail: the file of a mail has a limit",
    file: `${mail}/src/smtp-mailer.ts`,
    find: "found.size > LARGEST_FILE_BYTES",
    replace: "found.size < 0",
    tests: [mailer],
    named: /too large for any mail/,
  },
  {
    rule: "mail: no password leaves the machine in the clear",
    file: `${mail}/src/smtp-mailer.ts`,
    find: 'requireTLS: url.password !== "" && !isLoopback(url.hostname),',
    replace: "",
    tests: [mailer],
    named: /in the clear/,
  },
  {
    rule: "mail: one address stays one",
    file: `${mail}/src/smtp-mailer.ts`,
    find: 'to: { name: "", address: mail.to },',
    replace: "to: mail.to,",
    tests: [mailer],
    named: /a second address/,
  },
  {
    rule: "mail: a caller's name ends no line",
    file: "packages/core/src/voicemail/message-mail.ts",
    find: '.replaceAll(/[\\p{Cc}\\p{Zl}\\p{Zp}]+/gu, " ")',
    replace: "",
    tests: ["packages/core/src/voicemail/message-mail.test.ts"],
  },
  {
    rule: "prompts: only a prompt's name leads to a file",
    file: `${prompts}.ts`,
    find: "  if (!known.has(prompt)) return undefined;\n  const spoken = languageless",
    replace: "  const spoken = languageless",
    tests: [`${prompts}.test.ts`],
  },
];
