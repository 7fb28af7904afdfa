import { readFile, stat } from "node:fs/promises";
import type { Phone } from "@cordboard/phone";
import { readWav } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { cordboard, cordboardJson } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

interface Leg {
  readonly id: string;
  readonly extension: string | null;
  readonly state: string;
  readonly isHolding: boolean;
}
interface Call {
  readonly id: string;
  readonly state: string;
  readonly legs: readonly Leg[];
}
interface Recorded {
  readonly id: string;
  readonly lasted: number | null;
  readonly file: string;
}
interface Device {
  readonly id: string;
  readonly extension: string;
}

/** What each phone says. */
const TONE_HZ = 660;

/** The orders that can be given to a leg, as words after it. */
const VERBS = [
  ...["hold", "resume", "mute", "unmute", "answer", "transfer 1", "join leg_x", "park", "conference leg_x"],
  ...[
    "invite 1",
    "supervise 1",
    "pick-up 1",
    "hand-over dev_x",
    "record",
    "stop-recording",
    "send-digits 1",
    "hang-up",
  ],
];

describe("while a server runs", () => {
  const server = withServer();
  const password = "one-two-three";
  let phones: Phone[] = [];

  beforeAll(async () => {
    for (const extension of ["201", "202"])
      await administer(server().data, "user-add", { extension, name: `User ${extension}`, sipPassword: password });
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.close();
    await server().backToZero();
  });

  const phone = async (extension: string): Promise<Phone> => {
    const made = await scriptedPhone(server(), extension, {
      password,
      domain: "localhost",
      answer: "auto",
      sound: { frequencyHz: TONE_HZ },
    });
    phones = [...phones, made];
    return made;
  };
  const calls = (): Promise<readonly Call[]> => administer(server().data, "call-list");
  const legOf = async (extension: string): Promise<Leg> => {
    const legs = (await calls()).flatMap((call) => call.legs);
    const leg = legs.find((each) => each.extension === extension && each.state !== "ended");
    if (leg === undefined) throw new Error(`${extension} has no leg`);
    return leg;
  };
  const talking = (): Promise<true> =>
    until("both sides to be joined", async () => (await calls()).some(({ state }) => state === "talking"));

  test("a call is placed, shown with its legs, and hung up; then there is nothing to be told any more", async () => {
    const { data } = server();
    const [caller, callee] = [await phone("201"), await phone("202")];
    const placed = await cordboardJson<{ readonly call: string }>(data, ["call", "place", "201", "202"]);
    await Promise.all([caller.nextCall(), callee.nextCall()]);
    await talking();
    expect(await cordboardJson(data, ["calls"])).toMatchObject([
      { id: placed.call, state: "talking", legs: [{ extension: "201" }, { extension: "202" }] },
    ]);
    const { id } = await legOf("201");
    const shown = await cordboard(data, ["calls"]);
    expect(shown.text).toMatch(new RegExp(`^CALL[\\s\\S]*${placed.call} +talking +201 +202 +${id} +201 +answered`));
    expect(await cordboard(data, ["call", "hang-up", id])).toEqual({ code: 0, text: `${id}: hang-up done` });
    await server().backToZero();
    expect(await cordboard(data, ["calls"])).toEqual({ code: 0, text: "no calls are up" });
    expect(await cordboard(data, ["call", "hold", id])).toEqual({
      code: 1,
      text: "cordboard: there is no such leg, or it has ended; calls shows those that are up",
    });
  });

  test("a call is held and resumed by command, and digits that are none are refused", async () => {
    const { data } = server();
    await phone("201");
    await phone("202");
    await administer(data, "call-place", { extension: "201", number: "202" });
    await talking();
    const { id } = await legOf("201");
    for (const isHolding of [true, false]) {
      const verb = isHolding ? "hold" : "resume";
      expect(await cordboard(data, ["call", verb, id])).toEqual({ code: 0, text: `${id}: ${verb} done` });
      expect((await legOf("201")).isHolding).toBe(isHolding);
    }
    expect(await cordboard(data, ["call", "send-digits", id, "12x"])).toEqual({
      code: 1,
      text: "cordboard: digits are 0 to 9, *, # and A to D, at most 64",
    });
    await cordboard(data, ["call", "hang-up", id]);
  });

  test("a call is recorded by command, listed with its file, and deleted with it", async () => {
    const { data } = server();
    const [caller, callee] = [await phone("201"), await phone("202")];
    await administer(data, "call-place", { extension: "201", number: "202" });
    await talking();
    const { id } = await legOf("201");
    expect((await cordboard(data, ["call", "record", id])).text).toBe(`${id}: record done`);
    const heard = await caller.nextCall();
    await heard.hears(TONE_HZ);
    const [running] = await cordboardJson<readonly Recorded[]>(data, ["recordings", "list"]);
    expect(running).toMatchObject({ extension: "201", other: { number: "202" }, lasted: null, by: "command" });
    const tooEarly = await cordboard(data, ["recordings", "delete", `${running?.id}`]);
    expect(tooEarly).toEqual({ code: 1, text: "cordboard: it still runs; stop it first" });
    expect((await cordboard(data, ["call", "stop-recording", id])).code).toBe(0);
    const done = await until("the recording to be complete", async () => {
      const [newest] = await administer<readonly Recorded[]>(data, "recording-list", { extension: "201" });
      return newest?.lasted === null ? undefined : newest;
    });
    const wav = readWav(await readFile(done.file));
    expect(wav).toMatchObject({ ok: true, value: { channels: 2 } });
    expect(done.lasted).toBeGreaterThan(0.3);
    await cordboard(data, ["call", "hang-up", id]);
    await (await callee.nextCall()).ended();
    expect(await cordboard(data, ["recordings", "delete", done.id])).toEqual({
      code: 0,
      text: `recording ${done.id} deleted`,
    });
    await expect(stat(done.file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a device is named by its id, and rings alone", async () => {
    const { data } = server();
    const caller = await phone("201");
    await phone("202");
    const [device] = (await cordboardJson<readonly Device[]>(data, ["devices"])).filter(
      ({ extension }) => extension === "201",
    );
    await cordboardJson(data, ["call", "place", "201", "202", "--device", `${device?.id}`, "--auto-answer"]);
    await caller.nextCall();
    await talking();
    const { id } = await legOf("202");
    expect((await cordboard(data, ["call", "place", "201", "202", "--device", "dev_none"])).code).toBe(1);
    await cordboard(data, ["call", "hang-up", id]);
  });

  test.each([
    ["place 299 202", "there is no user with this extension; user list shows those that there are"],
    ["place 201 x", "that is no number, or it leads nowhere from here"],
    ["place 201 202", "none of its devices said that it rings; devices shows those that are registered"],
    ["hold leg_none", "there is no such leg, or it has ended; calls shows those that are up"],
  ])("call %s is refused with what to do", async (words, why) => {
    expect(await cordboard(server().data, ["call", ...words.split(" ")])).toEqual({
      code: 1,
      text: `cordboard: ${why}`,
    });
  });

  test("how a user is reached is shown and changed bit by bit, and what cannot be is refused", async () => {
    const { data } = server();
    const words = ["--forward-no-answer", "voicemail", "--forward-busy", "+39 333", "--ring-seconds", "20"];
    await cordboardJson(data, ["user", "reach", "201", ...words, "--do-not-disturb", "on", "--mobile", "0039333"]);
    const reach = await cordboardJson(data, ["user", "reach", "201", "--forward-busy", "none", "--mobile-after", "10"]);
    expect(reach).toEqual({
      extension: "201",
      name: "User 201",
      mobile: "0039333",
      doNotDisturb: true,
      callWaiting: true,
      forward: { always: null, busy: null, noAnswer: { kind: "voicemail" }, notRegistered: null },
      ringSeconds: 20,
      mobileAfterSeconds: 10,
    });
    const refused = async (...change: readonly string[]): Promise<string> =>
      (await cordboard(data, ["user", "reach", "201", ...change])).text;
    expect(await refused("--ring-seconds", "121")).toContain("ring seconds must be a whole number from 5 to 120");
    expect(await refused("--forward-always", "home")).toContain("home is no number that can be dialled");
    expect(await refused("--call-waiting", "perhaps")).toContain("It must be on or off.");
    expect((await cordboard(data, ["user", "reach", "201"])).text).toMatch(/^mobile +0039333, rung after 10 s$/m);
    expect((await cordboard(data, ["user", "reach", "299"])).text).toBe("cordboard: there is no user 299");
    const back = [
      "--do-not-disturb",
      "off",
      "--forward-no-answer",
      "none",
      "--mobile",
      "none",
      "--mobile-after",
      "never",
    ];
    expect(await cordboardJson(data, ["user", "reach", "201", ...back])).toMatchObject({ mobile: null });
  });

  test("what was recorded is listed and deleted, and kept for as long as it is told", async () => {
    const { data } = server();
    expect(await cordboard(data, ["recordings", "list"])).toEqual({ code: 0, text: "no recordings yet" });
    expect(await cordboard(data, ["voicemail", "list", "201"])).toEqual({ code: 0, text: "no messages" });
    expect((await cordboard(data, ["recordings", "delete", "rec_x"])).text).toContain("there is no recording rec_x");
    expect((await cordboard(data, ["voicemail", "delete", "vm_x"])).text).toContain("there is no message vm_x");
    expect((await cordboard(data, ["recordings", "keep", "30"])).text).toBe("recordings are deleted after 30 days");
    expect((await cordboard(data, ["voicemail", "keep"])).text).toBe("messages are kept for ever");
    expect(await cordboardJson(data, ["recordings", "keep"])).toEqual({ recordings: 30, messages: null });
    expect((await cordboard(data, ["recordings", "keep", "for-ever"])).text).toBe("recordings are kept for ever");
  });
});

describe("while none runs", () => {
  const inFolder = async (run: (folder: TestFolder) => Promise<void>): Promise<void> => {
    const folder = await makeTestFolder();
    try {
      await run(folder);
    } finally {
      await folder.remove();
    }
  };
  const why =
    "cordboard: no server runs on this data folder, and only a running one has calls; cordboard start starts it";

  test("live calls are refused at once, and nothing is opened for them", () =>
    inFolder(async ({ path }) => {
      for (const words of ["calls", "devices", "call place 1 2", "call hold leg_x"])
        expect(await cordboard(path, words.split(" "))).toEqual({ code: 1, text: why });
    }));

  test("each verb says what it takes", () =>
    inFolder(async ({ path }) => {
      const { text } = await cordboard(path, ["call", "--help"]);
      for (const verb of VERBS) expect(text).toMatch(new RegExp(`^  ${verb.split(" ")[0]} \\[options\\] <leg>`, "m"));
      const help = await cordboard(path, ["call", "supervise", "--help"]);
      expect(help).toMatchObject({ code: 0, text: expect.stringMatching(/--json[\s\S]*--as <way>[\s\S]*barge/) });
      expect((await cordboard(path, ["call", "transfer", "leg_x"])).text).toContain(
        "missing required argument 'number'",
      );
    }));
});
