import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { MachineName, Table } from "../../test/machine-tables.ts";
import { machines, nameOfInput } from "../../test/machine-tables.ts";
import type { AnswerResend, AnswerResendInput } from "../dialog/answer-resend.ts";
import { stepAnswerResend } from "../dialog/answer-resend.ts";
import type { InviteClientInput, InviteClientState } from "./invite-client.ts";
import { startInviteClient, stepInviteClient } from "./invite-client.ts";
import type { InviteServerInput, InviteServerState } from "./invite-server.ts";
import { startInviteServer, stepInviteServer } from "./invite-server.ts";
import type { Action, MachineContext } from "./machine.ts";
import type { RequestClientInput, RequestClientState } from "./request-client.ts";
import { startRequestClient, stepRequestClient } from "./request-client.ts";
import type { RequestServerInput, RequestServerState } from "./request-server.ts";
import { stepRequestServer } from "./request-server.ts";
import { defaultTimers } from "./timers.ts";

const udp: MachineContext = { timers: defaultTimers, isReliable: false };
const tcp: MachineContext = { timers: defaultTimers, isReliable: true };

/** Actions in one word each: `send-request`, `+A 500`, `-B`. */
const words = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) => {
    if (action.type === "start-timer") return `+${action.timer} ${action.after}`;
    if (action.type === "stop-timer") return `-${action.timer}`;
    return action.type === "report" ? `report ${action.failure}` : action.type;
  });

const respond = (status: number) => ({ type: "respond", status }) as const;
const timer = <Name extends string>(name: Name) => ({ type: "timer", timer: name }) as const;
const request = { type: "request" } as const;

/** Neither the state changes nor is anything done. */
const ignored = "ignored";

/** What a pair comes to: the next state and the actions; two texts where reliable transports (the second) differ. */
type Outcome = string | readonly [udp: string, tcp: string];

type Pure<State, Input> = (state: State, input: Input, context: MachineContext) => readonly [State, readonly Action[]];

/** All inputs that a name of a table stands for; statuses from both ends of their class. */
function inputsNamed(name: string): readonly { readonly type: string }[] {
  const [type = "", detail] = name.split(" ");
  if (detail === undefined) return [{ type }];
  if (type === "timer") return [{ type, timer: detail } as { readonly type: string }];
  const statuses = { "1xx": [100, 180, 199], "2xx": [200, 202, 299], "3xx-6xx": [300, 401, 486, 503, 699] }[detail];
  return (statuses ?? []).map((status) => ({ type, status }));
}

/** Tests every pair of a machine on datagrams and on a reliable transport. */
function everyPair<State extends { readonly at: string }, Input>(
  name: MachineName,
  step: Pure<State, Input>,
  samples: Readonly<Record<State["at"], State>>,
  table: Readonly<Record<string, Readonly<Record<string, Outcome>>>>,
): void {
  const pairs = Object.entries(table).flatMap(([at, row]) =>
    Object.entries(row).map(([input, outcome]) => {
      const [overUdp, overTcp] = typeof outcome === "string" ? [outcome, outcome] : outcome;
      return { at: at as State["at"], input, overUdp, overTcp };
    }),
  );

  test(`has ${pairs.length} pairs, and each has an outcome`, () => {
    const { states, inputs } = machines[name];
    expect(pairs.length).toBe(Object.keys(states).length * Object.keys(inputs).length);
  });

  test.each(pairs)("$at, on $input: $overUdp", ({ at, input, overUdp, overTcp }) => {
    const from = samples[at];
    for (const [context, wanted] of [[udp, overUdp] as const, [tcp, overTcp] as const]) {
      for (const each of inputsNamed(input)) {
        expect(nameOfInput(each)).toBe(input);
        const [state, actions] = step(from, each as Input, context);
        const text = `${[state.at, ...words(actions)].join(" ")}`;
        expect(state === from && actions.length === 0 ? ignored : text).toBe(wanted);
      }
    }
  });
}

/** A machine that has ended hears nothing. */
const over = { at: "terminated", because: "done" } as const;

