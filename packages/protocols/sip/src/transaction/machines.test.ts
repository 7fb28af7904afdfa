import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InviteClientInput } from "./invite-client.ts";
import { startInviteClient, stepInviteClient } from "./invite-client.ts";
import type { InviteServerInput } from "./invite-server.ts";
import { startInviteServer, stepInviteServer } from "./invite-server.ts";
import type { Action, MachineContext } from "./machine.ts";
import type { RequestClientInput } from "./request-client.ts";
import { startRequestClient, stepRequestClient } from "./request-client.ts";
import type { RequestServerInput } from "./request-server.ts";
import { startRequestServer, stepRequestServer } from "./request-server.ts";
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

const response = (status: number) => ({ type: "response", status }) as const;
const respond = (status: number) => ({ type: "respond", status }) as const;
const timer = <Name extends string>(name: Name) => ({ type: "timer", timer: name }) as const;
const failed = { type: "transport-failed" } as const;
const request = { type: "request" } as const;
const ack = { type: "ack" } as const;

describe("INVITE client transaction (RFC 3261 §17.1.1, RFC 6026)", () => {
  test("starts by sending; over datagrams A resends, B gives up", () => {
    expect(words(startInviteClient(udp)[1])).toEqual(["send-request", "+A 500", "+B 32000"]);
    expect(words(startInviteClient(tcp)[1])).toEqual(["send-request", "+B 32000"]);
  });

  const calling = { at: "calling", resendAfter: ms(500) } as const;
  const proceeding = { at: "proceeding" } as const;
  const completed = { at: "completed" } as const;
  const accepted = { at: "accepted" } as const;
  const over = { at: "terminated", because: "done" } as const;

  test.each([
    { from: calling, name: "timer A", input: timer("A"), at: "calling", does: ["send-request", "+A 1000"] },
    { from: calling, name: "timer B", input: timer("B"), at: "terminated", does: ["report timeout"] },
    { from: calling, name: "timer D", input: timer("D"), at: "calling", does: [] },
    { from: calling, name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
    { from: calling, name: "180", input: response(180), at: "proceeding", does: ["-A", "-B", "pass-up"] },
    { from: calling, name: "200", input: response(200), at: "accepted", does: ["-A", "-B", "pass-up", "+M 32000"] },
    {
      from: calling,
      name: "486",
      input: response(486),
      at: "completed",
      does: ["-A", "-B", "send-ack", "pass-up", "+D 32000"],
    },
    { from: proceeding, name: "180", input: response(180), at: "proceeding", does: ["pass-up"] },
    { from: proceeding, name: "200", input: response(200), at: "accepted", does: ["pass-up", "+M 32000"] },
    { from: proceeding, name: "603", input: response(603), at: "completed", does: ["send-ack", "pass-up", "+D 32000"] },
    { from: proceeding, name: "late timer A", input: timer("A"), at: "proceeding", does: [] },
    { from: proceeding, name: "transport failure", input: failed, at: "proceeding", does: [] },
    { from: completed, name: "486 again", input: response(486), at: "completed", does: ["send-ack"] },
    { from: completed, name: "late 200", input: response(200), at: "completed", does: [] },
    { from: completed, name: "timer D", input: timer("D"), at: "terminated", does: [] },
    { from: completed, name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
    {
      from: accepted,
      name: "200 again, or of another branch",
      input: response(200),
      at: "accepted",
      does: ["pass-up"],
    },
    { from: accepted, name: "late 486", input: response(486), at: "accepted", does: [] },
    { from: accepted, name: "timer M", input: timer("M"), at: "terminated", does: [] },
    { from: accepted, name: "transport failure", input: failed, at: "accepted", does: [] },
    { from: over, name: "200", input: response(200), at: "terminated", does: [] },
  ] as const)("$from.at, on $name: $at", ({ from, input, at, does }) => {
    const [state, actions] = stepInviteClient(from, input, udp);
    expect(state.at).toBe(at);
    expect(words(actions)).toEqual(does);
  });

  test("over TCP a refusal ends it at once", () => {
    const [state, actions] = stepInviteClient(proceeding, response(404), tcp);
    expect(state.at).toBe("terminated");
    expect(words(actions)).toEqual(["send-ack", "pass-up"]);
  });
});

describe("client transaction of other methods (RFC 3261 §17.1.2)", () => {
  test("starts by sending", () => {
    expect(words(startRequestClient(udp)[1])).toEqual(["send-request", "+E 500", "+F 32000"]);
    expect(words(startRequestClient(tcp)[1])).toEqual(["send-request", "+F 32000"]);
  });

  const trying = { at: "trying", resendAfter: ms(500) } as const;
  const slow = { at: "trying", resendAfter: ms(4000) } as const;
  const proceeding = { at: "proceeding" } as const;
  const completed = { at: "completed" } as const;

  test.each([
    { from: trying, name: "timer E", input: timer("E"), at: "trying", does: ["send-request", "+E 1000"] },
    { from: slow, name: "timer E at T2", input: timer("E"), at: "trying", does: ["send-request", "+E 4000"] },
    { from: trying, name: "timer F", input: timer("F"), at: "terminated", does: ["report timeout"] },
    { from: trying, name: "timer K", input: timer("K"), at: "trying", does: [] },
    { from: trying, name: "100", input: response(100), at: "proceeding", does: ["pass-up"] },
    { from: trying, name: "200", input: response(200), at: "completed", does: ["-E", "-F", "pass-up", "+K 5000"] },
    { from: trying, name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
    { from: proceeding, name: "timer E", input: timer("E"), at: "proceeding", does: ["send-request", "+E 4000"] },
    { from: proceeding, name: "timer F", input: timer("F"), at: "terminated", does: ["report timeout"] },
    { from: proceeding, name: "404", input: response(404), at: "completed", does: ["-E", "-F", "pass-up", "+K 5000"] },
    { from: completed, name: "200 again", input: response(200), at: "completed", does: [] },
    { from: completed, name: "timer K", input: timer("K"), at: "terminated", does: [] },
    { from: completed, name: "transport failure", input: failed, at: "completed", does: [] },
  ] as const)("$from.at, on $name: $at", ({ from, input, at, does }) => {
    const [state, actions] = stepRequestClient(from, input, udp);
    expect(state.at).toBe(at);
    expect(words(actions)).toEqual(does);
  });
});

describe("INVITE server transaction (RFC 3261 §17.2.1, RFC 6026)", () => {
  const silent = startInviteServer;
  const ringing = { at: "proceeding", hasResponse: true } as const;
  const completed = { at: "completed", resendAfter: ms(500) } as const;
  const confirmed = { at: "confirmed" } as const;
  const accepted = { at: "accepted" } as const;

  test.each([
    { from: silent, name: "INVITE again", input: request, at: "proceeding", does: [] },
    { from: silent, name: "180 from the user", input: respond(180), at: "proceeding", does: ["send-response"] },
    { from: ringing, name: "INVITE again", input: request, at: "proceeding", does: ["send-response"] },
    { from: ringing, name: "200", input: respond(200), at: "accepted", does: ["send-response", "+L 32000"] },
    { from: ringing, name: "486", input: respond(486), at: "completed", does: ["send-response", "+G 500", "+H 32000"] },
    { from: ringing, name: "ACK out of place", input: ack, at: "proceeding", does: [] },
    { from: ringing, name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
    { from: completed, name: "INVITE again", input: request, at: "completed", does: ["send-response"] },
    { from: completed, name: "timer G", input: timer("G"), at: "completed", does: ["send-response", "+G 1000"] },
    { from: completed, name: "timer H", input: timer("H"), at: "terminated", does: ["report timeout"] },
    { from: completed, name: "ACK", input: ack, at: "confirmed", does: ["-G", "-H", "+I 5000"] },
    { from: completed, name: "200 from the user", input: respond(200), at: "completed", does: [] },
    { from: completed, name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
    { from: confirmed, name: "ACK again", input: ack, at: "confirmed", does: [] },
    { from: confirmed, name: "INVITE again", input: request, at: "confirmed", does: [] },
    { from: confirmed, name: "timer I", input: timer("I"), at: "terminated", does: [] },
    { from: accepted, name: "INVITE again", input: request, at: "accepted", does: [] },
    { from: accepted, name: "200 once more", input: respond(200), at: "accepted", does: ["send-response"] },
    { from: accepted, name: "486 too late", input: respond(486), at: "accepted", does: [] },
    { from: accepted, name: "ACK", input: ack, at: "accepted", does: ["pass-up"] },
    { from: accepted, name: "timer L", input: timer("L"), at: "terminated", does: [] },
    { from: accepted, name: "transport failure", input: failed, at: "accepted", does: [] },
  ] as const)("$from.at, on $name: $at", ({ from, input, at, does }) => {
    const [state, actions] = stepInviteServer(from, input, udp);
    expect(state.at).toBe(at);
    expect(words(actions)).toEqual(does);
  });

  test("over TCP a refusal is not resent, and its ACK ends it", () => {
    expect(words(stepInviteServer(ringing, respond(486), tcp)[1])).toEqual(["send-response", "+H 32000"]);
    expect(stepInviteServer(completed, ack, tcp)[0].at).toBe("terminated");
  });

  test("timer G never waits longer than T2", () => {
    expect(words(stepInviteServer({ at: "completed", resendAfter: ms(4000) }, timer("G"), udp)[1])).toEqual([
      "send-response",
      "+G 4000",
    ]);
  });
});

describe("server transaction of other methods (RFC 3261 §17.2.2)", () => {
  test.each([
    { from: "trying", name: "the request again", input: request, at: "trying", does: [] },
    { from: "trying", name: "100", input: respond(100), at: "proceeding", does: ["send-response"] },
    { from: "trying", name: "200", input: respond(200), at: "completed", does: ["send-response", "+J 32000"] },
    { from: "proceeding", name: "the request again", input: request, at: "proceeding", does: ["send-response"] },
    { from: "proceeding", name: "500", input: respond(500), at: "completed", does: ["send-response", "+J 32000"] },
    { from: "proceeding", name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
    { from: "completed", name: "the request again", input: request, at: "completed", does: ["send-response"] },
    { from: "completed", name: "another response", input: respond(404), at: "completed", does: [] },
    { from: "completed", name: "timer J", input: timer("J"), at: "terminated", does: [] },
    { from: "completed", name: "transport failure", input: failed, at: "terminated", does: ["report transport"] },
  ] as const)("$from, on $name: $at", ({ from, input, at, does }) => {
    const [state, actions] = stepRequestServer({ at: from }, input, udp);
    expect(state.at).toBe(at);
    expect(words(actions)).toEqual(does);
  });

  test("over TCP a final response ends it", () => {
    expect(stepRequestServer(startRequestServer, respond(200), tcp)[0].at).toBe("terminated");
  });
});

/** Runs a machine over random inputs and checks what must hold for all four. */
function walk<State extends { readonly at: string }, Input>(
  begin: readonly [State, readonly Action[]],
  step: (state: State, input: Input) => readonly [State, readonly Action[]],
  inputs: readonly Input[],
): void {
  let [state, actions] = begin;
  const running = new Set<string>();
  const apply = (all: readonly Action[]): void => {
    for (const action of all) {
      if (action.type === "start-timer") running.add(action.timer);
      if (action.type === "stop-timer") running.delete(action.timer);
    }
  };
  apply(actions);
  for (const input of inputs) {
    const isOver = state.at === "terminated";
    const fired = (input as { readonly timer?: string }).timer;
    if (fired !== undefined && !running.has(fired)) continue;
    if (fired !== undefined) running.delete(fired);
    [state, actions] = step(state, input);
    apply(actions);
    if (isOver) expect([state.at, actions]).toEqual(["terminated", []]);
    // Two slots hold all timers only while at most one resends and one ends.
    const resending = [...running].filter((name) => "AEG".includes(name));
    if (state.at !== "terminated")
      expect([resending.length <= 1, running.size - resending.length <= 1]).toEqual([true, true]);
  }
}

describe("random walks", () => {
  const context = fc.constantFrom(udp, tcp);

  /** Up to forty inputs: statuses in one of two forms, and the others given. */
  function inputsOf<Input>(
    ofStatus: (status: number) => Input,
    ...others: readonly Input[]
  ): fc.Arbitrary<readonly Input[]> {
    const statuses = fc.integer({ min: 100, max: 699 }).map(ofStatus);
    return fc.array(fc.oneof(statuses, fc.constantFrom(...others)), { maxLength: 40 });
  }

  test("no machine leaves its end, and none runs two timers of a kind", () => {
    const inviteClient = inputsOf<InviteClientInput>(response, timer("A"), timer("B"), timer("D"), timer("M"), failed);
    const requestClient = inputsOf<RequestClientInput>(response, timer("E"), timer("F"), timer("K"), failed);
    const serverTimers = [timer("G"), timer("H"), timer("I"), timer("L")] as const;
    const inviteServer = inputsOf<InviteServerInput>(respond, ...serverTimers, failed, request, ack);
    const requestServer = inputsOf<RequestServerInput>(respond, timer("J"), failed, request);
    fc.assert(
      fc.property(inviteClient, context, (inputs, how) => {
        walk(startInviteClient(how), (state, input: InviteClientInput) => stepInviteClient(state, input, how), inputs);
      }),
    );
    fc.assert(
      fc.property(requestClient, context, (inputs, how) => {
        walk(
          startRequestClient(how),
          (state, input: RequestClientInput) => stepRequestClient(state, input, how),
          inputs,
        );
      }),
    );
    fc.assert(
      fc.property(inviteServer, context, (inputs, how) => {
        walk([startInviteServer, []], (state, input: InviteServerInput) => stepInviteServer(state, input, how), inputs);
      }),
    );
    fc.assert(
      fc.property(requestServer, context, (inputs, how) => {
        walk(
          [startRequestServer, []],
          (state, input: RequestServerInput) => stepRequestServer(state, input, how),
          inputs,
        );
      }),
    );
  });

  test("an INVITE that nobody answers is sent seven times in 32 seconds", () => {
    let [state] = startInviteClient(udp);
    let waited = 0;
    let sent = 1;
    for (let after = 500; waited + after < 32_000; after *= 2) {
      waited += after;
      sent++;
      [state] = stepInviteClient(state, timer("A"), udp);
    }
    expect(sent).toBe(7);
    expect(stepInviteClient(state, timer("B"), udp)[0]).toEqual({ at: "terminated", because: "timeout" });
  });
});
