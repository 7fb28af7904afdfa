import { seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { CallNames, newOwner } from "./call-names.ts";

const random = seededRandom(7);
const now = newOwner("0a1b", random);
const before = newOwner("0a1b", random);
const elsewhere = newOwner("ffff", random);

describe("names of calls in rtpengine", () => {
  test("are never the same, whoever gives them", () => {
    const givers = [
      new CallNames(now, 0),
      new CallNames(now, 1),
      new CallNames(before, 0),
      new CallNames(elsewhere, 0),
    ];
    const names = givers.flatMap((giver) => [giver.next(), giver.next()]);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    ["this process, in this rtpengine", now, 0, { isOwn: true, isLeftBehind: false }],
    ["this process, in another rtpengine", now, 1, { isOwn: false, isLeftBehind: false }],
    ["an earlier process of this installation", before, 0, { isOwn: false, isLeftBehind: true }],
    ["another installation", elsewhere, 0, { isOwn: false, isLeftBehind: false }],
  ] as const)("say whether a call is of %s", (_whose, owner, place, wanted) => {
    const own = new CallNames(now, 0);
    const callId = new CallNames(owner, place).next();
    expect({ isOwn: own.isOwn(callId), isLeftBehind: own.isLeftBehind(callId) }).toEqual(wanted);
  });

  test("say that a call of another program is none of ours", () => {
    const own = new CallNames(now, 0);
    expect([own.isOwn("3848276298220188511@atlanta"), own.isLeftBehind("3848276298220188511@atlanta")]).toEqual([
      false,
      false,
    ]);
  });
});
