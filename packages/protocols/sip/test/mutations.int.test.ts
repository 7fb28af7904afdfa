import { isSoak, seededRandom, tell, tellProgress } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { exercise } from "./mutations/exercise.ts";
import { heapBytes } from "./mutations/heap.ts";
import { hexOf, originals, specimen } from "./mutations/specimens.ts";

/**
 * Of the soak's ten million, an agent in memory gets another million (mutations-agent.int.test.ts), and the running server one
 * (acceptance/mutations.test.ts).
 */
const READ = isSoak ? 8_000_000 : 80_000;
const BLOCKS = isSoak ? 80 : 8;
const BLOCK_DEADLINE_MS = 300_000;

/** No input may take more CPU than this to read, however long and nasty it is, in milliseconds. */
const LONGEST_MS = 25;
/** The garbage of others makes an input look slow once, but not each time. */
const TRIES = 5;
/** What the heap may grow by from the first to the last block. */
const GROWTH_BYTES = 8 * 2 ** 20;

/** One seed to read alone: `MUTATION_SEED=17 npx vitest run mutations.int`. */
const alone = process.env["MUTATION_SEED"];

/** What is wrong with reading the input of a seed; undefined when nothing is. */
function wrongWith(seed: number): string | undefined {
  const random = seededRandom(seed);
  const bytes = specimen(random);
  const again = `MUTATION_SEED=${seed} npx vitest run mutations.int; the input is ${hexOf(bytes)}`;
  const read = (): number => {
    const before = process.cpuUsage();
    exercise(bytes, random);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    let took = read();
    for (let tries = 1; took > LONGEST_MS && tries < TRIES; tries++) took = Math.min(took, read());
    return took > LONGEST_MS ? `reading took ${took} ms of CPU each time: ${again}` : undefined;
  } catch (fault) {
    return `${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}: ${again}`;
  }
}

describe("reading what was changed at random", () => {
  if (alone !== undefined) {
    test(`seed ${alone}`, () => expect(wrongWith(Number(alone))).toBeUndefined());
    return;
  }
  let heapAtFirst = 0;
  let read = 0;

  test.each(Array.from({ length: BLOCKS }, (_, block) => block))(
    "block %i: nothing is thrown, nothing takes long",
    { timeout: BLOCK_DEADLINE_MS },
    (block) => {
      const wrong: string[] = [];
      for (let i = 0; i < READ / BLOCKS && wrong.length < 5; i++) {
        const fault = wrongWith(block * (READ / BLOCKS) + i);
        if (fault !== undefined) wrong.push(fault);
        read++;
      }
      expect(wrong).toEqual([]);
      if (block === 0) heapAtFirst = heapBytes();
      tellProgress(`${read} of ${READ} inputs read`);
    },
  );

  test("nothing of it is kept", () => {
    const growthBytes = heapBytes() - heapAtFirst;
    tell("mutations read", { read, originals: originals.length, readGrowthBytes: growthBytes });
    expect(growthBytes).toBeLessThan(GROWTH_BYTES);
    expect(read).toBe(READ);
  });
});
