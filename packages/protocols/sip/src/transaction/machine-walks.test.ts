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

const response = (status: number) => ({ type: "response", status }) as const;
const respond = (status: number) => ({ type: "respond", status }) as const;
const timer = <Name extends string>(name: Name) => ({ type: "timer", timer: name }) as const;
const failed = { type: "transport-failed" } as const;
const request = { type: "request" } as const;
const ack = { type: "ack" } as const;

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
