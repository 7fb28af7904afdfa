// Rules of the engine over rtpengine: what its answers may be like, how long it is waited for, and whose packets it passes on.
const room = "packages/engines/rtpengine/src";

const bencode = [
  {
    rule: "bencode: what lies too deep is refused",
    find: "depth > MAX_DEPTH ||",
    replace: "",
  },
  {
    rule: "bencode: too many values are refused",
    find: "|| ++this.#values > MAX_VALUES",
    replace: "",
  },
  {
    rule: "bencode: a number that is not exact is refused",
    find: "!Number.isSafeInteger(number) ||",
    replace: "",
  },
  {
    rule: "bencode: a text that is cut is no text",
    find: 'if (end > this.#bytes.length) return this.#fail("cut");',
    replace: "",
  },
].map((edit) => ({ ...edit, file: `${room}/bencode.ts`, tests: [`${room}/bencode.test.ts`] }));

const messages = [
  {
    rule: "ng: what never ends is an end",
    file: `${room}/ng-splitter.ts`,
    find: " && all.length - at <= MAX_MESSAGE",
    replace: "",
    tests: [`${room}/ng-splitter.test.ts`],
  },
  {
    rule: "ng: a cookie has an end",
    file: `${room}/ng-message.ts`,
    find: "at - start >= MAX_COOKIE ||",
    replace: "",
    tests: [`${room}/ng-message.test.ts`],
  },
];

const requests = [
  {
    rule: "ng: a request is given up at its deadline",
    find: "() => this.#giveUp(waiting))",
    replace: "() => {})",
  },
  {
    rule: "ng: a request is sent again",
    find: "() => this.#send(waiting, tries + 1)",
    replace: "() => {}",
  },
  {
    rule: "ng: requests that wait have a bound",
    find: "|| this.#waiting.size >= MAX_WAITING",
    replace: "",
  },
].map((edit) => ({ ...edit, file: `${room}/ng-client.ts`, tests: [`${room}/ng-client.test.ts`] }));

const lives = [
  {
    rule: "rtpengine: one that falls silent is away",
    find: 'const onSilence = (): void => this.#lose("does not answer");',
    replace: "const onSilence = (): void => {};",
  },
  {
    rule: "rtpengine: one that runs for less long than it did has lost its calls",
    find: 'if (this.#isAlive && startedAt > this.#startedAt + UPTIME_SLACK) this.#lose("was started anew");',
    replace: "",
  },
  {
    rule: "rtpengine: calls that a killed process left are ended, and no others",
    find: "return names.isLeftBehind(callId);",
    replace: "return false;",
  },
  {
    rule: "rtpengine: a call of which it did not say that it has ended is looked for",
    find: 'if (!reply.ok && reply.error.code === "no-answer") this.#mayHoldMore = true;',
    replace: "",
  },
].map((edit) => ({ ...edit, file: `${room}/rtpengine.ts`, tests: [`${room}/rtpengine.test.ts`] }));

const calls = [
  {
    rule: "rtpengine: a call that it has given up is not made anew to join its legs",
    file: `${room}/relay-call.ts`,
    find: "await this.#count(a, b);\n    if (this.#isOver) return;",
    replace: "await this.#count(a, b);",
    tests: [`${room}/relay-call.test.ts`],
  },
  {
    rule: "rtpengine: a call that it has given up is not made anew to part its legs",
    file: `${room}/relay-call.ts`,
    find: "await this.#count(seat);\n    if (this.#isOver) return;",
    replace: "await this.#count(seat);",
    tests: [`${room}/relay-call.test.ts`],
  },
  {
    rule: "rtpengine: a leg that it does not want to connect ends there too",
    file: `${room}/relay-call.ts`,
    find: 'seat.state = "closing";\n    part(seat);',
    replace: "this.#seats.delete(seat.leg);",
    tests: [`${room}/relay-call.test.ts`],
  },
  {
    rule: "rtpengine: orders that wait for a leg's double have a bound",
    file: `${room}/doubles.ts`,
    find: 'if ((line.double?.waiting.length ?? 0) >= MAX_WAITING) return this.#parts.lose(line, "too many orders at once");',
    replace: "",
    tests: [`${room}/relayed-sound.test.ts`],
  },
  {
    rule: "rtpengine: a connection on which no digits can come any more is none to hear them on",
    file: `${room}/digit-ear.ts`,
    find: "onSilence: () => this.#turn(false) }",
    replace: "onSilence: () => {} }",
    tests: [`${room}/rtpengine.test.ts`],
  },
];

const packets = [
  {
    rule: "rtpengine passes on what comes from the peer alone",
    file: `${room}/exchange.ts`,
    find: "isPinned ? [KEEPS_PORTS, STRICT, PINNED] :",
    replace: "isPinned ? [KEEPS_PORTS, STRICT] :",
    tests: [`${room}/exchange.test.ts`],
  },
  {
    rule: "rtpengine is strict about where packets come from while it seeks a peer",
    file: `${room}/exchange.ts`,
    find: ": [KEEPS_PORTS, STRICT];",
    replace: ": [KEEPS_PORTS];",
    tests: [`${room}/exchange.test.ts`],
  },
  {
    rule: "rtpengine is not asked to pass on what would have to be changed",
    file: `${room}/line.ts`,
    find: "keysOf(a) === keysOf(b) &&",
    replace: "",
    tests: [`${room}/line.test.ts`],
  },
  {
    rule: "rtpengine drops a leg only when nobody is joined with it",
    file: `${room}/call-plan.ts`,
    find: "all.some(({ joined }) => joined === seat.leg) ? undefined :",
    replace: "",
    tests: [`${room}/call-plan.test.ts`],
  },
];

/** The engine over rtpengine. */
export const rtpengineRules = [...bencode, ...messages, ...requests, ...lives, ...calls, ...packets];
