import { expect, test } from "vitest";
import { Timeline } from "./timeline.ts";

const packet = (value: number): Int16Array => new Int16Array(160).fill(value);

test("packets in order are passed on as they are", () => {
  const timeline = new Timeline();
  for (const i of [0, 1, 2]) expect(timeline.place(1000 + 160 * i, packet(i))).toEqual(packet(i));
});

test("a gap becomes silence of its length", () => {
  const timeline = new Timeline();
  timeline.place(0, packet(1));
  expect(timeline.place(480, packet(2))).toEqual(new Int16Array([...new Int16Array(320), ...packet(2)]));
});

test("repetitions and late packets are left out", () => {
  const timeline = new Timeline();
  timeline.place(160, packet(1));
  expect(timeline.place(160, packet(1))).toBeUndefined();
  expect(timeline.place(0, packet(0))).toBeUndefined();
  expect(timeline.place(320, packet(2))).toEqual(packet(2));
});

test("time goes on over the wrap of the timestamp", () => {
  const timeline = new Timeline();
  timeline.place(2 ** 32 - 160, packet(1));
  expect(timeline.place(0, packet(2))).toEqual(packet(2));
  expect(timeline.place(320, packet(3))?.length).toBe(320);
});

test("a jump of more than five seconds is a new beginning", () => {
  const timeline = new Timeline();
  timeline.place(0, packet(1));
  expect(timeline.place(2 ** 31, packet(2))).toEqual(packet(2));
  expect(timeline.place(160, packet(3))).toEqual(packet(3));
});
