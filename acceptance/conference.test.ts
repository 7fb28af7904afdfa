import { describe, expect, test } from "vitest";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

describe("three and more in one talk", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103", daniel: "104" });

  test("one who talks with two makes one talk of both; whoever leaves leaves the others in it", async () => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.tell("ada", { type: "hold" });
    const [first] = await all.legs("ada");
    await all.calls("ada", "chiara");
    await all.hear({ ada: ["chiara"], chiara: ["ada"], bruno: "music" });
    const [, second] = await all.legs("ada");
    if (first === undefined || second === undefined) throw new Error("Ada has no two legs");
    await all.tell("ada", { type: "conference", other: second });
    await all.hear({ ada: ["bruno", "chiara"], bruno: ["ada", "chiara"], chiara: ["ada", "bruno"] });
    expect((await all.call("ada")).joined).toHaveLength(3);
    await all.isLeft("ada", () => all.tell("ada", { type: "hang-up" }));
    await all.hear({ bruno: ["chiara"], chiara: ["bruno"] });
    await all.isLeft("bruno", () => all.hangsUp("chiara"));
  }, 60_000);

  test("a third is invited into a talk, and a fourth; nobody hears itself, and the last two talk on", async () => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.takes("chiara", () => all.tell("ada", { type: "invite", number: all.at("chiara") }));
    await all.hear({ ada: ["bruno", "chiara"], bruno: ["ada", "chiara"], chiara: ["ada", "bruno"] });
    await all.takes("daniel", () => all.tell("bruno", { type: "invite", number: all.at("daniel") }));
    await all.hear({
      ada: ["bruno", "chiara", "daniel"],
      bruno: ["ada", "chiara", "daniel"],
      chiara: ["ada", "bruno", "daniel"],
      daniel: ["ada", "bruno", "chiara"],
    });
    await all.hangsUp("ada");
    await all.hear({ bruno: ["chiara", "daniel"], chiara: ["bruno", "daniel"], daniel: ["bruno", "chiara"] });
    await all.isLeft("bruno", () => all.tell("bruno", { type: "hang-up" }));
    await all.hear({ chiara: ["daniel"], daniel: ["chiara"] });
    await all.isLeft("chiara", () => all.hangsUp("daniel"));
  }, 60_000);

  test("while a third is invited the two talk on, also when it does not want to", async () => {
    await all.calls("ada", "bruno");
    await all.rings("chiara", () => all.tell("ada", { type: "invite", number: all.at("chiara") }));
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.hangsUp("chiara");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  }, 60_000);

  test("who is muted in a talk of three is heard by nobody and hears all; on hold, likewise, and hears nothing", async () => {
    await all.calls("ada", "bruno");
    await all.takes("chiara", () => all.tell("ada", { type: "invite", number: all.at("chiara") }));
    await all.hear({ ada: ["bruno", "chiara"], bruno: ["ada", "chiara"], chiara: ["ada", "bruno"] });
    await all.tell("ada", { type: "mute", isMuted: true });
    await all.hear({ ada: ["bruno", "chiara"], bruno: ["chiara"], chiara: ["bruno"] });
    await all.tell("ada", { type: "mute", isMuted: false });
    await all.tell("bruno", { type: "hold" });
    await all.hear({ ada: ["chiara"], chiara: ["ada"], bruno: [] });
    await all.tell("bruno", { type: "resume" });
    await all.hear({ ada: ["bruno", "chiara"], bruno: ["ada", "chiara"], chiara: ["ada", "bruno"] });
    for (const name of ["ada", "bruno"]) await all.hangsUp(name);
  }, 60_000);

  test("all who dial the room meet there; one leaves and the others go on, and the last one waits in silence", async () => {
    for (const name of ["ada", "bruno", "chiara", "daniel"]) await all.reaches(name, "9002");
    await all.hear({
      ada: ["bruno", "chiara", "daniel"],
      bruno: ["ada", "chiara", "daniel"],
      chiara: ["ada", "bruno", "daniel"],
      daniel: ["ada", "bruno", "chiara"],
    });
    await all.hangsUp("bruno");
    await all.hear({ ada: ["chiara", "daniel"], chiara: ["ada", "daniel"], daniel: ["ada", "chiara"] });
    await all.hangsUp("ada");
    await all.hear({ chiara: ["daniel"], daniel: ["chiara"] });
    await all.hangsUp("daniel");
    await all.hear({ chiara: [] });
    await all.reaches("ada", "9002");
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    for (const name of ["ada", "chiara"]) await all.hangsUp(name);
  }, 60_000);
});
