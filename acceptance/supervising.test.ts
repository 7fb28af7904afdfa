import type { SuperviseMode } from "@cordboard/core";
import { describe, expect, test } from "vitest";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

describe("a supervisor of a talk", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  /** Ada is a customer, Bruno an agent, and Chiara supervises him. */
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103" });

  const supervise = (as: SuperviseMode) => all.tell("bruno", { type: "supervise", extension: all.at("chiara"), as });
  const talkAlone = { ada: ["bruno"], bruno: ["ada"] } as const;
  const heard = {
    listen: { ...talkAlone, chiara: ["ada", "bruno"] },
    whisper: { ada: ["bruno"], bruno: ["ada", "chiara"], chiara: ["ada", "bruno"] },
    barge: { ada: ["bruno", "chiara"], bruno: ["ada", "chiara"], chiara: ["ada", "bruno"] },
  } as const;

  test.each(["listen", "whisper", "barge"] as const)(
    "to %s is heard by whom that says, and leaves without harm",
    async (as) => {
      await all.calls("ada", "bruno");
      await all.hear(talkAlone);
      await all.rings("chiara", () => supervise(as));
      await all.hear(talkAlone);
      await all.takes("chiara");
      await all.hear(heard[as]);
      await all.hangsUp("chiara");
      await all.hear(talkAlone);
      await all.isLeft("ada", () => all.hangsUp("bruno"));
    },
    60_000,
  );

  test("changes over from one way to the next without being rung again, and the same again changes nothing", async () => {
    await all.calls("ada", "bruno");
    await all.takes("chiara", () => supervise("listen"));
    await all.hear(heard.listen);
    for (const as of ["whisper", "whisper", "listen", "whisper", "barge"] as const) {
      await supervise(as);
      await all.hear(heard[as]);
    }
    expect((await all.call("chiara")).joined).toHaveLength(3);
    await all.isLeft("chiara", () => all.tell("chiara", { type: "hang-up" }));
    await all.hear(talkAlone);
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  }, 60_000);

  test.each(["ada", "bruno"])(
    "who listens is let go when %s hangs up, because the talk is over",
    async (name) => {
      await all.calls("ada", "bruno");
      await all.takes("chiara", () => supervise("listen"));
      await all.hear(heard.listen);
      await all.isLeft("chiara", () => all.hangsUp(name));
    },
    60_000,
  );

  test("who has barged in talks on with who is left", async () => {
    await all.calls("ada", "bruno");
    await all.takes("chiara", () => supervise("barge"));
    await all.hangsUp("bruno");
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("chiara"));
  }, 60_000);

  test("who does not take the call changes nothing, and a talk that is not there cannot be supervised", async () => {
    await all.calls("ada", "bruno");
    await all.rings("chiara", () => supervise("whisper"));
    await all.hangsUp("chiara");
    await all.hear(talkAlone);
    await all.hangsUp("ada");
    await all.reaches("bruno", "9000");
    await expect(supervise("listen")).rejects.toThrow("there is no talk to hear");
    await all.hangsUp("bruno");
  }, 60_000);
});
