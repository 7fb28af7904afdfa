import type { CallView, ForwardTarget } from "@cordboard/core";
import { isToneHeard } from "@cordboard/sound";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { cordboardJson } from "./command.ts";
import { withEnsemble } from "./ensemble.ts";
import { sayTones } from "./own-prompts.ts";
import { peer } from "./peers.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

/** What callers hear when somebody's mailbox answers; no phone says that. */
const GREETING_HZ = 2_000;
/** Who answers there sends back what it hears. */
const OUTSIDE = "0039055123456";
/** Nobody has a phone with this extension. */
const NOBODY = "104";

const voicemail: ForwardTarget = { kind: "voicemail" };
const nowhere = { always: null, busy: null, noAnswer: null, notRegistered: null };
const plain = { doNotDisturb: false, callWaiting: true, ringSeconds: 60, mobile: null, mobileAfterSeconds: null };

describe("a call to somebody who does not take it", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103" });
  const reach = (extension: string, change: object): Promise<unknown> =>
    administer(server().data, "user-reach", { extension, ...change });
  /** How the last call ended for who made it. */
  const end = async (name: string, does: () => Promise<unknown>): Promise<string | undefined> => {
    const since = all.phone(name).events.length;
    await does();
    return (await all.phone(name).event("CALL_CLOSED", { after: since })).param;
  };

  beforeAll(() => sayTones(server(), { "leave-a-message": GREETING_HZ }, 10_000));
  beforeEach(async () => {
    for (const extension of ["101", "102", "103", NOBODY]) await reach(extension, { ...plain, forward: nowhere });
  });

  /** Bruno's phone rings, and what happens there. */
  const bruno = {
    refuses: async (): Promise<void> => {
      await all.rings("bruno", () => all.dials("ada", "102"));
      await all.phone("bruno").command("hangup");
    },
    letsItRing: async (): Promise<void> => {
      await reach("102", { ringSeconds: 5 });
      await all.rings("bruno", () => all.dials("ada", "102"));
    },
  };
  const because = [
    { why: "always", from: "102", when: "always", begin: () => all.dials("ada", "102") },
    { why: "busy", from: "102", when: "busy", begin: bruno.refuses },
    { why: "no answer", from: "102", when: "noAnswer", begin: bruno.letsItRing },
    { why: "no phone registered", from: NOBODY, when: "notRegistered", begin: () => all.dials("ada", NOBODY) },
  ] as const;

  describe.each(because)("because of $why", ({ from, when, begin }) => {
    const goesTo = (target: ForwardTarget): Promise<unknown> => reach(from, { forward: { [when]: target } });

    test("goes to another user, and both hear each other", async () => {
      await goesTo({ kind: "number", number: "103" });
      await all.takes("chiara", begin);
      await all.hear({ ada: ["chiara"], chiara: ["ada"] });
      await all.isLeft("chiara", () => all.hangsUp("ada"));
    });

    test("goes to a number outside, by the trunk", async () => {
      await goesTo({ kind: "number", number: OUTSIDE });
      const since = all.phone("ada").events.length;
      await begin();
      await all.phone("ada").event("CALL_ESTABLISHED", { after: since });
      await all.hear({ ada: ["ada"] });
      expect((await all.call("ada")).legs.find(({ trunk }) => trunk === "loop")).toMatchObject({ state: "answered" });
      await all.hangsUp("ada");
    });

    test("goes to the mailbox, which greets", async () => {
      await goesTo(voicemail);
      const since = all.phone("ada").events.length;
      await begin();
      await all.phone("ada").event("CALL_ESTABLISHED", { after: since });
      const heard = await (await all.phone("ada").listen()).heard();
      expect(isToneHeard(heard, GREETING_HZ)).toBe(true);
      await all.hangsUp("ada");
    });
  });

  test("rings no phone of who must not be disturbed, and goes where a busy user's go", async () => {
    await reach("102", { doNotDisturb: true });
    const since = all.phone("bruno").events.length;
    expect(await end("ada", () => all.dials("ada", "102"))).toMatch(/^486 /);
    await reach("102", { forward: { busy: { kind: "number", number: "103" } } });
    await all.takes("chiara", () => all.dials("ada", "102"));
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    expect(all.phone("bruno").events.slice(since), "nothing rang at Bruno's").toEqual([]);
    await all.isLeft("ada", () => all.hangsUp("chiara"));
  });

  test("rings who talks already and has call waiting, and is busy there without", async () => {
    await all.calls("bruno", "chiara");
    await all.rings("bruno", () => all.dials("ada", "102"));
    expect(await end("ada", () => all.phone("ada").command("hangup"))).toBeDefined();
    await all.hear({ bruno: ["chiara"], chiara: ["bruno"] });
    await reach("102", { callWaiting: false });
    const since = all.phone("bruno").events.length;
    expect(await end("ada", () => all.dials("ada", "102"))).toMatch(/^486 /);
    expect(
      all
        .phone("bruno")
        .events.slice(since)
        .map(({ type }) => type),
    ).not.toContain("CALL_INCOMING");
    await all.hear({ bruno: ["chiara"], chiara: ["bruno"] });
    await all.isLeft("bruno", () => all.hangsUp("chiara"));
  });

  test("rings the mobile a little later, by the trunk, and the phones stop when it is taken there", async () => {
    await reach("102", { mobile: OUTSIDE, mobileAfterSeconds: 2 });
    await all.rings("bruno", () => all.dials("ada", "102"));
    const { legs } = await all.call("ada");
    expect(
      legs.filter(({ trunk }) => trunk !== null),
      "at first the phone alone",
    ).toEqual([]);
    const since = all.phone("ada").events.length;
    await all.isLeft("bruno", () => all.phone("ada").event("CALL_ESTABLISHED", { after: since }));
    await all.hear({ ada: ["ada"] });
    await all.hangsUp("ada");
  });

  test("that has been taken rings no mobile any more", async () => {
    await reach("102", { mobile: OUTSIDE, mobileAfterSeconds: 1 });
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    expect((await all.call("ada")).legs.filter(({ trunk }) => trunk !== null)).toEqual([]);
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  });

  test.each([
    ["two who send their calls to each other", { "102": "103", "103": "102" }],
    ["somebody who sends calls to themself", { "102": "102" }],
    ["three in a round", { "102": "103", "103": "101", "101": "102" }],
  ])("does not go round for ever: %s", async (_who, ways) => {
    for (const [extension, number] of Object.entries(ways))
      await reach(extension, { forward: { always: { kind: "number", number } } });
    expect(await end("ada", () => all.dials("ada", "102"))).toMatch(/^482 /);
    const [row] = await until("the row to be complete", async () => {
      const rows = await cordboardJson<readonly { readonly disposition: string | null }[]>(server().data, [
        ...["history", "--count", "1"],
      ]);
      return rows[0]?.disposition === null ? undefined : rows;
    });
    expect(row).toMatchObject({ src: "101", dst: "102", cause: 25 });
    expect(await administer<readonly CallView[]>(server().data, "call-list")).toEqual([]);
  });
});