describe("INVITE client transaction (RFC 3261 §17.1.1, RFC 6026)", () => {
  test("starts by sending; over datagrams A resends, B gives up", () => {
    expect(words(startInviteClient(udp)[1])).toEqual(["send-request", "+A 500", "+B 32000"]);
    expect(words(startInviteClient(tcp)[1])).toEqual(["send-request", "+B 32000"]);
  });

  const samples: { readonly [At in InviteClientState["at"]]: InviteClientState } = {
    calling: { at: "calling", resendAfter: ms(500) },
    proceeding: { at: "proceeding" },
    completed: { at: "completed" },
    accepted: { at: "accepted" },
    terminated: over,
  };
  const table: Table<"invite-client", Outcome> = {
    calling: {
      "response 1xx": "proceeding -A -B pass-up",
      "response 2xx": "accepted -A -B pass-up +M 32000",
      "response 3xx-6xx": ["completed -A -B send-ack pass-up +D 32000", "terminated -A -B send-ack pass-up"],
      "timer A": "calling send-request +A 1000",
      "timer B": "terminated report timeout",
      "timer D": ignored,
      "timer M": ignored,
      "transport-failed": "terminated report transport",
    },
    proceeding: {
      "response 1xx": "proceeding pass-up",
      "response 2xx": "accepted pass-up +M 32000",
      "response 3xx-6xx": ["completed send-ack pass-up +D 32000", "terminated send-ack pass-up"],
      "timer A": ignored,
      "timer B": ignored,
      "timer D": ignored,
      "timer M": ignored,
      "transport-failed": ignored,
    },
    completed: {
      "response 1xx": ignored,
      "response 2xx": ignored,
      "response 3xx-6xx": "completed send-ack",
      "timer A": ignored,
      "timer B": ignored,
      "timer D": "terminated",
      "timer M": ignored,
      "transport-failed": "terminated report transport",
    },
    accepted: {
      "response 1xx": ignored,
      "response 2xx": "accepted pass-up",
      "response 3xx-6xx": ignored,
      "timer A": ignored,
      "timer B": ignored,
      "timer D": ignored,
      "timer M": "terminated",
      "transport-failed": ignored,
    },
    terminated: {
      "response 1xx": ignored,
      "response 2xx": ignored,
      "response 3xx-6xx": ignored,
      "timer A": ignored,
      "timer B": ignored,
      "timer D": ignored,
      "timer M": ignored,
      "transport-failed": ignored,
    },
  };
  everyPair<InviteClientState, InviteClientInput>("invite-client", stepInviteClient, samples, table);
});

describe("client transaction of other methods (RFC 3261 §17.1.2)", () => {
  test("starts by sending", () => {
    expect(words(startRequestClient(udp)[1])).toEqual(["send-request", "+E 500", "+F 32000"]);
    expect(words(startRequestClient(tcp)[1])).toEqual(["send-request", "+F 32000"]);
  });

  const samples: { readonly [At in RequestClientState["at"]]: RequestClientState } = {
    trying: { at: "trying", resendAfter: ms(500) },
    proceeding: { at: "proceeding" },
    completed: { at: "completed" },
    terminated: over,
  };
  const answered = ["completed -E -F pass-up +K 5000", "terminated -F pass-up"] as const;
  const table: Table<"request-client", Outcome> = {
    trying: {
      "response 1xx": "proceeding pass-up",
      "response 2xx": answered,
      "response 3xx-6xx": answered,
      "timer E": "trying send-request +E 1000",
      "timer F": "terminated report timeout",
      "timer K": ignored,
      "transport-failed": "terminated report transport",
    },
    proceeding: {
      "response 1xx": "proceeding pass-up",
      "response 2xx": answered,
      "response 3xx-6xx": answered,
      "timer E": "proceeding send-request +E 4000",
      "timer F": "terminated report timeout",
      "timer K": ignored,
      "transport-failed": "terminated report transport",
    },
    completed: {
      "response 1xx": ignored,
      "response 2xx": ignored,
      "response 3xx-6xx": ignored,
      "timer E": ignored,
      "timer F": ignored,
      "timer K": "terminated",
      "transport-failed": ignored,
    },
    terminated: {
      "response 1xx": ignored,
      "response 2xx": ignored,
      "response 3xx-6xx": ignored,
      "timer E": ignored,
      "timer F": ignored,
      "timer K": ignored,
      "transport-failed": ignored,
    },
  };
  everyPair<RequestClientState, RequestClientInput>("request-client", stepRequestClient, samples, table);

  test("timer E never waits longer than T2", () => {
    expect(words(stepRequestClient({ at: "trying", resendAfter: ms(4000) }, timer("E"), udp)[1])).toEqual([
      "send-request",
      "+E 4000",
    ]);
  });
});

