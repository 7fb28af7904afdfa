import type { LegId } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import { isToneHeard } from "@cordboard/sound";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { scriptedPhone, withoutVoicemail } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { expectSilence } from "./silence.ts";
import { withServer } from "./with-server.ts";

/** What the scripted phone says; no phone of the ensemble says that. */
const GRETA_HZ = 500;

describe("two talks of one user are joined", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103" });
  beforeAll(() => withoutVoicemail(server(), "101", "102", "103"));
  let greta: Phone | undefined;
  afterEach(async () => {
    await greta?.close();
    greta = undefined;
  });

  /** A phone that can do what baresip cannot: REFER with Replaces, and show whom it is told that it talks with. */
  const startGreta = async (answer: "auto" | "ring"): Promise<Phone> => {
    greta = await scriptedPhone(server(), "107", { answer, sound: { frequencyHz: GRETA_HZ } });
    return greta;
  };
  const hearsGreta = async (name: string): Promise<void> =>
    expect(isToneHeard(await (await all.phone(name).listen()).heard(), GRETA_HZ), `${name} hears Greta`).toBe(true);
  const join = async (name: string): Promise<void> => {
    const [first, second] = await all.legs(name);
    if (first === undefined || second === undefined) throw new Error(`${name} has no two legs`);
    await all.tell(name, { type: "join", other: second });
  };

  test("by command: those two talk, and who joined them has left both", async () => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.phone("bruno").command("hold");
    await all.hear({ ada: "music" });
    await all.calls("bruno", "chiara");
    await all.hear({ ada: "music", bruno: ["chiara"], chiara: ["bruno"] });
    await all.isLeft("bruno", () => join("bruno"));
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    expect(await all.call("ada")).toMatchObject({ from: { number: "101" }, to: { number: "103" } });
    await all.isLeft("chiara", () => all.hangsUp("ada"));
  });

  test("by command, of two that called: the same", async () => {
    await all.calls("ada", "bruno");
    await all.tell("bruno", { type: "hold" });
    await expectSilence(all.phone("bruno"), () => all.hear({ ada: "music" }));
    await all.calls("chiara", "bruno");
    await all.hear({ ada: "music", chiara: ["bruno"] });
    await all.isLeft("bruno", () => join("bruno"));
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("chiara"));
  });

  test("by command, for whom the other phone shows whom it talks with now", async () => {
    const phone = await startGreta("auto");
    await all.calls("ada", "bruno");
    await all.phone("bruno").command("hold");
    await all.reaches("bruno", "107");
    const call = await phone.nextCall();
    expect(call.shows).toEqual({ name: "Bruno Conti", number: "102" });
    await join("bruno");
    expect(await call.showsNumber("101")).toEqual({ name: "Ada Lindqvist", number: "101" });
    await call.hears(all.phone("ada").toneHz);
    await hearsGreta("ada");
    await all.isLeft("ada", () => call.hangUp());
  });

  test("by the phone, which says so of two calls of its own (REFER with Replaces)", async () => {
    const phone = await startGreta("auto");
    await all.reaches("ada", "107");
    const first = await phone.nextCall();
    await first.hears(all.phone("ada").toneHz);
    await first.hold();
    await all.hear({ ada: "music" });
    const second = phone.call("103");
    await all.takes("chiara", () => second.ringing());
    await second.hears(all.phone("chiara").toneHz);
    await hearsGreta("chiara");
    expect(await first.transfer(second)).toBe(200);
    await Promise.all([first.ended(), second.ended()]);
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("chiara"));
  });

  test("but not one with itself, nor with one that only rings: both stay as they are", async () => {
    await all.calls("ada", "bruno");
    await all.tell("bruno", { type: "hold" });
    const [only] = await all.legs("bruno");
    await expect(all.tell("bruno", { type: "join", other: only as LegId })).rejects.toMatchObject({
      cause: { code: "not-now" },
    });
    await all.rings("chiara", () => all.dials("bruno", "103"));
    await expect(join("bruno")).rejects.toMatchObject({ cause: { code: "not-now" } });
    await all.takes("chiara");
    await all.hear({ ada: "music", chiara: ["bruno"] });
    await all.isLeft("chiara", () => all.hangsUp("bruno"));
  });
});
