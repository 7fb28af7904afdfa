import type { Millis } from "@cordboard/kernel";
import { ms, seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { GroupCommit } from "./group-commit.ts";

interface Change {
  readonly key: string;
  readonly words: readonly string[];
}

/** A database that writes when it is let, and refuses what it is told to refuse. */
function scene(options: { readonly most?: number; readonly spacing?: Millis } = {}) {
  const clock = manualClock();
  const groups: (readonly Change[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const mood: { away: boolean; refused: string | undefined; held: boolean } = {
    away: false,
    refused: undefined,
    held: false,
  };
  let tellBack = (): void => {};
  const group = new GroupCommit<Change>({
    name: "test",
    clock,
    log: silentLog,
    merge: (older, newer) => ({ ...newer, words: [...older.words, ...newer.words] }),
    isFleeting: ({ words }) => words.includes("fleeting"),
    isBeginning: ({ words }) => words.includes("begin"),
    most: options.most ?? 100,
    spacing: options.spacing ?? ms(0),
    longest: seconds(60),
    onBack: (listener) => {
      tellBack = listener;
      return () => {};
    },
    async write(changes) {
      if (mood.held) {
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        await gate.promise;
      }
      if (mood.away) throw new Error("connection refused");
      if (changes.some(({ key }) => key === mood.refused))
        throw Object.assign(new Error("bad text"), { code: "22021" });
      groups.push(changes);
    },
  });
  const add = (key: string, ...words: string[]) => group.add(key, { key, words });
  const keys = () => groups.map((changes) => changes.map(({ key }) => key));
  return { clock, group, groups, gates, mood, add, keys, back: () => tellBack() };
}

test("a lone change is written at once", async () => {
  const { add, keys } = scene();
  expect(await add("a")).toBe("committed");
  expect(keys()).toEqual([["a"]]);
});

test("what comes while a group is being written shares the next one", async () => {
  const { add, keys, mood, gates } = scene();
  mood.held = true;
  const first = add("a");
  await expect.poll(() => gates.length).toBe(1);
  const others = [add("b"), add("c"), add("a", "again")];
  mood.held = false;
  gates[0]?.resolve();
  expect(await Promise.all([first, ...others])).toEqual(["committed", "committed", "committed", "committed"]);
  expect(keys()).toEqual([["a"], ["b", "c", "a"]]);
});

test("groups begin apart, a lone change at once", async () => {
  const { add, clock, keys } = scene({ spacing: ms(5) });
  expect(await add("a")).toBe("committed");
  clock.advance(ms(2));
  const later = [add("b"), add("c")];
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(ms(2));
  later.push(add("d"));
  expect(keys()).toEqual([["a"]]);
  clock.advance(ms(1));
  await Promise.all(later);
  expect(keys()).toEqual([["a"], ["b", "c", "d"]]);
  clock.advance(ms(5));
  expect(await add("e")).toBe("committed");
  expect(clock.pending).toBe(0);
});

test("changes of one key keep their order through an outage", async () => {
  const { add, groups, mood, back } = scene();
  mood.away = true;
  expect(await add("a", "begin")).toBe("spooled");
  expect(await add("b", "begin")).toBe("spooled");
  expect(await add("a", "end")).toBe("spooled");
  mood.away = false;
  back();
  expect(await add("c")).toBe("spooled");
  await expect
    .poll(() => groups.flat().map(({ key, words }) => [key, ...words]))
    .toEqual([["a", "begin", "end"], ["b", "begin"], ["c"]]);
});

test("a failed write is tried again without anybody asking", async () => {
  const { add, clock, groups, mood, group } = scene();
  mood.away = true;
  await add("a");
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(ms(10));
  expect(groups).toEqual([]);
  mood.away = false;
  clock.advance(ms(50));
  await expect.poll(() => group.state()).toBe("committing");
  expect(groups).toHaveLength(1);
});

test("what came during a failing write is merged behind what failed", async () => {
  const { add, groups, mood, gates, back } = scene();
  mood.held = true;
  mood.away = true;
  const first = add("a", "begin");
  await expect.poll(() => gates.length).toBe(1);
  const second = add("a", "end");
  mood.held = false;
  gates[0]?.resolve();
  expect(await Promise.all([first, second])).toEqual(["spooled", "spooled"]);
  mood.away = false;
  back();
  await expect.poll(() => groups.flat().flatMap(({ words }) => words)).toEqual(["begin", "end"]);
});

test("after 60 s without the database nothing new begins, but what runs may end", async () => {
  const { add, clock, group, mood } = scene();
  mood.away = true;
  await add("a", "begin");
  clock.advance(ms(59_999));
  expect(group.state()).toBe("spooling");
  expect(await add("b", "begin")).toBe("spooled");
  clock.advance(ms(1));
  expect(group.state()).toBe("away");
  await expect(add("c", "begin")).rejects.toMatchObject({ code: "database-unavailable" });
  expect(await add("d", "end")).toBe("spooled");
});

test("no more keys wait than were agreed, whether or not the database is away", async () => {
  const { add, group, mood } = scene({ most: 2 });
  mood.away = true;
  await Promise.all([add("a"), add("b")]);
  expect(group.state()).toBe("away");
  await expect(add("c")).rejects.toMatchObject({ code: "database-unavailable" });
  expect(await add("a", "more")).toBe("spooled");
  expect(group.size()).toBe(2);
});

test("a change that the database refuses for what it says is lost alone", async () => {
  const { add, keys, mood } = scene();
  mood.refused = "bad";
  const outcomes = await Promise.allSettled([add("a"), add("b"), add("bad"), add("c"), add("d")]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  expect(keys().flat().sort()).toEqual(["a", "b", "c", "d"]);
  expect(await add("e")).toBe("committed");
});

test("what is of no use when late takes no place in memory, unless its key has one anyway", async () => {
  const { group, mood, add, gates, groups, back } = scene();
  mood.held = true;
  mood.away = true;
  const first = add("a", "begin");
  await expect.poll(() => gates.length).toBe(1);
  group.addQuietly("early", { key: "early", words: ["fleeting"] });
  mood.held = false;
  gates[0]?.resolve();
  await first;
  group.addQuietly("late", { key: "late", words: ["fleeting"] });
  group.addQuietly("a", { key: "a", words: ["more"] });
  expect(group.size()).toBe(1);
  mood.away = false;
  back();
  await expect.poll(() => groups.flat().map(({ words }) => words)).toEqual([["begin", "more"]]);
});

test("closing writes what waits and takes nothing more", async () => {
  const { add, group, keys, mood, gates } = scene();
  mood.held = true;
  const first = add("a");
  await expect.poll(() => gates.length).toBe(1);
  const second = add("b");
  mood.held = false;
  const closed = group.close();
  gates[0]?.resolve();
  expect(await closed).toBe(0);
  expect(await Promise.all([first, second])).toEqual(["committed", "committed"]);
  expect(keys()).toEqual([["a"], ["b"]]);
  await expect(add("c")).rejects.toMatchObject({ code: "database-unavailable" });
});
