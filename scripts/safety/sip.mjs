// Rules of SIP: who a phone is, what it may send, and what is shown of it.
const stack = "packages/protocols/sip";
const phones = "packages/engines/switch";

const digest = [
  ...[
    {
      rule: "digest: a nonce is good from one address only",
      find: "`$" + "{body} $" + "{address} $" + "{realm}`",
      replace: "`$" + "{body} $" + "{realm}`",
    },
    {
      rule: "digest: a nonce runs out",
      find: "if (age < 0 || age > this.#options.lifetimeMs)",
      replace: "if (age < 0)",
    },
    {
      rule: "digest: a nonce that was forgotten cannot be replayed",
      find: 'issuedAt <= this.#staleUntil && !this.#used.has(nonce) ? "stale" : "good"',
      replace: '"good"',
    },
    {
      rule: "digest: remembered nonces are bounded",
      find: "if (!isOver && this.#used.size < this.#options.remembered) return;",
      replace: "if (!isOver) return;",
      tests: [`${stack}/src/digest/nonce.test.ts`],
    },
    {
      rule: "digest: a nonce that we did not make is wrong",
      find: 'if (!sameText(this.#sign(body, binding), nonce.slice(dot + 1))) return "foreign";',
      replace: "",
    },
  ].map((edit) => ({ ...edit, file: `${stack}/src/digest/nonce.ts` })),
  ...[
    {
      rule: "digest: a count is good once",
      find: 'if (judged === "stale" || !nonces.use(claim.nonce, Number.parseInt(claim.nc, 16))) return ask("stale");',
      replace: 'if (judged === "stale") return ask("stale");',
    },
    {
      rule: "digest: an unknown user hears what a wrong password hears",
      find: "const proofs = [ha1Of(claim.username) ?? nobody].flat();",
      replace:
        'const proofs = [ha1Of(claim.username)].flat().flatMap((each) => each ?? []);\n      if (proofs.length === 0) return reject("wrong", "No");',
    },
    {
      rule: "digest: nobody has the stand-in's secret",
      find: "fitting.some((each) => each !== nobody)",
      replace: "fitting.length > 0",
    },
  ].map((edit) => ({ ...edit, file: `${stack}/src/digest/server.ts` })),
].map((edit) => ({ tests: [`${stack}/src/digest/digest.test.ts`], ...edit }));

