import { describe, expect, test } from "vitest";
import { demo } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

describe("a call that is parked", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103", daniel: "104" });

  test("by command waits with music at the first free place, until another phone dials that", async () => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("bruno", () => all.tell("bruno", { type: "park", number: null }));
    expect((await all.call("ada")).parkedAt).toBe("9011");
    await all.hear({ ada: "music" });
    await all.reaches("chiara", "9011");
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    expect(await all.call("ada")).toMatchObject({ parkedAt: null, from: { number: "101" }, to: { number: "103" } });
    await all.isLeft("ada", () => all.hangsUp("chiara"));
  }, 60_000);

  test("by its caller waits as well, and goes back to who parked it when that one dials the place", async () => {
    await all.calls("ada", "bruno");
    await all.isLeft("ada", () => all.tell("ada", { type: "park", number: "9015" }));
    await all.hear({ bruno: "music" });
    await all.reaches("ada", "9015");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    expect(await all.call("ada")).toMatchObject({ from: { number: "101" }, to: { number: "102" } });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  }, 60_000);

  test("by the phone itself, which sends it on to the place, waits there; the next one at the next place", async () => {
    await all.calls("ada", "bruno");
    await all.isLeft("bruno", () => all.phone("bruno").command("transfer", `sip:9012@${demo.domain}`));
    await all.hear({ ada: "music" });
    await all.calls("chiara", "bruno");
    const taken = all.tell("bruno", { type: "park", number: "9012" });
    await expect(taken).rejects.toThrow("there is no free place to park");
    const nowhere = all.tell("bruno", { type: "park", number: "9002" });
    await expect(nowhere).rejects.toThrow("it leads nowhere");
    await all.hear({ chiara: ["bruno"], bruno: ["chiara"] });
    await all.isLeft("bruno", () => all.tell("bruno", { type: "park", number: null }));
    expect([(await all.call("ada")).parkedAt, (await all.call("chiara")).parkedAt]).toEqual(["9012", "9011"]);
    await all.hear({ ada: "music", chiara: "music" });
    await all.reaches("daniel", "9012");
    await all.reaches("bruno", "9011");
    await all.hear({ ada: ["daniel"], daniel: ["ada"], bruno: ["chiara"], chiara: ["bruno"] });
    await all.isLeft("ada", () => all.hangsUp("daniel"));
    await all.isLeft("bruno", () => all.hangsUp("chiara"));
  }, 60_000);

  test("is over when who waits hangs up, and its place is free again; an empty place is no destination", async () => {
    await all.calls("ada", "bruno");
    await all.isLeft("bruno", () => all.tell("bruno", { type: "park", number: "9019" }));
    await all.hangsUp("ada");
    await all.isLeft("chiara", () => all.dials("chiara", "9019"));
    await all.calls("ada", "bruno");
    await all.isLeft("bruno", () => all.tell("bruno", { type: "park", number: "9019" }));
    await all.hear({ ada: "music" });
    await all.hangsUp("ada");
  }, 60_000);
});
