import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { LONGEST_WAIT, shareWrites } from "./log-lines.ts";

function scene() {
  const clock = manualClock();
  const writes: string[] = [];
  return { clock, writes, lines: shareWrites({ write: (text) => void writes.push(text) }, clock) };
}

test("a lone line is written at once, and so is the next one after a rest", () => {
  const { clock, writes, lines } = scene();
  lines.write("a\n");
  expect(writes).toEqual(["a\n"]);
  clock.advance(LONGEST_WAIT);
  lines.write("b\n");
  expect(writes).toEqual(["a\n", "b\n"]);
});

test("lines in quick succession share writes, and none waits for more than 20 ms", () => {
  const { clock, writes, lines } = scene();
  for (let line = 0; line < 9; line++) {
    lines.write(`${line}\n`);
    clock.advance(ms(7));
  }
  clock.advance(ms(20));
  expect(writes).toEqual(["0\n", "1\n2\n", "3\n4\n5\n", "6\n7\n8\n"]);
});

test("a flood does not wait in memory", () => {
  const { writes, lines } = scene();
  const line = `${"x".repeat(999)}\n`;
  for (let count = 0; count < 200; count++) lines.write(line);
  expect(writes.length).toBe(4);
  expect(writes.join("").length).toBeGreaterThan(134_000);
});

test("what waits is written when it is asked for, once, and no timer is left afterwards", () => {
  const { clock, writes, lines } = scene();
  lines.write("a\n");
  lines.write("b\n");
  lines.flush();
  lines.flush();
  expect(writes).toEqual(["a\n", "b\n"]);
  clock.advance(LONGEST_WAIT);
  expect(clock.pending).toBe(0);
});