const limits = [
  {
    rule: "SIP: a message has a limit",
    file: `${stack}/src/message/parse.ts`,
    find: 'if (bytes.length > limits.bytes) return refuse("too-big", `more than $' + "{limits.bytes} bytes`);",
    replace: "",
    tests: [`${stack}/src/message/parse.test.ts`],
  },
  {
    rule: "SIP: its header fields have a limit",
    file: `${stack}/src/message/header-section.ts`,
    find: "else if (numbers.length >= limit)",
    replace: "else if (numbers.length < 0)",
    tests: [`${stack}/src/message/parse.test.ts`],
  },
  {
    rule: "SIP: parts of a body have a limit",
    file: `${stack}/src/message/body-parts.ts`,
    find: 'if (parts.length === MAX_PARTS) return refused("too-many-parts");',
    replace: "",
    tests: [`${stack}/src/message/body-parts.test.ts`],
  },
  {
    rule: "SIP: bodies within bodies have a limit",
    file: `${stack}/src/message/session-body.ts`,
    find: "depth === 0 ? undefined : bodyParts(entity)",
    replace: "bodyParts(entity)",
    tests: [`${stack}/src/message/session-body.test.ts`],
  },
  {
    rule: "SIP: a head on a stream has a limit",
    file: `${stack}/src/message/stream-framer.ts`,
    find: "this.#isBroken = this.#searched > this.#limits.head;",
    replace: "",
    tests: [`${stack}/src/message/stream-framer.test.ts`],
  },
  {
    rule: "SIP: a body on a stream has a limit",
    file: `${stack}/src/message/stream-framer.ts`,
    find: "body === undefined || body > this.#limits.body ||",
    replace: "body === undefined ||",
    tests: [`${stack}/src/message/stream-framer.test.ts`],
  },
  {
    rule: "SIP: contacts of one address of record have a limit",
    file: `${stack}/src/registrar/register.ts`,
    find: 'return outcome.bindings.length > limits.contacts ? refusal(403, "Too Many Contacts") : outcome;',
    replace: "return outcome;",
    tests: [`${stack}/src/registrar/register.test.ts`],
  },
  ...[
    {
      rule: "SIP: what is kept of a contact has a limit",
      find: "contact.uri.length > LONGEST.contact ||",
      replace: "",
      file: `${stack}/src/registrar/register.ts`,
    },
    {
      rule: "SIP: proxies on the way to a contact have a limit",
      find: "if (path.length > MAX_PATH.values || length > MAX_PATH.characters) return undefined;",
      replace: "",
      file: `${stack}/src/registrar/outbound.ts`,
    },
    {
      rule: "SIP: a flow behind a proxy that keeps none is refused",
      find: 'return isFirstHop(request) || keepsFlows(path) ? regId : "lacking";',
      replace: "return regId;",
      file: `${stack}/src/registrar/outbound.ts`,
    },
  ].map((edit) => ({ ...edit, tests: [`${stack}/src/registrar/register.test.ts`] })),
  {
    rule: "SIP: realms that credentials are given to at once have a limit",
    file: `${stack}/src/digest/proofs.ts`,
    find: "if (header === undefined || challenges.length > MAX_REALMS) return false;",
    replace: "if (header === undefined) return false;",
    tests: [`${stack}/src/digest/proofs.test.ts`],
  },
  {
    rule: "SIP: ringing branches of one call have a limit",
    file: `${stack}/src/agent/uac-call.ts`,
    find: " || this.#branches.size >= MAX_BRANCHES) return known;",
    replace: ") return known;",
    tests: [`${stack}/test/calling.int.test.ts`],
    named: /a call of ours/,
  },
  {
    rule: "SIP: what is told of an agent has a limit",
    file: `${stack}/src/agent/describe.ts`,
    find: "if (found.length >= most) return found;",
    replace: "",
    tests: [`${stack}/test/dialogs.int.test.ts`],
  },
  ...[
    {
      rule: "SIP: a request that nobody answers is forgotten after a time",
      find: "if (!this.#isInvite) this.#limitPatience();",
    },
    {
      rule: "SIP: an INVITE whose response could not be sent is forgotten after a time",
      find: "if (this.isOpen) this.#limitPatience();",
    },
    {
      rule: "SIP: a transaction that has ended leaves no timer",
      find: "    this.#failing = undefined;\n    this.#slots.stopAll();",
    },
  ].map((edit) => ({
    replace: "",
    ...edit,
    file: `${stack}/src/transaction/server-transaction.ts`,
    tests: [`${stack}/src/transaction/server-transaction.test.ts`],
  })),
  {
    rule: "SIP: a re-INVITE that waits is answered when the dialog ends",
    file: `${stack}/src/agent/dialog-session.ts`,
    find: "this.#incomingInvite?.respond(487);",
    replace: "",
    tests: [`${stack}/test/calling-dialog.int.test.ts`],
    named: /a re-INVITE that is not answered yet/,
  },
  ...[
    {
      rule: "SIP: transactions within dialogs have a limit",
      find: "core.layer.size >= 2 * core.limits.transactions",
      named: /a peer cannot fill the table/,
    },
    {
      rule: "SIP: made-up CANCELs have a limit",
      find: "isMadeUp && tableFull(core) !== undefined",
      named: /made-up CANCELs/,
    },
  ].map((edit) => ({
    ...edit,
    file: `${stack}/src/agent/dispatch.ts`,
    replace: "core.layer.size < 0",
    tests: [`${stack}/test/answering.int.test.ts`],
  })),
  {
    rule: "digits: those that wait for a phone as messages have a limit",
    file: `${phones}/src/digit-messages.ts`,
    find: "if (this.#waiting.length + digits.length > MOST_WAITING) return false;",
    replace: "",
    tests: [`${phones}/src/digit-messages.test.ts`],
  },
  {
    rule: "SIP: transactions have a limit",
    file: `${stack}/src/agent/dispatch.ts`,
    find: "core.layer.size >= core.limits.transactions ? 5 : undefined",
    replace: "core.layer.size < 0 ? 5 : undefined",
    tests: [`${stack}/test/answering.int.test.ts`],
  },
];

const trace = [
  {
    rule: "trace: credentials are masked",
    find: '.replace(credentials, "$1***")',
    replace: "",
  },
  {
    rule: "trace: digits in INFO are masked",
    find: 'text.startsWith("INFO ")',
    replace: 'text.startsWith("NONE ")',
  },
].map((edit) => ({
  ...edit,
  file: `${stack}/src/agent/trace.ts`,
  tests: [`${stack}/src/agent/trace.test.ts`],
}));

