// Rules of SIP's call control: what peers may ask of us within calls and beside them has bounds and ends.
const stack = "packages/protocols/sip";

/** Rules §8 on bounds, for calls that are sent on, subscriptions and sessions. */
export const callControlRules = [
  ...[
    {
      rule: "SIP: calls that a peer sends on within a dialog have a limit",
      file: "agent/referrals.ts",
      find: "if (this.#told.size >= MOST_REFERRALS) return void incoming.respond(491);",
    },
    {
      rule: "SIP: what is told of a call that is sent on ends after a time",
      file: "agent/refer-subscription.ts",
      find: "this.#deadline = clock.after(REFER_PATIENCE, () => this.giveUp());",
    },
    {
      rule: "SIP: a peer that was asked to send its call on is not waited for without end",
      file: "agent/referrals.ts",
      find: "    this.#asked.add(asked);\n    wait();",
      replace: "    this.#asked.add(asked);",
    },
  ].map((edit) => ({ test: "test/referring.int.test.ts", ...edit })),
  {
    rule: "SIP: a Refer-To smuggles in no line",
    file: "refer/refer-to.ts",
    find: "return hasControl(plain) ? undefined : plain;",
    replace: "return plain;",
    test: "src/refer/refer.test.ts",
  },
  ...[
    {
      rule: "events: subscriptions to a package have a limit",
      file: "agent/notifier.ts",
      find: "this.#count >= this.#limits.most || ",
    },
    {
      rule: "events: subscriptions to one resource have a limit",
      file: "agent/notifier.ts",
      find: "sizeOf(this.#watched, resource) >= this.#limits.mostOfResource",
      replace: "false",
    },
    {
      rule: "events: a subscription that nobody prolongs ends",
      file: "agent/subscription.ts",
      find: 'this.#timer = this.#core.clock.after(ms(seconds * 1000), () => this.end("timeout"));',
    },
    {
      rule: "events: a subscription whose watcher is gone ends",
      file: "agent/notices.ts",
      find: "if (isLast || !outcome.ok) {",
      replace: "if (isLast) {",
    },
    {
      rule: "events: a watcher is told once a second at most",
      file: "agent/notices.ts",
      find: "if (wait > 0) {",
      replace: "if (wait > 1e9) {",
    },
    {
      rule: "events: watchers cannot subscribe anew without pause",
      file: "agent/subscription.ts",
      find: 'return seconds > 0 && seconds < limits.minSeconds ? "too-brief" : seconds;',
      replace: "return seconds;",
    },
  ].map((edit) => ({ test: "test/notifying.int.test.ts", ...edit })),
  ...[
    {
      rule: "SIP: provisional responses that wait have a limit",
      find: " || this.#waiting.length >= MOST_WAITING) return false;",
      replace: ") return false;",
    },
    {
      rule: "SIP: a PRACK counts for the response that it names only",
      find: "if (!isOurs) return false;",
    },
  ].map((edit) => ({ file: "agent/reliable-progress.ts", test: "test/reliable-progress.int.test.ts", ...edit })),
  {
    rule: "SIP: a session that nobody refreshes ends",
    file: "dialog/session-timer.ts",
    find: 'if (now >= state.endsAt) return [{ at: "expired" }, [{ type: "end" }]];',
    test: "src/dialog/session-timer.test.ts",
  },
  {
    rule: "SIP: a call whose session is too short is tried again a few times only",
    file: "agent/uac-call.ts",
    find: " || this.#attempts > MAX_PROOFS + MAX_RAISES) return false;",
    replace: ") return false;",
    test: "test/session-timers.int.test.ts",
  },
].map(({ file, test, ...edit }) => ({
  replace: "",
  ...edit,
  file: `${stack}/src/${file}`,
  tests: [`${stack}/${test}`],
}));
