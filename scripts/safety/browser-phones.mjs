// Rules around phones in browsers: short-lived passwords, who is given them, which pages may ask.
const identity = "packages/core/src/identity";
const http = "packages/faces/http";

const tokens = [
  {
    rule: "tokens: they end when they say",
    find: "now + 1 + ahead",
    replace: "now + ahead",
  },
  {
    rule: "tokens: another user's opens nothing",
    find: '["sip-token", tenant, user, endMinute]',
    replace: '["sip-token", tenant, endMinute]',
  },
  {
    rule: "tokens: another company's opens nothing",
    find: '["sip-token", tenant, user, endMinute]',
    replace: '["sip-token", user, endMinute]',
  },
].map((edit) => ({
  ...edit,
  file: `${identity}/sip-tokens.ts`,
  tests: [`${identity}/sip-tokens.test.ts`],
}));

const use = [
  {
    rule: "tokens: over WebSockets alone",
    find: 'if (transport !== "ws" && transport !== "wss") return [];',
    replace: "",
  },
  {
    rule: "tokens: nobody comes in as nobody",
    find: "if (user === undefined) return refused({ status: 403, headers: [] });",
    replace: "if (user === undefined) return ok(directory.users(tenant.id)[0] ?? ({} as User));",
  },
].map((edit) => ({
  ...edit,
  file: "packages/engines/switch/src/authentication.ts",
  tests: ["packages/engines/switch/test/authentication.int.test.ts"],
}));

const given = [
  {
    rule: "tokens: for extensions that one may act for",
    find: 'if (extension === undefined || !may(actor, { type: "be-phone", extension })) return undefined;',
    replace: "if (extension === undefined) return undefined;",
  },
  {
    rule: "tokens: not without a credential",
    find: 'if (outcome.kind !== "actor") return refuse(turn, "unauthenticated");',
    replace: 'if (outcome.kind !== "actor") return reply.send({});',
  },
  {
    rule: "tokens: not as often as one likes",
    find: 'if (!verdict.isAllowed) return refuse(turn, "rate-limited", verdict.resetSeconds);',
    replace: "",
  },
  {
    rule: "tokens: never in a log",
    find: "extension: user.extension });\n    return",
    replace: "extension: user.extension, access });\n    return",
  },
].map((edit) => ({
  ...edit,
  file: `${http}/src/phones/phone-access.ts`,
  tests: [`${http}/test/phone-access.int.test.ts`],
}));

const relays = {
  rule: "relays: their password ends",
  file: `${http}/src/phones/ice-servers.ts`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
  find: "const username = `${Math.floor((now + RELAY_LASTS) / 1000)}:${user}`;",
  replace: "const username = `:$" + "{user}`;",
  tests: [`${http}/src/phones/ice-servers.test.ts`],
};

const origins = [
  {
    rule: "origins: a name that goes on is another",
    find: "pattern.labels.length === given.labels.length &&",
    replace: "",
  },
  {
    rule: "origins: a star does not stand for the net",
    find: "if (last.includes(STAR) || labels.some((label) => label.split(STAR).length > 2)) return false;",
    replace: "",
  },
  {
    rule: "origins: http is not https",
    find: "(pattern.scheme === STAR || pattern.scheme === given.scheme) &&",
    replace: "",
  },
  {
    rule: "origins: another port is another server",
    find: "(pattern.port === STAR || pattern.port === given.port) &&",
    replace: "",
  },
].map((edit) => ({
  ...edit,
  file: `${http}/src/doors/origin-pattern.ts`,
  tests: [`${http}/src/doors/origin-pattern.test.ts`],
}));

const silence = [
  {
    rule: "silence: a dead talk ends",
    find: 'of === "dead" ? deadAfter :',
    replace: "",
  },
  {
    rule: "silence: who holds need not speak",
    find: " || talkers.some(({ hold }) => hold !== null)",
    replace: "",
  },
  {
    rule: "silence: a talk that no sound gets through to ends for both",
    find: 'if (leg.role.kind === "talker" && others.length < 2) endCall(draft, end);',
    replace: "if (others.length < 0) endCall(draft, end);",
  },
  {
    rule: "silence: nobody waits for the leave of a dead phone",
    find: "if (speaking.length < 2) return endCall(draft, end);",
    replace: "if (speaking.length < 1) return endCall(draft, end);",
  },
].map((edit) => ({
  ...edit,
  file: "packages/core/src/call/decide/silence.ts",
  tests: ["packages/core/src/call/decide/silence.test.ts"],
}));

/** Rules §5 and §6 for pages that are phones. */
export const browserPhoneRules = [...tokens, ...use, ...given, relays, ...origins, ...silence];