const who = [
  ...[
    {
      rule: "phones: a user registers the own address of record only",
      find: "isWanted: (name) => name === extension",
      replace: "isWanted: () => true",
    },
    {
      rule: "phones: whose credentials count is said by the address's domain",
      find: "(host === undefined ? undefined : directory.tenantOfDomain(host)) ?? directory.defaultTenant()",
      replace: "directory.defaultTenant()",
      named: /a phone that registers/,
    },
    {
      rule: "phones: a user of another tenant is nobody",
      find: "directory.userAt(tenant.id, name)",
      replace: 'directory.userAt((directory.tenantOfDomain("other.example") ?? tenant).id, name)',
      named: /a phone that registers|whoever cannot prove/,
    },
    {
      rule: "phones: wrong passwords cost time",
      find: "const wait = claimed === undefined ? undefined : this.#waitOf(source, claim);",
      replace: "const wait = undefined;",
    },
    {
      rule: "phones: an address that tries many names waits",
      find: "this.#sweeps.failed(source);",
      replace: "",
    },
    {
      rule: "phones: who forges an address does not lock its owner out",
      find: 'verdict.error.code === "wrong" && this.#answersUs(request, source)',
      replace: 'verdict.error.code === "wrong"',
    },
  ].map((edit) => ({
    named: /whoever cannot prove who they are/,
    ...edit,
    file: `${phones}/src/authentication.ts`,
    tests: [`${phones}/test/registration.int.test.ts`],
  })),
  {
    rule: "phones: a caller is who the directory says, not who From says",
    file: `${phones}/src/call-door.ts`,
    find: "const shows = shownAs(user.value);",
    replace: 'const shows = { name: "", number: parseUri(request.headers.from?.uri ?? "")?.user ?? "" };',
    tests: [`${phones}/test/incoming.int.test.ts`],
    named: /a call from a phone/,
  },
  {
    rule: "phones: without a password no call reaches core",
    file: `${phones}/src/call-door.ts`,
    find: "const user = authentication.checkInvite(request, flow, tenant);",
    replace:
      "const checked = authentication.checkInvite(request, flow, tenant);\n  const users = world.directory.users(tenant.id);\n  const user = checked.ok || users[0] === undefined ? checked : ok(users[0]);",
    tests: [`${phones}/test/incoming.int.test.ts`],
    named: /a call from a phone/,
  },
  {
    rule: "phones: a number does not smuggle an address to the carrier",
    file: `${phones}/src/place.ts`,
    find: "trunk === undefined || !/^[+0-9*#A-Za-z._-]{1,64}$/.test(number)",
    replace: "trunk === undefined",
    tests: [`${phones}/test/placed.int.test.ts`],
    named: /a call to a trunk/,
  },
  {
    rule: "phones: many registrations that end at once hold up nobody",
    file: `${phones}/src/expiry-heap.ts`,
    find: "at <= now && left > 0;",
    replace: "at <= now;",
    tests: [`${phones}/src/expiry-heap.test.ts`],
  },
  {
    rule: "phones: nobody waits for a connection that is gone",
    file: `${phones}/src/place.ts`,
    find: "flows.filter((each) => isReachable(each, isOpen))",
    replace: "flows.filter(() => isOpen !== undefined && isReachable !== undefined)",
    tests: [`${phones}/test/registration.int.test.ts`],
    named: /a phone on a connection/,
  },
  {
    rule: "phones: a registration is confirmed when it is stored",
    file: `${phones}/src/registrar.ts`,
    find: "if (hasContact) await registrations.replace(aor, outcome.bindings);",
    replace: "if (hasContact) registrations.replace(aor, outcome.bindings).catch(() => {});",
    tests: [`${phones}/test/registration.int.test.ts`],
    named: /a phone that registers/,
  },
];

const referring = { file: `${phones}/src/referring.ts`, tests: [`${phones}/test/referring.int.test.ts`] };

const control = [
  {
    ...referring,
    rule: "calls: a carrier sends no call of the house on",
    find: 'side === "carrier" || isEnding',
    replace: "isEnding",
    named: /a carrier cannot/,
  },
  {
    ...referring,
    rule: "calls: a phone sends one call on at a time",
    find: "if (this.#running !== undefined) return void refer.reject(491);",
    replace: "",
    named: /has to wait/,
  },
  {
    ...referring,
    rule: "calls: a number to send a call on to has a limit",
    find: " || number.length > MAX_NUMBER",
    replace: "",
    named: /names no number/,
  },
  ...["referring", "replacing"].map((name) => ({
    rule: `calls: nobody names a dialog of another tenant (${name})`,
    file: `${phones}/src/leg-in-dialog.ts`,
    find: "if (leg?.tenant !== tenant) return undefined;",
    replace: "if (leg === undefined || tenant === undefined) return undefined;",
    tests: [`${phones}/test/${name}.int.test.ts`],
    named: /of another tenant/,
  })),
  {
    rule: "calls: nobody takes the place of a call that is over or that one may not have",
    file: `${phones}/src/call-door.ts`,
    find: "if (named === undefined || status !== undefined)",
    replace: "if (named === undefined)",
    tests: [`${phones}/test/replacing.int.test.ts`],
  },
  {
    rule: "calls: a carrier is not told who talks",
    file: `${phones}/src/connected-line.ts`,
    find: 'side === "carrier" || ',
    replace: "side === undefined || ",
    tests: [`${phones}/test/told.int.test.ts`],
  },
  {
    rule: "calls: recordings of one leg have a limit",
    file: `${phones}/src/recordings.ts`,
    find: "this.#running.size >= MOST || ",
    replace: "MOST < 0 || ",
    tests: [`${phones}/src/recordings.test.ts`],
  },
];

/** Rules §1 and §3 as SIP has them, §8 on bounds, and the style's word on the trace. */
export const sipRules = [...digest, ...limits, ...trace, ...who, ...control];
