import { ms, ok } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { SipTransport, TransportEvents } from "../agent/transport.ts";
import type { InboxOptions } from "./inbox.ts";
import { createInbox } from "./inbox.ts";

const FLOW: Flow = {
  transport: "tcp",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address: "10.0.0.2", port: 5060 },
};

/** An agent that takes `costMs` for each message, behind an inbox, with a host that looks for other work when it is told to. */
async function scene(options: Partial<InboxOptions> & { readonly costMs?: number } = {}) {
  const { costMs = 0, ...bounds } = options;
  const clock = manualClock();
  const turns: (() => void)[] = [];
  const taken: string[] = [];
  const waits: number[] = [];
  const inbox = createInbox({ clock, soon: (task) => void turns.push(task), ...bounds });
  let socket: TransportEvents | undefined;
  const transport: SipTransport = {
    name: "tcp",
    isReliable: true,
    family: 4,
    open: async (events) => {
      socket = events;
      return FLOW.local;
    },
    send: () => ok(undefined),
    localTowards: () => FLOW.local,
    isOpen: () => true,
    connections: () => [],
    close: async () => {},
  };
  const before = inbox.before(transport);
  const take = (what: string): void => {
    taken.push(what);
    waits.push(inbox.waitMs());
    clock.advance(ms(costMs));
  };
  await before.open({
    onMessage: (bytes) => take(new TextDecoder().decode(bytes)),
    onClosed: () => take("closed"),
  });
  return {
    clock,
    inbox,
    taken,
    waits,
    close: () => before.close(),
    comes: (...texts: readonly string[]) => {
      for (const text of texts) socket?.onMessage(new TextEncoder().encode(text), FLOW);
    },
    ignores: (count: number) => {
      for (let index = 0; index < count; index++) socket?.onIgnored?.();
    },
    closes: () => socket?.onClosed(FLOW),
    turn: () => turns.shift()?.(),
    turns: () => turns.length,
  };
}

test("what comes in one turn is taken in the next, in order, and the end of a connection last", async () => {
  const { comes, closes, turn, turns, taken, inbox } = await scene();
  comes("a", "b");
  closes();
  expect([taken, inbox.size(), turns()]).toEqual([[], 3, 1]);
  turn();
  expect([taken, inbox.size(), turns()]).toEqual([["a", "b", "closed"], 0, 0]);
});

test.each([
  { costMs: 0.1, atOnce: 20 },
  { costMs: 1, atOnce: 8 },
])("a slice of messages ends after 2 ms, or eight of them, so that other work has its turn", async (each) => {
  const { comes, turn, turns, taken } = await scene(each);
  const texts = Array.from({ length: 30 }, (_, index) => String(index));
  comes(...texts);
  turn();
  expect(taken).toEqual(texts.slice(0, each.atOnce));
  comes("last");
  while (turns() > 0) turn();
  expect(taken).toEqual([...texts, "last"]);
});

test("nothing is taken while the sockets may hold more than was read at once, so that what waits is all here and its wait is known", async () => {
  const { comes, ignores, turn, turns, taken, inbox } = await scene({ costMs: 1 });
  const texts = Array.from({ length: 40 }, (_, index) => String(index));
  comes(...texts.slice(0, 32));
  turn();
  comes("first of the second reading");
  ignores(31);
  turn();
  expect([taken, inbox.size(), turns()]).toEqual([[], 33, 1]);
  comes(...texts.slice(32));
  turn();
  expect(taken).toEqual(texts.slice(0, 8));
  while (turns() > 0) turn();
  expect(taken).toEqual([...texts.slice(0, 32), "first of the second reading", ...texts.slice(32)]);
});

test("a flood without end leaves every ninth turn for messages", async () => {
  const { comes, turn, taken } = await scene({ costMs: 1 });
  const flood = Array.from({ length: 32 }, () => "flood");
  const atTurns = Array.from({ length: 27 }, () => {
    comes(...flood);
    turn();
    return taken.length;
  });
  expect(atTurns.map((count, index) => count - (atTurns[index - 1] ?? 0))).toEqual(
    Array.from({ length: 27 }, (_, index) => (index % 9 === 8 ? 8 : 0)),
  );
});

test("how long the message at hand has waited is known, and of those that wait, the oldest", async () => {
  const { comes, clock, turn, turns, waits, inbox } = await scene({ costMs: 5 });
  expect(inbox.waitMs()).toBe(0);
  comes("a");
  clock.advance(ms(30));
  comes("b");
  expect(inbox.waitMs()).toBe(30);
  while (turns() > 0) turn();
  expect([waits, inbox.waitMs()]).toEqual([[30, 5], 0]);
});

test.each([
  ["messages", { most: 2 }],
  ["bytes", { mostBytes: 6 }],
])("with no room for more %s it takes the oldest at once", async (_name, bounds) => {
  const { comes, taken, inbox, turn } = await scene(bounds);
  comes("one", "two");
  expect(taken).toEqual([]);
  comes("three");
  expect(inbox.size()).toBeLessThanOrEqual(2);
  expect(taken[0]).toBe("one");
  turn();
  expect(taken).toEqual(["one", "two", "three"]);
});

test("a message larger than all its room is taken alone", async () => {
  const { comes, taken, turn } = await scene({ mostBytes: 2 });
  comes("one", "two");
  expect(taken).toEqual(["one"]);
  turn();
  expect(taken).toEqual(["one", "two"]);
});

test("long lists keep their order and give back their room", async () => {
  const { comes, turn, turns, taken } = await scene({ costMs: 1 });
  const texts = Array.from({ length: 5000 }, (_, index) => String(index));
  for (const text of texts) {
    comes(text);
    if (Number(text) % 3 === 0) turn();
  }
  while (turns() > 0) turn();
  expect(taken).toEqual(texts);
});

test("when its transport is closed, what waits is dropped", async () => {
  const { comes, close, turn, taken } = await scene();
  comes("a");
  await close();
  turn();
  expect(taken).toEqual([]);
});

test("a message whose agent fails does not hold up those behind it", async () => {
  const clock = manualClock();
  const turns: (() => void)[] = [];
  const inbox = createInbox({ clock, soon: (task) => void turns.push(task) });
  const taken: number[] = [];
  let socket: TransportEvents | undefined;
  const listening = {
    open: (events: TransportEvents) => {
      socket = events;
    },
  } as unknown as SipTransport;
  void inbox.before(listening).open({
    onMessage: ([first = 0]) => {
      if (first === 0) throw new Error("no");
      taken.push(first);
    },
    onClosed: () => {},
  });
  for (const byte of [0, 1]) socket?.onMessage(Uint8Array.of(byte), FLOW);
  expect(() => turns.shift()?.()).toThrow("no");
  turns.shift()?.();
  expect(taken).toEqual([1]);
});
