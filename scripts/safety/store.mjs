// Rules of what is stored: secrets, files, locks, schema, and what is whose.
const store = "packages/engines/store";
const repositories = `${store}/test/repositories.int.test.ts`;

const secrets = [
  {
    rule: "secrets: one that is moved to another owner does not open",
    file: `${store}/src/sealing/sealer.ts`,
    find: "Buffer.from(JSON.stringify(boundTo)",
    replace: "Buffer.from(JSON.stringify([])",
    tests: [`${store}/src/sealing/sealer.test.ts`],
  },
  {
    rule: "secrets: owners are told apart letter by letter",
    file: `${store}/src/sealing/sealer.ts`,
    find: "Buffer.from(JSON.stringify(boundTo)",
    replace: 'Buffer.from(boundTo.join("")',
    tests: [`${store}/src/sealing/sealer.test.ts`],
  },
  {
    rule: "secrets: the key seals",
    file: `${store}/src/sealing/sealer.ts`,
    find: "export function sealerOf(key: Uint8Array, { random, hash }: { readonly random: Random; readonly hash: Hash }): Sealer {",
    replace:
      "export function sealerOf(_: Uint8Array, { random, hash }: { readonly random: Random; readonly hash: Hash }): Sealer {\n  const key = new Uint8Array(32);",
    tests: [`${store}/src/sealing/sealer.test.ts`],
  },
  {
    rule: "secrets: a nonce is used once",
    file: `${store}/src/sealing/sealer.ts`,
    find: "const nonce = random.bytes(NONCE_BYTES);",
    replace: "const nonce = new Uint8Array(NONCE_BYTES);",
    tests: [`${store}/src/sealing/sealer.test.ts`],
  },
  {
    rule: "secrets: SIP secrets are sealed for their user",
    file: `${store}/src/sip-secrets/text.ts`,
    find: '["sip-secrets", tenant, user]',
    replace: '["sip-secrets", tenant]',
    tests: [repositories],
    named: /sealed SIP secrets/,
  },
  {
    rule: "files: a secret is made for its owner alone",
    file: `${store}/src/whole-file.ts`,
    find: 'open(draft, "wx", 0o600)',
    replace: 'open(draft, "wx", 0o644)',
    tests: [`${store}/test/placement.int.test.ts`],
    named: /the secret key is made once/,
  },
  {
    rule: "files: a secret key that others can read is closed to them",
    file: `${store}/src/sealing/secret-key.ts`,
    find: "await chmod(file, 0o600);",
    replace: "",
    tests: [`${store}/test/placement.int.test.ts`],
    named: /the secret key is made once/,
  },
];

const folder = [
  {
    rule: "database: it takes only passwords",
    file: `${store}/src/embedded/settings.ts`,
    find: '"--auth-local=scram-sha-256",',
    replace: '"--auth-local=trust",',
    tests: [`${store}/test/supervisor.int.test.ts`],
    named: /takes only passwords/,
  },
  {
    rule: "lock: a data folder has one process",
    file: `${store}/src/lock/data-folder-lock.ts`,
    find: "if (holder !== undefined && (await isLiving(holder)))",
    replace: "if (holder === null)",
    tests: [`${store}/test/lock.int.test.ts`],
    named: /a locked folder is refused/,
  },
  {
    rule: "lock: a holder that cannot be told apart counts as living",
    file: `${store}/src/lock/data-folder-lock.ts`,
    find: "(now === holder.incarnation || now === UNTOLD || holder.incarnation === UNTOLD)",
    replace: "now === holder.incarnation",
    tests: [`${store}/test/lock.int.test.ts`],
    named: /cannot be told apart/,
  },
  {
    rule: "lock: of many that come at once one wins",
    file: `${store}/src/lock/data-folder-lock.ts`,
    find: "await link(draft, mine);",
    replace: "await writeFile(mine, await readFile(draft));",
    tests: [`${store}/test/lock.int.test.ts`],
    named: /of many that come at once/,
  },
];

const schema = [
  {
    rule: "schema: a step that was changed is refused",
    find: "if (migration?.number !== number || migration.checksum !== checksum)",
    replace: "if (migration?.number !== number)",
  },
  {
    rule: "schema: one of a newer program is refused",
    find: "if (newest !== undefined && newest.number > known.length)",
    replace: "if (newest === null)",
  },
  {
    rule: "schema: two servers do not migrate at once",
    find: 'await client.query("select pg_advisory_lock($1)", [LOCK]);',
    replace: "",
  },
].map((edit) => ({ ...edit, file: `${store}/src/database/migrate.ts`, tests: [`${store}/test/migrate.int.test.ts`] }));

