import { ms } from "@cordboard/kernel";
import { expect, test } from "vitest";
import type { Behaving, Behaviour } from "./behaviour.ts";
import { behave } from "./behaviour.ts";

/** A call that writes down what is done with it. */
function noted(): Behaving & { readonly steps: string[] } {
  const steps: string[] = [];
  const step = async (text: string): Promise<void> => void steps.push(text);
  return {
    steps,
    ring: ({ earlyMedia }) => step(earlyMedia ? "183" : "180"),
    answer: () => step("200"),
    decline: (status, { reason }) => void steps.push(reason === undefined ? `${status}` : `${status} ${reason}`),
    hangUp: () => step("bye"),
    pause: (time) => step(`${time} ms`),
  };
}

test.each<{ readonly behaviour: Behaviour; readonly steps: readonly string[] }>([
  { behaviour: "ring", steps: ["180"] },
  { behaviour: "auto", steps: ["180", "200"] },
  { behaviour: "busy", steps: ["486"] },
  { behaviour: "decline", steps: ["603"] },
  { behaviour: { does: "nothing" }, steps: [] },
  { behaviour: { does: "ring", earlyMedia: true, delayMs: ms(5) }, steps: ["5 ms", "183"] },
  {
    behaviour: { does: "answer", ringMs: ms(300), hangUpAfterMs: ms(0) },
    steps: ["180", "300 ms", "200", "0 ms", "bye"],
  },
  { behaviour: { does: "reject", status: 503, reason: "Q.850;cause=42" }, steps: ["503 Q.850;cause=42"] },
  { behaviour: { does: "reject", status: 480, ringMs: ms(9) }, steps: ["180", "9 ms", "480"] },
])("$behaviour", async ({ behaviour, steps }) => {
  const call = noted();
  await behave(call, behaviour);
  expect(call.steps).toEqual(steps);
});

test("a call that ends in a pause ends the script", async () => {
  const call = noted();
  const ended: Behaving = { ...call, pause: () => Promise.reject(new Error("the call is over")) };
  await expect(behave(ended, { does: "answer", ringMs: ms(100) })).rejects.toThrow("over");
  expect(call.steps).toEqual(["180"]);
});