describe("INVITE server transaction (RFC 3261 §17.2.1, RFC 6026)", () => {
  const samples: { readonly [At in InviteServerState["at"]]: InviteServerState } = {
    proceeding: { at: "proceeding", hasResponse: true },
    completed: { at: "completed", resendAfter: ms(500) },
    confirmed: { at: "confirmed" },
    accepted: { at: "accepted" },
    terminated: over,
  };
  const table: Table<"invite-server", Outcome> = {
    proceeding: {
      request: "proceeding send-response",
      ack: ignored,
      "respond 1xx": "proceeding send-response",
      "respond 2xx": "accepted send-response +L 32000",
      "respond 3xx-6xx": ["completed send-response +G 500 +H 32000", "completed send-response +H 32000"],
      "timer G": ignored,
      "timer H": ignored,
      "timer I": ignored,
      "timer L": ignored,
      "transport-failed": "proceeding report transport",
    },
    completed: {
      request: "completed send-response",
      ack: ["confirmed -G -H +I 5000", "terminated -H"],
      "respond 1xx": ignored,
      "respond 2xx": ignored,
      "respond 3xx-6xx": ignored,
      "timer G": "completed send-response +G 1000",
      "timer H": "terminated report timeout",
      "timer I": ignored,
      "timer L": ignored,
      "transport-failed": "completed report transport",
    },
    confirmed: {
      request: ignored,
      ack: ignored,
      "respond 1xx": ignored,
      "respond 2xx": ignored,
      "respond 3xx-6xx": ignored,
      "timer G": ignored,
      "timer H": ignored,
      "timer I": "terminated",
      "timer L": ignored,
      "transport-failed": ignored,
    },
    accepted: {
      request: ignored,
      ack: "accepted pass-up",
      "respond 1xx": ignored,
      "respond 2xx": "accepted send-response",
      "respond 3xx-6xx": ignored,
      "timer G": ignored,
      "timer H": ignored,
      "timer I": ignored,
      "timer L": "terminated",
      "transport-failed": "accepted report transport",
    },
    terminated: {
      request: ignored,
      ack: ignored,
      "respond 1xx": ignored,
      "respond 2xx": ignored,
      "respond 3xx-6xx": ignored,
      "timer G": ignored,
      "timer H": ignored,
      "timer I": ignored,
      "timer L": ignored,
      "transport-failed": ignored,
    },
  };
  everyPair<InviteServerState, InviteServerInput>("invite-server", stepInviteServer, samples, table);

  test("an INVITE that comes again before anything was said is not answered", () => {
    expect(stepInviteServer(startInviteServer, request, udp)).toEqual([startInviteServer, []]);
    expect(words(stepInviteServer(startInviteServer, respond(180), udp)[1])).toEqual(["send-response"]);
  });

  test("timer G never waits longer than T2", () => {
    expect(words(stepInviteServer({ at: "completed", resendAfter: ms(4000) }, timer("G"), udp)[1])).toEqual([
      "send-response",
      "+G 4000",
    ]);
  });
});

describe("server transaction of other methods (RFC 3261 §17.2.2)", () => {
  const samples: { readonly [At in RequestServerState["at"]]: RequestServerState } = {
    trying: { at: "trying" },
    proceeding: { at: "proceeding" },
    completed: { at: "completed" },
    terminated: over,
  };
  const answered = ["completed send-response +J 32000", "terminated send-response"] as const;
  const table: Table<"request-server", Outcome> = {
    trying: {
      request: ignored,
      "respond 1xx": "proceeding send-response",
      "respond 2xx": answered,
      "respond 3xx-6xx": answered,
      "timer J": ignored,
      "transport-failed": "trying report transport",
    },
    proceeding: {
      request: "proceeding send-response",
      "respond 1xx": "proceeding send-response",
      "respond 2xx": answered,
      "respond 3xx-6xx": answered,
      "timer J": ignored,
      "transport-failed": "proceeding report transport",
    },
    completed: {
      request: "completed send-response",
      "respond 1xx": ignored,
      "respond 2xx": ignored,
      "respond 3xx-6xx": ignored,
      "timer J": "terminated",
      "transport-failed": "completed report transport",
    },
    terminated: {
      request: ignored,
      "respond 1xx": ignored,
      "respond 2xx": ignored,
      "respond 3xx-6xx": ignored,
      "timer J": ignored,
      "transport-failed": ignored,
    },
  };
  everyPair<RequestServerState, RequestServerInput>("request-server", stepRequestServer, samples, table);
});

describe("resending of a 2xx to INVITE (RFC 3261 §13.3.1.4)", () => {
  const waiting: AnswerResend = { at: "waiting", resendAfter: ms(500), waited: ms(0) };
  const samples: { readonly [At in AnswerResend["at"]]: AnswerResend } = {
    waiting,
    acknowledged: { at: "acknowledged" },
    "given-up": { at: "given-up" },
  };
  const table: Table<"answer-resend", Outcome> = {
    waiting: { delay: "waiting", ack: "acknowledged" },
    acknowledged: { delay: ignored, ack: ignored },
    "given-up": { delay: ignored, ack: ignored },
  };
  const step = (state: AnswerResend, input: AnswerResendInput, { timers }: MachineContext) =>
    [stepAnswerResend(state, input, timers), []] as const;
  everyPair<AnswerResend, AnswerResendInput>("answer-resend", step, samples, table);
});
