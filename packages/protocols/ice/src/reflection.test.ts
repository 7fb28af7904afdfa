import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { Endpoint } from "./address.ts";
import { Reflection } from "./reflection.ts";
import { parseStun, printStun } from "./stun/message.ts";
import { errorAttribute, mappedAddress } from "./stun/values.ts";

const server: Endpoint = { address: "192.0.2.1", port: 3478 };
const outside: Endpoint = { address: "203.0.113.9", port: 54_321 };

/** A question under way, and what the server would answer to it. */
function asking() {
  const clock = manualClock();
  const sent: Uint8Array[] = [];
  const question = new Reflection({ clock, random: seededRandom(1), send: (bytes) => void sent.push(bytes) }, server);
  const answer = (kind: "success" | "error" = "success"): Uint8Array => {
    const asked = parseStun(sent[0] ?? new Uint8Array(0));
    if (!asked.ok) throw new Error("nothing was asked");
    const { transaction } = asked.value;
    const attribute = kind === "success" ? mappedAddress(outside, transaction) : errorAttribute(500);
    return printStun({ class: kind, transaction, attributes: attribute === undefined ? [] : [attribute] });
  };
  return { clock, sent, question, answer };
}

test("a server says what we look like from outside", async () => {
  const { clock, question, answer } = asking();
  expect(question.take(answer(), server)).toBe(true);
  expect(await question.answer).toEqual(outside);
  expect(clock.pending).toBe(0);
});

test("a lost question is asked again, three times in all, and then given up", async () => {
  const { clock, sent, question } = asking();
  clock.advance(ms(1_000));
  expect(sent.length).toBe(3);
  expect(await question.answer).toBeUndefined();
  expect(clock.pending).toBe(0);
});

test("what others say, or the server says of something else, is no answer", async () => {
  const { question, answer, clock } = asking();
  const another = printStun({ class: "success", transaction: new Uint8Array(12), attributes: [] });
  expect(question.take(answer(), { ...server, port: 1 })).toBe(false);
  expect(question.take(another, server)).toBe(false);
  expect(question.take(Uint8Array.of(0x80, 0, 1), server)).toBe(false);
  clock.advance(ms(1_000));
  expect(await question.answer).toBeUndefined();
});

test("a server that refuses is not asked again", async () => {
  const { question, answer, sent, clock } = asking();
  question.take(answer("error"), server);
  clock.advance(ms(1_000));
  expect([await question.answer, sent.length]).toEqual([undefined, 1]);
});
