import { describe, expect, test } from "vitest";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import { isNextReliable, parseRAck, reliableNumber } from "./reliable.ts";

describe("RAck (RFC 3262 §7.2)", () => {
  test.each([
    { text: "776656 1 INVITE", value: { rseq: 776_656, cseq: 1, method: "INVITE" } },
    { text: " 1\t2  INVITE ", value: { rseq: 1, cseq: 2, method: "INVITE" } },
    { text: "4294967295 1 INVITE", value: { rseq: 4_294_967_295, cseq: 1, method: "INVITE" } },
    { text: "4294967296 1 INVITE", value: undefined },
    { text: "0 1 INVITE", value: undefined },
    { text: "1 INVITE", value: undefined },
    { text: "1 x INVITE", value: undefined },
    { text: "1 2 INVITE x", value: undefined },
    { text: "", value: undefined },
  ])("reads $text", ({ text, value }) => expect(parseRAck(text)).toEqual(value));
});

describe("a provisional response (RFC 3262 §4)", () => {
  const response = (status: number, fields: readonly HeaderField[]) => ({
    type: "response" as const,
    status,
    reason: "",
    headers: Headers.of(fields),
    body: new Uint8Array(0),
  });

  test.each([
    {
      status: 183,
      fields: [
        ["Require", "100rel"],
        ["RSeq", "7"],
      ],
      number: 7,
    },
    {
      status: 180,
      fields: [
        ["Require", "a, 100REL"],
        ["rseq", " 8 "],
      ],
      number: 8,
    },
    {
      status: 100,
      fields: [
        ["Require", "100rel"],
        ["RSeq", "7"],
      ],
      number: undefined,
    },
    {
      status: 200,
      fields: [
        ["Require", "100rel"],
        ["RSeq", "7"],
      ],
      number: undefined,
    },
    { status: 180, fields: [["RSeq", "7"]], number: undefined },
    { status: 180, fields: [["Require", "100rel"]], number: undefined },
    {
      status: 180,
      fields: [
        ["Require", "100rel"],
        ["RSeq", "0"],
      ],
      number: undefined,
    },
  ] as const)("$status with $fields has the number $number", ({ status, fields, number }) =>
    expect(reliableNumber(response(status, fields))).toBe(number),
  );

  test.each([
    { last: undefined, rseq: 700, isNext: true },
    { last: 700, rseq: 701, isNext: true },
    { last: 700, rseq: 700, isNext: false },
    { last: 700, rseq: 702, isNext: false },
    { last: 700, rseq: 1, isNext: false },
  ])("$rseq after $last is the next one: $isNext", ({ last, rseq, isNext }) =>
    expect(isNextReliable(last, rseq)).toBe(isNext),
  );
});
