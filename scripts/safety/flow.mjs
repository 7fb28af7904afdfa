// Rules of the live stream, and of requests that are safe to retry.
const events = "packages/faces/http/src/events";
const sockets = "packages/faces/http/test/web-socket-stream.int.test.ts";
const retry = "packages/faces/http/src/idempotency";
const dialer = "packages/faces/webfones";
const core = "packages/core/src";

const stream = [
  {
    rule: "stream: bytes that wait for a client have a limit",
    file: `${events}/outbox.ts`,
    find: "this.#bytes <= this.#limits.queueBytes &&",
    replace: "",
    tests: [`${events}/viewer.test.ts`],
  },
  {
    rule: "stream: events that wait for a client have a limit",
    file: `${events}/outbox.ts`,
    find: "&& this.queuedEvents <= this.#limits.queueEvents",
    replace: "",
    tests: [`${events}/viewer.test.ts`],
  },
  {
    rule: "stream: the third loss in a minute ends it",
    file: `${events}/viewer.ts`,
    find: "this.#losses.length > LOSSES_ALLOWED",
    replace: "this.#losses.length < 0",
    tests: [`${events}/viewer.test.ts`],
  },
  {
    rule: "stream: streams of one actor have a limit",
    file: `${events}/hall.ts`,
    find: " || this.#perActor.of(actorName(actor)) >= maxClientsPerActor",
    replace: "",
    tests: [sockets],
    named: /there is an end to how many may look on/,
  },
  {
    rule: "stream: streams in all have a limit",
    file: `${events}/hall.ts`,
    find: "this.#viewers.size >= maxClients || ",
    replace: "",
    tests: [sockets],
    named: /there is an end to how many may look on/,
  },
  {
    rule: "stream: unknown clients of one address have a limit",
    file: `${events}/web-socket-door.ts`,
    find: " || ofAddress >= limits.maxWaitingPerAddress",
    replace: "",
    tests: [sockets],
    named: /there is an end to how many may look on/,
  },
  {
    rule: "stream: who has not said who it is within five seconds goes",
    file: `${events}/web-socket-door.ts`,
    find: '() => this.#turnAway(webSocket, "unauthenticated")',
    replace: "() => {}",
    tests: [sockets],
    named: /a client says who it is/,
  },
  {
    rule: "stream: a client's frame has a limit",
    file: `${events}/web-socket-door.ts`,
    find: "maxPayload: LONGEST_FRAME,",
    replace: "maxPayload: 2 ** 30,",
    tests: [sockets],
    named: /while a stream is open|a client says who it is/,
  },
  {
    rule: "stream: it ends when its actor is no longer what it was",
    file: `${events}/hall.ts`,
    find: 'if (!(await stillValid(viewer.actor))) viewer.end("not-permitted");',
    replace: "await stillValid(viewer.actor);",
    tests: [sockets],
    named: /it is closed when its actor is no longer what it was/,
  },
];

const retries = [
  {
    rule: "retry: the key is committed before the effect",
    file: `${retry}/idempotency.ts`,
    find: 'const claim = await store.claim(scope, hash.hex("sha256", body));',
    replace:
      'const early = run();\n  run = () => early;\n  early.catch(() => {});\n  const claim = await store.claim(scope, hash.hex("sha256", body));',
    tests: [`${retry}/idempotency.test.ts`],
  },
  {
    rule: "retry: without a committed key there is no effect",
    file: `${retry}/idempotency.ts`,
    find: 'const claim = await store.claim(scope, hash.hex("sha256", body));',
    replace:
      'const claim = await store.claim(scope, hash.hex("sha256", body)).catch(() => ({ kind: "new" }) as const);',
    tests: [`${retry}/idempotency.test.ts`],
  },
  {
    rule: "retry: an effect that may have been is not repeated",
    file: `${retry}/idempotency.ts`,
    find: "await settle(store.abandon(scope));\n    throw error;",
    replace: "await settle(store.release(scope));\n    throw error;",
    tests: [`${dialer}/test/webfones.int.test.ts`],
    named: /Idempotency-Key/,
  },
  {
    rule: "retry: a key belongs to its credential",
    file: `${dialer}/src/webfones-face.ts`,
    find: 'credential: actorName(actor), method: "POST"',
    replace: 'credential: "", method: "POST"',
    tests: [`${dialer}/test/webfones.int.test.ts`],
    named: /Idempotency-Key/,
  },
];

