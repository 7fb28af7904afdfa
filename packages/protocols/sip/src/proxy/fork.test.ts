import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bestOf } from "./best.ts";
import type { ForkAction, ForkInput, ForkState } from "./fork.ts";
import { isForkOver, startFork, stepFork } from "./fork.ts";

const response = (target: number, status: number): ForkInput => ({ type: "response", target, status });
const failed = (target: number, failure: "timeout" | "transport"): ForkInput => ({ type: "failed", target, failure });
const timerC = (target: number): ForkInput => ({ type: "timer-c", target });
const cancel: ForkInput = { type: "cancel" };
const rungOut: ForkInput = { type: "rung-out" };

/** What a fork does on a row of inputs: one text an action, one list an input. */
function courseOf(groups: readonly (readonly number[])[], isInvite: boolean, inputs: readonly ForkInput[]) {
  const [first, begun] = startFork(groups, isInvite);
  let state: ForkState = first;
  const told = [begun.map(textOf)];
  for (const input of inputs) {
    const [next, actions] = stepFork(state, input);
    state = next;
    told.push(actions.map(textOf));
  }
  return { told, state };
}

function textOf(action: ForkAction): string {
  switch (action.type) {
    case "try":
      return `try ${action.targets.join(",")}`;
    case "pass-on":
      return "pass-on";
    case "answer":
      return `answer ${action.target}:${action.status}`;
    case "cancel":
      return `cancel ${action.target} ${action.because}`;
    case "watch":
      return `watch ${action.target} ${action.until}`;
    case "unwatch":
      return `unwatch ${action.target}`;
    case "abandon":
      return `abandon ${action.target}`;
    default:
      return action;
  }
}

describe("an INVITE to several phones", () => {
  test("the first answer goes on at once, and who still rings is cancelled", () => {
    const { told, state } = courseOf([[0, 1]], true, [
      response(0, 180),
      response(1, 100),
      response(1, 180),
      response(0, 200),
      response(1, 487),
    ]);
    expect(told).toEqual([
      ["try 0,1"],
      ["pass-on", "watch 0 timer-c"],
      ["watch 1 timer-c"],
      ["pass-on", "watch 1 timer-c"],
      ["pass-on", "unwatch 0", "cancel 1 answered", "watch 1 patience"],
      ["unwatch 1"],
    ]);
    expect(isForkOver(state)).toBe(true);
  });

  test("a second phone that answers in the same moment is passed on as well, and so is every repetition", () => {
    const { told } = courseOf([[0, 1]], true, [
      response(0, 180),
      response(1, 180),
      response(0, 200),
      response(1, 200),
      response(0, 200),
    ]);
    expect(told.slice(4)).toEqual([["pass-on", "unwatch 1"], ["pass-on"]]);
  });

  test("a phone that has not said a word is cancelled with its first one", () => {
    const { told, state } = courseOf([[0, 1]], true, [response(0, 200), response(1, 180), response(1, 487)]);
    expect(told.slice(1)).toEqual([["pass-on", "unwatch 0"], ["cancel 1 answered", "watch 1 patience"], ["unwatch 1"]]);
    expect(isForkOver(state)).toBe(true);
  });

  test("refusals wait for the last phone, and the best of them goes on", () => {
    const { told } = courseOf([[0, 1, 2]], true, [response(0, 503), response(1, 486), failed(2, "timeout")]);
    expect(told.slice(1)).toEqual([["unwatch 0"], ["unwatch 1"], ["unwatch 2", "answer 1:486"]]);
  });

  test("a refusal of everywhere cancels the others, tries nobody else, and wins", () => {
    const { told } = courseOf([[0, 1], [2]], true, [response(1, 180), response(0, 603), response(1, 487)]);
    expect(told.slice(2)).toEqual([
      ["unwatch 0", "cancel 1 refused", "watch 1 patience"],
      ["unwatch 1", "answer 0:603"],
    ]);
  });

  test("an answer after a refusal of everywhere still goes on", () => {
    const { told } = courseOf([[0, 1]], true, [response(1, 180), response(0, 603), response(1, 200)]);
    expect(told[3]).toEqual(["pass-on", "unwatch 1"]);
  });

  test("the next preference is tried when all of the first have failed", () => {
    const { told } = courseOf([[1], [0, 2]], true, [response(1, 486), response(0, 404), response(2, 480)]);
    expect(told).toEqual([["try 1"], ["unwatch 1", "try 0,2"], ["unwatch 0"], ["unwatch 2", "answer 1:486"]]);
  });

  test("the next preference is tried when the first has rung for long enough", () => {
    const { told } = courseOf([[0], [1]], true, [response(0, 180), rungOut, response(0, 487), response(1, 200)]);
    expect(told.slice(2)).toEqual([
      ["cancel 0 time", "watch 0 patience", "try 1"],
      ["unwatch 0"],
      ["pass-on", "unwatch 1"],
    ]);
  });

  test("a caller who gives up has all phones cancelled, and hears that it was terminated", () => {
    const { told } = courseOf([[0, 1, 2], [3]], true, [
      response(0, 180),
      response(1, 486),
      cancel,
      response(2, 180),
      response(0, 487),
      response(2, 487),
    ]);
    expect(told.slice(3)).toEqual([
      ["cancel 0 caller", "watch 0 patience"],
      ["pass-on", "cancel 2 caller", "watch 2 patience"],
      ["unwatch 0"],
      ["unwatch 2", "answer 0:487"],
    ]);
  });

  test("timer C cancels a phone that rings for ever, and then does without its answer", () => {
    const { told, state } = courseOf([[0]], true, [response(0, 180), timerC(0), timerC(0), response(0, 200)]);
    expect(told.slice(2)).toEqual([
      ["cancel 0 time", "watch 0 patience"],
      ["abandon 0", "unwatch 0", "answer 0:408"],
      ["pass-on", "unwatch 0"],
    ]);
    expect(isForkOver(state)).toBe(true);
  });
});

