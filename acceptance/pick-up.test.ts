import { describe, expect, test } from "vitest";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

describe("a call that rings at a colleague", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103" });

  const rings = (): Promise<void> => all.rings("bruno", () => all.dials("ada", all.at("bruno")));

  test("is picked up by dialling *8 and the extension, whose phone stops ringing", async () => {
    await rings();
    await all.isLeft("bruno", () => all.reaches("chiara", `*8${all.at("bruno")}`));
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    expect(await all.call("ada")).toMatchObject({ to: { number: "103" }, joined: { length: 2 } });
    await all.isLeft("ada", () => all.hangsUp("chiara"));
  }, 60_000);

  test("is picked up by command at another's phone, which rings beside the first until one of them takes it", async () => {
    await rings();
    const pickUp = () => all.tell("bruno", { type: "pick-up", extension: all.at("chiara"), device: null });
    await all.rings("chiara", pickUp);
    await pickUp();
    await all.isLeft("bruno", () => all.takes("chiara"));
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    await all.isLeft("chiara", () => all.hangsUp("ada"));
  }, 60_000);

  test("is still its own when a colleague who could have picked it up does not", async () => {
    await rings();
    await all.rings("chiara", () => all.tell("bruno", { type: "pick-up", extension: all.at("chiara"), device: null }));
    await all.isLeft("chiara", () => all.takes("bruno"));
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  }, 60_000);

  test("cannot be picked up when it does not ring, or has been taken: who dials hears that, and the talk goes on", async () => {
    await all.isLeft("chiara", () => all.dials("chiara", `*8${all.at("bruno")}`));
    await all.calls("ada", "bruno");
    await all.isLeft("chiara", () => all.dials("chiara", `*8${all.at("bruno")}`));
    const late = all.tell("bruno", { type: "pick-up", extension: all.at("chiara"), device: null });
    await expect(late).rejects.toThrow("the call does not ring");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  }, 60_000);
});
