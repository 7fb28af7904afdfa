import type { ActionId, LegId, Result } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import { anyKey } from "../../test/call-scene.ts";
import type { ControlCall, ControlOrder, ControlRefusal } from "./control.ts";
import { LastCommands } from "./last-commands.ts";

type Answer = Result<undefined, ControlRefusal>;
const gone: Answer = refused({ code: "unknown-leg" });
const done: Answer = ok(undefined);

let clock: ReturnType<typeof manualClock>;
let commands: LastCommands;
let runs: string[];
beforeEach(() => {
  clock = manualClock();
  commands = new LastCommands(clock);
  runs = [];
});

const give = (
  order: ControlOrder,
  answer: Answer | Promise<Answer>,
  more: Partial<ControlCall> = {},
): Promise<Answer> => {
  const command = { actor: anyKey, correlation: "act_1" as ActionId, leg: "leg_1" as LegId, order, ...more };
  return commands.give(command, () => {
    runs.push(order.type);
    return Promise.resolve(answer);
  });
};
const transfer = { type: "transfer", number: "103" } as const;

test("a command that ended its leg succeeds again at once, and not much later", async () => {
  expect(await give(transfer, done)).toEqual(done);
  expect(await give(transfer, gone)).toEqual(done);
  clock.advance(ms(2_001));
  expect(await give(transfer, gone)).toEqual(gone);
});

test.each([
  ["another order", { type: "transfer", number: "104" }, {}],
  ["for another leg", transfer, { leg: "leg_2" as LegId }],
  ["by somebody else", transfer, { actor: { ...anyKey, kind: "system" } }],
] as const)("%s is a command of its own", async (_what, order, more) => {
  await give(transfer, done);
  expect(await give(order, gone, more)).toEqual(gone);
});

test("what was refused is refused again, and takes the place of nothing", async () => {
  await give(transfer, done);
  expect(await give({ type: "hold" }, gone)).toEqual(gone);
  expect(await give({ type: "hold" }, gone)).toEqual(gone);
  expect(await give(transfer, gone)).toEqual(done);
});

test("digits are pressed as often as they are given", async () => {
  const digits = { type: "send-digits", digits: "1" } as const;
  await give(digits, done);
  expect(await give(digits, gone)).toEqual(gone);
  expect(runs).toEqual(["send-digits", "send-digits"]);
});

test("a command in between makes it a new one", async () => {
  await give({ type: "hold" }, done);
  await give({ type: "resume" }, done);
  expect(await give({ type: "hold" }, gone)).toEqual(gone);
});

test("one that is being done is not begun again", async () => {
  const first = Promise.withResolvers<Answer>();
  const both = [give({ type: "answer" }, first.promise), give({ type: "answer" }, done)];
  first.resolve(gone);
  expect(await Promise.all(both)).toEqual([gone, gone]);
  expect(runs).toEqual(["answer"]);
});

test("only so many legs are remembered", async () => {
  await give(transfer, done);
  for (let i = 2; i <= 1_001; i++) await give(transfer, done, { leg: `leg_${i}` as LegId });
  expect(await give(transfer, gone)).toEqual(gone);
  expect(await give(transfer, gone, { leg: "leg_1001" as LegId })).toEqual(done);
});
