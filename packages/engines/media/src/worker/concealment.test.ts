import { soundLevelDbm0 } from "@cordboard/sound";
import { expect, test } from "vitest";
import { ABSENT, Concealment } from "./concealment.ts";

const frame = (sample: (i: number) => number): Int16Array => Int16Array.from({ length: 160 }, (_, i) => sample(i));
const lost = (): Int16Array => frame(() => ABSENT);

test("a lost frame is the one before it again, and more of them fade to silence within 60 ms", () => {
  const concealment = new Concealment();
  const heard = frame((i) => 10_000 * Math.sin(i / 3));
  expect(concealment.mend(Int16Array.from(heard))).toBe(true);
  const levels = [0, 1, 2, 3].map(() => {
    const mended = lost();
    const isSound = concealment.mend(mended);
    return { mended, isSound, level: soundLevelDbm0(mended) };
  });
  expect([...(levels[0]?.mended.subarray(0, 80) ?? [])]).toEqual([...heard.subarray(0, 80)]);
  expect(levels.map(({ isSound }) => isSound)).toEqual([true, true, true, false]);
  for (const [i, { level }] of levels.slice(1).entries()) expect(level).toBeLessThan((levels[i]?.level ?? 0) - 1);
  expect([...(levels[3]?.mended ?? [])]).toEqual(Array(160).fill(0));
});

test("what came stays as it came, and a hole in it is filled with what was heard 20 ms before", () => {
  const concealment = new Concealment();
  concealment.mend(frame((i) => i));
  const holed = frame((i) => (i >= 40 && i < 60 ? ABSENT : 1000 + i));
  concealment.mend(holed);
  expect([...holed]).toEqual([...frame((i) => (i >= 40 && i < 60 ? i : 1000 + i))]);
});

test("before anything was heard there is silence", () => {
  const mended = lost();
  expect(new Concealment().mend(mended)).toBe(false);
  expect([...mended]).toEqual(Array(160).fill(0));
});
