// Rules of the SIP stack's proxy: what keeps it from being a relay for anybody, from circling, and from growing.
const stack = "packages/protocols/sip";
const passing = [`${stack}/src/proxy/passing.test.ts`];
const decisions = [`${stack}/test/proxy-decisions.int.test.ts`];

/** Each proxy rule with the edit that turns it off. */
export const proxyRules = [
  ...[
    {
      rule: "proxy: a request that comes back as it left goes no further",
      file: `${stack}/src/proxy/inspect.ts`,
      find: "if (hasPassed(request, mark)) return { status: 482 };",
      replace: "",
    },
    {
      rule: "proxy: a request has so many hops",
      file: `${stack}/src/proxy/inspect.ts`,
      find: "if (headers.maxForwards === 0) return { status: 483 };",
      replace: "",
    },
    {
      rule: "proxy: all copies of a request together have a limit",
      file: `${stack}/src/proxy/inspect.ts`,
      find: "return share < 1 ? undefined : share;",
      replace: "return share;",
    },
    {
      rule: "proxy: only a Route that we have signed for this call says where it goes",
      file: `${stack}/src/proxy/route-mark.ts`,
      find: "if (!sameText(sign(marker, callId, text), user.slice(end))) return undefined;",
      replace: "",
    },
  ].map((edit) => ({ ...edit, tests: passing })),
  ...[
    {
      rule: "proxy: transactions have a limit",
      file: `${stack}/src/proxy/proxy-core.ts`,
      find: "if (this.#core.layer.size >= this.#core.limits.transactions) return 5;",
      replace: "",
      named: /a full table/,
    },
    {
      rule: "proxy: a door that is closed for new calls is closed for calls that pass",
      file: `${stack}/src/proxy/proxy-core.ts`,
      find: "return isNewCall ? this.#admit(request, flow)?.retryAfterSeconds : undefined;",
      replace: "return undefined;",
      named: /a full table/,
    },
    {
      rule: "proxy: a made-up To tag opens no closed door",
      file: `${stack}/src/proxy/proxy-core.ts`,
      find: "!this.#isOfOurCalls(request);",
      replace: "request.headers.toTag === undefined;",
      named: /made-up To tag/,
    },
    {
      rule: "proxy: an ACK that belongs to no call goes nowhere",
      file: `${stack}/src/proxy/proxy-core.ts`,
      find: "if (this.#terms.recordRoute && passage.asked.mark === undefined) return;",
      replace: "",
      named: /an ACK that belongs to no call/,
    },
    {
      rule: "proxy: targets of one request have a limit",
      file: `${stack}/src/proxy/proxied-request.ts`,
      find: "targets.slice(0, MAX_TARGETS)",
      replace: "targets.slice(0)",
      named: /very many targets/,
    },
    {
      rule: "proxy: who decides where a request goes has so much time",
      file: `${stack}/src/proxy/proxied-request.ts`,
      find: "this.#deciding = core.clock.after(patience(core.timers), () => this.#refuse({ status: 500 }));",
      replace: "",
      named: /takes too long/,
    },
    {
      rule: "proxy: nobody rings for ever",
      file: `${stack}/src/proxy/fork.ts`,
      find: 'actions.push({ type: "watch", target, until: "timer-c" });',
      replace: "",
      named: /rings for ever/,
    },
  ].map((edit) => ({ ...edit, tests: decisions })),
];
