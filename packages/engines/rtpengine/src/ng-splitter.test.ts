import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dictionary } from "./bencode.ts";
import { printNg } from "./ng-message.ts";
import { NgSplitter } from "./ng-splitter.ts";

describe("messages over TCP", () => {
  test("come out whole and in order, wherever the pieces are cut", () =>
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (texts, cuts) => {
        const all = Buffer.concat(texts.map((text, i) => printNg({ cookie: `c${i}`, body: dictionary({ text }) })));
        const splitter = new NgSplitter();
        const marks = [0, ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b), all.length];
        const heard = marks.flatMap((mark, i) => splitter.take(all.subarray(mark, marks[i + 1])) ?? []);
        expect(heard.map(({ body }) => body.get("text"))).toEqual(texts);
      }),
    ));

  test("that are none are an end", () => {
    expect(new NgSplitter().take(Buffer.from("a de\nb"))).toBeUndefined();
  });

  test("that never end are an end", () => {
    const splitter = new NgSplitter();
    expect(splitter.take(Buffer.from("a d1:a90000:"))).toEqual([]);
    expect(splitter.take(Buffer.alloc(70_000, "a"))).toBeUndefined();
  });
});
