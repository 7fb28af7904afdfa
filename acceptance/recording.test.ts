import { toneTime } from "@cordboard/sound";
import { describe, expect, test } from "vitest";
import { cordboard } from "./command.ts";
import { demo } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import type { Tracks } from "./recorded-call.ts";
import { lastRecording, recordingsOf, storyOf, tracksOf } from "./recorded-call.ts";
import { withServer } from "./with-server.ts";

describe("a call that is recorded", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103" });

  /** For so long that it stands in the story of a track. */
  const hear = (expected: Parameters<typeof all.hear>[0]): Promise<void> => all.hear(expected, 1_500);
  const record = (name: string, isOn: boolean) => all.tell(name, { type: "record", isOn });
  /** Who is heard in each track, one after the other. */
  const stories = ({ said, heard }: Tracks): readonly (readonly string[])[] =>
    [said, heard].map((track) => storyOf(track, (half) => String(all.heardIn(half))));
  /** Whether the notice of a recording was among what a phone heard. */
  const hasNotice = (sound: Int16Array): boolean =>
    toneTime(sound, 1_400, { minShare: 0.08 }) * sound.length > 8_000 * 0.15;

  test("by command is a stereo file, listed with the call: its leg left, whom it hears right; each time a new one", async () => {
    await all.calls("ada", "bruno");
    const { id } = await all.call("ada");
    await record("ada", true);
    await record("ada", true);
    await hear({ ada: ["bruno"], bruno: ["ada"] });
    expect((await all.call("ada")).legs.map(({ isRecorded }) => isRecorded)).toEqual([true, false]);
    expect(await recordingsOf(server(), { call: id })).toMatchObject([{ lasted: null }]);
    await record("ada", false);
    await record("ada", true);
    await hear({ ada: ["bruno"], bruno: ["ada"] });
    await record("ada", false);
    await record("ada", false);
    const again = await lastRecording(server());
    expect(again).toMatchObject({ call: id, extension: "101", other: { number: "102" }, by: "command" });
    await record("bruno", true);
    await hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
    const second = await lastRecording(server());
    expect(second).toMatchObject({ call: id, extension: "102", other: { number: "101" } });
    const [, , first, ...more] = await recordingsOf(server(), { call: id });
    if (first === undefined) throw new Error("the first recording is not listed");
    expect(more).toEqual([]);
    expect(stories(await tracksOf(first.file))).toEqual([["ada"], ["bruno"]]);
    expect(stories(await tracksOf(second.file))).toEqual([["bruno"], ["ada"]]);
    for (const { lasted, file } of [first, again, second]) {
      const seconds = (await tracksOf(file)).said.length / 8_000;
      expect(seconds).toBeGreaterThan(1.5);
      expect(lasted).toBeCloseTo(seconds, 0);
    }
  }, 60_000);

  test("goes on through hold and transfer: one file tells all that its leg said and heard", async () => {
    await all.calls("ada", "bruno");
    await record("ada", true);
    await hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.tell("bruno", { type: "hold" });
    await hear({ ada: "music", bruno: [] });
    await all.tell("bruno", { type: "resume" });
    await hear({ ada: ["bruno"] });
    await all.isLeft("bruno", () =>
      all.takes("chiara", () => all.phone("bruno").command("transfer", `sip:${all.at("chiara")}@${demo.domain}`)),
    );
    await hear({ ada: ["chiara"], chiara: ["ada"] });
    await all.takes("bruno", () => all.tell("ada", { type: "invite", number: all.at("bruno") }));
    await hear({ ada: ["bruno", "chiara"] });
    await all.hangsUp("ada");
    const { file } = await lastRecording(server());
    expect(stories(await tracksOf(file))).toEqual([["ada"], ["bruno", "music", "bruno", "chiara", "bruno,chiara"]]);
    await all.isLeft("bruno", () => all.hangsUp("chiara"));
  }, 60_000);

  test("tells of itself by a tone to both, unless the company does not want that", async () => {
    const noticed = async (): Promise<readonly boolean[]> => {
      await all.calls("ada", "bruno");
      const listening = await Promise.all([all.phone("ada").listen(), all.phone("bruno").listen()]);
      for (const each of listening) await each.heard(200);
      await record("ada", true);
      await hear({ ada: ["bruno"], bruno: ["ada"] });
      const sounds = await Promise.all(listening.map((each) => each.soFar()));
      await all.isLeft("ada", () => all.hangsUp("bruno"));
      return sounds.map(hasNotice);
    };
    const notice = async (...to: readonly string[]): Promise<string> =>
      (await cordboard(server().data, ["recordings", "notice", ...to])).text;
    expect(await notice()).toBe("a tone tells of each recording");
    expect(await noticed()).toEqual([true, true]);
    expect(await notice("off")).toBe("nothing tells of recordings");
    expect(await noticed()).toEqual([false, false]);
    expect(await notice("on")).toBe("a tone tells of each recording");
  }, 90_000);

  test("by rule is from its first word to its last, whoever called, and cannot be stopped", async () => {
    const rule = async (...when: readonly string[]): Promise<string> =>
      (await cordboard(server().data, ["user", "record", all.at("bruno"), ...when])).text;
    expect(await rule()).toContain("recorded when that is asked for");
    expect(await rule("always")).toContain("every talk is recorded");
    await all.calls("ada", "bruno");
    await hear({ ada: ["bruno"], bruno: ["ada"] });
    await expect(record("bruno", false)).rejects.toThrow("every talk of this user is recorded");
    const { id } = await all.call("ada");
    await all.isLeft("bruno", () => all.hangsUp("ada"));
    const called = await lastRecording(server());
    expect(called).toMatchObject({ call: id, extension: "102", other: { number: "101" }, by: "rule" });
    expect(stories(await tracksOf(called.file))).toEqual([["bruno"], ["ada"]]);
    await all.reaches("bruno", "9002");
    await all.reaches("chiara", "9002");
    await hear({ bruno: ["chiara"], chiara: ["bruno"] });
    await all.hangsUp("bruno");
    const met = await lastRecording(server());
    expect(met).toMatchObject({ extension: "102", other: { number: "9002" }, by: "rule" });
    expect(stories(await tracksOf(met.file))).toEqual([["bruno"], ["chiara"]]);
    await all.hangsUp("chiara");
    expect(await rule("never")).toContain("recorded when that is asked for");
    await all.calls("bruno", "ada");
    await all.isLeft("ada", () => all.hangsUp("bruno"));
    expect((await lastRecording(server())).id).toBe(met.id);
  }, 90_000);
});