const calls = [
  {
    rule: "numbers: what is no number is refused, not guessed",
    file: `${core}/routing/number.ts`,
    find: 'if (!fits || number.length === LONGEST) return refused({ code: "invalid-number" });',
    replace: "if (!fits) continue;",
    tests: [`${core}/routing/number.test.ts`],
  },
  {
    rule: "book: a carrier is called once the row is kept",
    file: `${core}/call/decide/round.ts`,
    find: "draft.orderOnceInBook(id, order)",
    replace: "draft.order(id, order)",
    tests: [`${core}/call/decide/decide.test.ts`],
  },
  {
    rule: "book: a caller hears ringing once the row is kept",
    file: `${core}/call/decide/progress.ts`,
    find: 'draft.orderOnceInBook(waiting.id, { type: "ring" })',
    replace: 'draft.order(waiting.id, { type: "ring" })',
    tests: [`${core}/call/decide/decide.test.ts`],
  },
  {
    rule: "book: a caller is answered once the row is kept",
    file: `${core}/call/decide/progress.ts`,
    find: 'draft.orderOnceInBook(waiting.id, { type: "answer", like: winner.id });',
    replace: 'draft.order(waiting.id, { type: "answer", like: winner.id });',
    tests: [`${core}/call/decide/decide.test.ts`],
  },
  {
    rule: "book: a caller is refused once the row is kept",
    file: `${core}/call/draft.ts`,
    find: "if (refusesCaller) this.orderOnceInBook(",
    replace: "if (refusesCaller) this.order(",
    tests: [`${core}/call/decide/decide.test.ts`],
  },
  {
    rule: "book: a command is answered once the row is kept",
    file: `${core}/call/draft.ts`,
    find: "if (result.ok) this.#onceInBook(action);",
    replace: "if (result.ok) this.#actions.push(action);",
    tests: [`${core}/call/decide/decide.test.ts`],
  },
  {
    rule: "book: a row that cannot be kept ends its call",
    file: `${core}/call/runner.ts`,
    find: "(fault: unknown) => this.#rowLost(action.row.id, fault),",
    replace: '() => this.#take({ type: "row-kept", call: action.row.id }),',
    tests: [`${core}/call/runner.test.ts`],
  },
  {
    rule: "book: while it is away no call is placed",
    file: `${core}/call/runner.ts`,
    find: 'if (this.#parts.book.state() === "away")',
    replace: "if (this.#parts.book === undefined)",
    tests: [`${core}/call/runner.test.ts`],
  },
  {
    rule: "book: no carrier is called for a row that only waits in memory",
    file: `${core}/call/runner.ts`,
    find: 'kept === "committed" ? "row-kept" : "row-spooled"',
    replace: '"row-kept"',
    tests: [`${core}/call/runner.test.ts`],
  },
  {
    rule: "book: while rows only wait in memory no carrier is called",
    file: `${core}/call/decide/round.ts`,
    find: " || !world.isBookCommitting()) return false;",
    replace: ") return false;",
    tests: [`${core}/call/decide/decide.test.ts`],
  },
  {
    rule: "overload: no call is placed",
    file: `${core}/call/runner.ts`,
    find: "if (!this.#parts.admits())",
    replace: "if (this.#parts.admits === undefined)",
    tests: [`${core}/call/runner.test.ts`],
  },
  {
    rule: "commands: legs whose last command is remembered have a limit",
    file: `${core}/call/last-commands.ts`,
    find: "if (this.#ofLeg.size <= MOST_LEGS) return;",
    replace: "return;",
    tests: [`${core}/call/last-commands.test.ts`],
  },
  {
    rule: "commands: one that ended its leg succeeds again only for who gave it",
    file: `${core}/call/last-commands.ts`,
    find: "JSON.stringify([tenant, kind, user, key, order])",
    replace: "JSON.stringify([order])",
    tests: [`${core}/call/last-commands.test.ts`],
  },
  {
    rule: "transfers: who hangs up after a failed one is not rung for ever",
    file: `${core}/call/decide/transfer.ts`,
    find: " || now - leg.hasBackSince > HASTY",
    replace: "",
    tests: [`${core}/call/decide/transfer.test.ts`],
  },
  {
    rule: "trunks: calls at once",
    file: `${core}/call/decide/round.ts`,
    find: "if (world.legsOnTrunk(trunk.id, draft.call.id) + ours >= trunk.maxCalls) return false;",
    replace: "",
    tests: [`${core}/call/decide/decide.test.ts`],
  },
];

/** The contract's live stream and retries; rules §8 on the book, §11 on trunks. */
export const flowRules = [...stream, ...retries, ...calls];