const tenants = [
  {
    rule: "tenants: a stranger revokes no key",
    file: `${store}/src/config/keys.ts`,
    find: '.where("tenant_id", "=", tenant)\n        .where("key_id"',
    replace: '.where("key_id"',
    named: /a stranger/,
  },
  {
    rule: "tenants: a stranger lists no key",
    file: `${store}/src/config/keys.ts`,
    find: '.selectAll().where("tenant_id", "=", tenant);',
    replace: ".selectAll();",
    named: /a stranger/,
  },
  {
    rule: "tenants: a stranger has nobody recorded",
    file: `${store}/src/config/users.ts`,
    find: 'is_always_recorded: isAlways })\n        .where("tenant_id", "=", tenant)',
    replace: "is_always_recorded: isAlways })",
    named: /recorded/,
  },
  {
    rule: "tenants: a stranger removes no user",
    file: `${store}/src/config/users.ts`,
    find: '.deleteFrom("users")\n    .where("tenant_id", "=", tenant)',
    replace: '.deleteFrom("users")',
    named: /a stranger/,
  },
  {
    rule: "tenants: a stranger does not log in",
    file: `${store}/src/credentials/store.ts`,
    find: '.where("users.tenant_id", "=", tenant)\n',
    replace: "",
    named: /a stranger/,
  },
  {
    rule: "tenants: a stranger reads no call",
    file: `${store}/src/history/book.ts`,
    find: '.selectAll().where("tenant_id", "=", tenant);',
    replace: ".selectAll();",
    named: /a stranger/,
  },
  {
    rule: "tenants: a stranger changes no call",
    file: `${store}/src/history/sql.ts`,
    find: "where x.tenant_id = r.tenant_id and x.call_id = r.call_id",
    replace: "where x.call_id = r.call_id",
    named: /a stranger/,
  },
  {
    rule: "tenants: a stranger's registration leaves others alone",
    file: `${store}/src/contacts/store.ts`,
    find: "where c.tenant_id = a.tenant_id and c.aor = a.aor and not exists",
    replace: "where c.aor = a.aor and not exists",
    named: /a stranger/,
  },
  {
    rule: "keys: a revoked key is worth nothing at once",
    file: `${store}/src/config/keys.ts`,
    find: 'changes: [{ kind: "key", tenant, id, value: null }]',
    replace: "changes: []",
    named: /from its commit to its revocation/,
  },
  {
    rule: "keys: a revoked key is worth nothing after a restart",
    file: `${store}/src/config/create.ts`,
    find: '.where("revoked_at", "is", null)',
    replace: "",
    named: /from its commit to its revocation/,
  },
  {
    rule: "retry: of many that come at once one is carried out",
    file: `${store}/src/idempotency/store.ts`,
    find: '.where("idempotency.created_at", "<=", oldest()),',
    replace: ",",
    named: /of many that come at once/,
  },
  {
    rule: "retry: what a crash left unfinished is not done again",
    file: `${store}/src/idempotency/store.ts`,
    find: 'row.epoch === epoch ? "in-progress" : "outcome-unknown"',
    replace: '"in-progress"',
    named: /an earlier incarnation/,
  },
  {
    rule: "retry: another body under the same key is refused",
    file: `${store}/src/idempotency/store.ts`,
    find: 'if (row.body_hash !== request.bodyHash) return { outcome: "key-reused" };',
    replace: "",
    named: /the same key and body/,
  },
].map((edit) => ({ ...edit, tests: [repositories] }));

const recorded = [
  {
    rule: "reach: devices ring no longer than two minutes",
    file: `${store}/src/config/reach.ts`,
    find: "const RING = { least: 5, most: 120 };",
    replace: "const RING = { least: 5, most: 1e9 };",
    tests: [`${store}/src/config/reach.test.ts`],
  },
  {
    rule: "reach: what can be dialled nowhere is refused",
    file: `${store}/src/config/reach.ts`,
    find: 'if (!number.ok) return refused({ code: "invalid-number", number: target.number });',
    replace: "if (!number.ok) continue;",
    tests: [`${store}/src/config/reach.test.ts`],
  },
  {
    rule: "recordings: one that runs is not deleted",
    file: `${store}/src/recordings/book.ts`,
    find: '.where("lasted_ms", "is not", null)\n      .returning',
    replace: ".returning",
    tests: [repositories],
    named: /one that runs is not/,
  },
  {
    rule: "recordings: a stranger deletes none",
    file: `${store}/src/recordings/book.ts`,
    find: '.where("tenant_id", "=", tenant)\n      .where("recording_id", "in", ids)',
    replace: '.where("recording_id", "in", ids)',
    tests: [repositories],
    named: /those of before a day|a stranger/,
  },
  {
    rule: "recordings: what a crash cut is kept as far as it got",
    file: `${store}/src/recordings/book.ts`,
    find: "if (lasted > 0) {",
    replace: "if (lasted > 1e12) {",
    tests: [repositories],
    named: /what a crash cut/,
  },
  {
    rule: "voicemail: a message that a crash cut is kept as far as it got",
    file: `${store}/src/mailboxes/load.ts`,
    find: "lasted === undefined || lasted < SHORTEST_MESSAGE_MS",
    replace: "lasted !== null",
    tests: [repositories],
    named: /that a crash cut/,
  },
  {
    rule: "voicemail: a user who is removed takes the messages along",
    file: `${store}/src/mailboxes/book.ts`,
    find: 'if (change.kind === "user" && change.value === null)',
    replace: "if (change === null)",
    tests: [repositories],
    named: /takes the mailbox along/,
  },
];

/** Rules §1, §5 and §9, and the contract's retries as they are stored. */
export const storeRules = [...secrets, ...folder, ...schema, ...tenants, ...recorded];
