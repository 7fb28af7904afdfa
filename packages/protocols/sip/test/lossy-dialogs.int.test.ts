import { isSoak, tell, tellProgress } from "@cordboard/testkit";
import { describe, expect, test, vi } from "vitest";
import { judge } from "./lossy/judge.ts";
import { ladder } from "./lossy/ladder.ts";
import { planOf } from "./lossy/plan.ts";
import type { Story } from "./lossy/story.ts";
import { play, playTogether } from "./lossy/story.ts";
import { allPairs, matrixText, whyNever } from "./lossy/visits.ts";

// The machines of the agents under test count what they meet, and do what they did.
vi.mock(import("../src/transaction/invite-client.ts"), async (load) => {
  const [{ recorded }, real] = await Promise.all([import("./lossy/visits.ts"), load()]);
  return { ...real, stepInviteClient: recorded("invite-client", real.stepInviteClient) };
});
vi.mock(import("../src/transaction/request-client.ts"), async (load) => {
  const [{ recorded }, real] = await Promise.all([import("./lossy/visits.ts"), load()]);
  return { ...real, stepRequestClient: recorded("request-client", real.stepRequestClient) };
});
vi.mock(import("../src/transaction/invite-server.ts"), async (load) => {
  const [{ recorded }, real] = await Promise.all([import("./lossy/visits.ts"), load()]);
  return { ...real, stepInviteServer: recorded("invite-server", real.stepInviteServer) };
});
vi.mock(import("../src/transaction/request-server.ts"), async (load) => {
  const [{ recorded }, real] = await Promise.all([import("./lossy/visits.ts"), load()]);
  return { ...real, stepRequestServer: recorded("request-server", real.stepRequestServer) };
});
vi.mock(import("../src/dialog/answer-resend.ts"), async (load) => {
  const [{ recorded }, real] = await Promise.all([import("./lossy/visits.ts"), load()]);
  return { ...real, stepAnswerResend: recorded("answer-resend", real.stepAnswerResend) };
});

const DIALOGS = isSoak ? 200_000 : 10_000;
const BLOCK = 1_000;
const CROWD = 100;
const BLOCK_DEADLINE_MS = 120_000;

/** One seed to play alone and to read: `LOSSY_SEED=17 npx vitest run lossy-dialogs`. */
const alone = process.env["LOSSY_SEED"];

/** What is wrong with a story, with what it takes to see it again. */
const complaints = (story: Story): readonly string[] =>
  judge(story).map((each) => `${each} (LOSSY_SEED=${story.plan.seed} npx vitest run lossy-dialogs)`);

function everySeed(): void {
  const blocks = Array.from({ length: DIALOGS / BLOCK }, (_, index) => ({
    first: index * BLOCK + 1,
    last: (index + 1) * BLOCK,
  }));
  const counts = { dialogs: 0, answered: 0, messages: 0 };

  test.each(blocks)(
    "those of seeds $first to $last end right on both sides",
    { timeout: BLOCK_DEADLINE_MS },
    async ({ first, last }) => {
      const wrong: string[] = [];
      for (let seed = first; seed <= last; seed++) {
        const story = await play(planOf(seed));
        wrong.push(...complaints(story));
        counts.dialogs++;
        counts.messages += story.sent.length;
        if (story.caller.outcomes[0]?.type === "answered") counts.answered++;
      }
      expect(wrong).toEqual([]);
      tellProgress(`${counts.dialogs} of ${DIALOGS} dialogs`);
    },
  );

  test.each([1, 2, 3, 4])("a hundred at once of seed %i do not disturb each other", async (seed) => {
    const [first, ...others] = Array.from({ length: CROWD }, (_, index) => planOf(seed * DIALOGS + index));
    if (first === undefined) throw new Error("there is no crowd");
    const stories = await playTogether([first, ...others]);
    expect(stories.flatMap(judge)).toEqual([]);
  });

  test("they brought every input that can come to every state of every machine", () => {
    tell("lossy dialogs", counts);
    process.stdout.write(`\n${matrixText()}\n\n`);
    const wrong = allPairs().filter(
      ({ name, at, input, count }) => count > 0 !== (whyNever(name, at, input) === undefined),
    );
    expect(wrong).toEqual([]);
    expect(counts.dialogs).toBe(DIALOGS);
    expect(counts.answered).toBeGreaterThan(DIALOGS / 2);
  });
}

describe("dialogs over a network that loses, doubles, delays, turns round, forks and fails", () => {
  if (alone === undefined) return everySeed();
  test(`seed ${alone}`, async () => {
    const story = await play(planOf(Number(alone)));
    process.stdout.write(ladder(story));
    expect(judge(story)).toEqual([]);
  });
});
