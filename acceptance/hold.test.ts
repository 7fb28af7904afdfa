import { describe, expect, test } from "vitest";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { expectSilence } from "./silence.ts";
import { withServer } from "./with-server.ts";

describe("a talk on hold", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102" });

  const isHeldBy = async (name: string): Promise<boolean | undefined> =>
    (await all.call(name)).legs.find(({ extension }) => extension === all.at(name))?.isHolding;

  test.each([
    ["who called", "ada", "bruno"],
    ["who was called", "bruno", "ada"],
  ])("by the phone of %s: the other hears music and the holder nothing, until it resumes", async (_who, one, other) => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.phone(one).command("hold");
    await expectSilence(all.phone(one), () => all.hear({ [other]: "music" }));
    expect(await isHeldBy(one)).toBe(true);
    await expect(all.tell(one, { type: "resume" })).rejects.toMatchObject({ cause: { code: "not-now" } });
    await all.phone(one).command("resume");
    await all.hear({ [other]: [one] });
    await all.phone(one).echoes(true);
    await all.hear({ [other]: [other] });
    await all.phone(one).echoes(false);
    expect(await isHeldBy(one)).toBe(false);
    await all.isLeft(other, () => all.hangsUp(one));
  });

  test.each([
    ["who called", "ada", "bruno"],
    ["who was called", "bruno", "ada"],
  ])("by command for %s: the same, and the same order again changes nothing", async (_who, one, other) => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    for (const _again of [1, 2]) {
      await all.tell(one, { type: "hold" });
      await expectSilence(all.phone(one), () => all.hear({ [other]: "music" }));
      expect(await isHeldBy(one)).toBe(true);
    }
    for (const _again of [1, 2]) {
      await all.tell(one, { type: "resume" });
      await all.hear({ ada: ["bruno"], bruno: ["ada"] });
      expect(await isHeldBy(one)).toBe(false);
    }
    await all.isLeft(one, () => all.hangsUp(other));
  });

  test("by both: each hears nothing until one resumes, who then hears music until the other does", async () => {
    await all.calls("ada", "bruno");
    await all.tell("ada", { type: "hold" });
    await all.hear({ bruno: "music" });
    await all.tell("bruno", { type: "hold" });
    await all.tell("ada", { type: "resume" });
    await expectSilence(all.phone("bruno"), () => all.hear({ ada: "music" }));
    await all.tell("bruno", { type: "resume" });
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  });

  test("again and again, as fast as a finger can: both hear what came of it at last", async () => {
    await all.calls("ada", "bruno");
    for (const way of ["hold", "resume", "hold", "resume", "hold"]) await all.phone("bruno").command(way);
    await all.hear({ ada: "music" });
    await all.phone("bruno").command("resume");
    await all.hear({ ada: ["bruno"] });
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  });

  test("ends with the talk when the held one leaves", async () => {
    await all.calls("ada", "bruno");
    await all.phone("ada").command("hold");
    await all.hear({ bruno: "music" });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });
});