describe("any other request", () => {
  test("one answer goes on, later ones do not, and nobody is cancelled", () => {
    const { told, state } = courseOf([[0, 1]], false, [response(0, 200), response(1, 202), response(0, 200)]);
    expect(told.slice(1)).toEqual([["pass-on", "unwatch 0"], ["unwatch 1"], []]);
    expect(isForkOver(state)).toBe(true);
  });

  test("nobody who answers gives a timeout", () => {
    expect(courseOf([[0]], false, [failed(0, "timeout")]).told[1]).toEqual(["unwatch 0", "answer 0:408"]);
  });
});

describe("the best of several answers", () => {
  test.each([
    { name: "one of everywhere", statuses: [404, 603, 302], best: 603 },
    { name: "a new address rather than a refusal", statuses: [486, 302, 500], best: 302 },
    { name: "a question for credentials rather than a refusal", statuses: [486, 407, 404], best: 407 },
    { name: "what the caller can mend", statuses: [486, 484], best: 484 },
    { name: "a person's refusal rather than silence", statuses: [408, 486], best: 486 },
    { name: "a refusal of the phone rather than a fault of a server", statuses: [500, 404], best: 404 },
    { name: "any fault rather than an overload", statuses: [503, 502], best: 502 },
    { name: "the first of equal ones", statuses: [486, 404], best: 486 },
  ])("$name", ({ statuses, best }) => expect(statuses[bestOf(statuses, false)]).toBe(best));

  test("a caller who gave up hears so, unless it is refused everywhere", () => {
    expect(bestOf([486, 487], true)).toBe(1);
    expect(bestOf([603, 487], true)).toBe(0);
    expect(bestOf([], true)).toBe(-1);
  });
});

const targets = fc.integer({ min: 0, max: 3 });
const inputs = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(targets, fc.constantFrom(100, 180, 183, 200, 302, 404, 487, 503, 603))
      .map(([t, s]) => response(t, s)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(targets, fc.constantFrom("timeout" as const, "transport" as const))
      .map(([t, f]) => failed(t, f)),
  },
  { weight: 1, arbitrary: targets.map(timerC) },
  { weight: 1, arbitrary: fc.constantFrom(cancel, rungOut) },
);

test("whatever comes in whatever order, the caller gets one final answer, and each phone one CANCEL at most", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(inputs, { maxLength: 60 }), (isInvite, walk) => {
      // In the end every phone says something final, so that the fork has to end too.
      const ends = [0, 1, 2, 3].flatMap((target) => [response(target, 404), failed(target, "timeout")]);
      const { told, state } = courseOf([[0, 1], [2], [3]], isInvite, [...walk, ...ends, ...ends, ...ends]);
      const all = told.flat();
      const answers = all.filter((text) => text.startsWith("answer"));
      const passed2xx = [...state.branches.values()].some(({ status }) => status >= 200 && status < 300);
      expect(isForkOver(state)).toBe(true);
      expect(answers.length).toBeLessThanOrEqual(1);
      expect(answers.length === 1 || passed2xx).toBe(true);
      for (const target of [0, 1, 2, 3]) {
        expect(all.filter((text) => text.startsWith(`cancel ${target} `)).length).toBeLessThanOrEqual(isInvite ? 1 : 0);
        expect(
          all.filter((text) => text.startsWith("try") && text.includes(String(target))).length,
        ).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 500 },
  );
});
