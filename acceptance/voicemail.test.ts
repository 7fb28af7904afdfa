import { readFile, stat } from "node:fs/promises";
import { isToneHeard, monoSamples, readWav, toneTime } from "@cordboard/sound";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { cordboard } from "./command.ts";
import { demo } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { sayTones } from "./own-prompts.ts";
import { peer } from "./peers.ts";
import { newRecording, recordedFiles } from "./recorded-files.ts";
import { StreamViewer } from "./stream-viewer.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

interface Message {
  readonly id: string;
  readonly from: { readonly name: string; readonly number: string };
  /** In seconds. */
  readonly lasted: number;
  readonly isHeard: boolean;
  readonly file: string;
}

/** What the server says, each as a tone of its own. */
const SAYS_HZ = {
  "leave-a-message": 2_000,
  "message-kept": 400,
  "you-have": 2_100,
  "no-messages": 500,
  "message-menu": 2_200,
  "main-menu": 2_300,
  "no-more-messages": 2_400,
  deleted: 2_500,
  "record-greeting": 2_600,
  "greeting-kept": 2_700,
  "greeting-reset": 2_800,
  goodbye: 2_900,
} as const;
const SAID_MS = 1_600;

describe("a mailbox", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102" });
  /** `fresh+old` of Bruno's mailbox, as the stream tells it. */
  const told: string[] = [];
  let viewer: ReturnType<StreamViewer["open"]>;
  beforeAll(async () => {
    await sayTones(server(), SAYS_HZ, SAID_MS);
    const stream = new StreamViewer(server().addresses.http, { name: "key", headers: { "x-api-key": demo.key } });
    stream.onEvent = (_seq, text) => {
      const { event, data } = JSON.parse(text) as {
        event: string;
        data: { extension: string; fresh: number; old: number };
      };
      if (event === "voicemail.changed.v1" && data.extension === "102") told.push(`${data.fresh}+${data.old}`);
    };
    viewer = stream.open();
    await stream.until(() => stream.seq >= 0);
  });
  afterAll(() => viewer.close());

  const messages = (): Promise<readonly Message[]> =>
    administer<readonly Message[]>(server().data, "voicemail-list", { extension: "102" });
  const tells = (counts: string): Promise<true> =>
    until(
      () => `the stream to tell ${counts}; it told ${told.join(" ")}`,
      () => told.at(-1) === counts,
    );

  /** Waits until one hears this; what that is, it hears for a while. */
  async function hears(name: string, frequencyHz: number): Promise<void> {
    const ears = await all.phone(name).listen();
    await until(
      `${name} to hear ${frequencyHz} Hz`,
      async () => isToneHeard((await ears.soFar()).slice(-2_400), frequencyHz),
      { withinMs: 20_000 },
    );
  }
  const presses = (name: string, digit: string): Promise<string> => all.phone(name).command("sndcode", digit);

  /** Bruno does not take Ada's call, and she hears this. */
  async function reachesMailbox(greetingHz: number): Promise<void> {
    const since = all.phone("ada").events.length;
    await all.rings("bruno", () => all.dials("ada", "102"));
    await all.phone("bruno").command("hangup");
    await all.phone("ada").event("CALL_ESTABLISHED", { after: since });
    await hears("ada", greetingHz);
  }

  /** Ada leaves a message for Bruno: her tone, for more than a second. */
  async function leavesMessage(greetingHz: number = SAYS_HZ["leave-a-message"]): Promise<Message> {
    const [before, known] = [await messages(), await recordedFiles(server())];
    await reachesMailbox(greetingHz);
    await newRecording(server(), { seconds: 2, known });
    await all.hangsUp("ada");
    return until("the message to be kept", async () => {
      const now = await messages();
      return now.length > before.length ? now.at(-1) : undefined;
    });
  }
  const opensMenu = (): Promise<void> => all.reaches("bruno", "9003");

  test("greets, beeps, takes down what is said, and tells how many there are", async () => {
    const known = await recordedFiles(server());
    await reachesMailbox(SAYS_HZ["leave-a-message"]);
    const ears = await all.phone("ada").listen();
    await newRecording(server(), { seconds: 2, known });
    expect(toneTime(await ears.soFar(), 1_000), "the beep").toBeGreaterThan(0);
    await all.hangsUp("ada");
    await tells("1+0");
    const [message] = await messages();
    expect(message).toMatchObject({ from: { name: "Ada Lindqvist", number: "101" }, isHeard: false });
    const wav = readWav(await readFile(message?.file ?? ""));
    const sound = wav.ok ? monoSamples(wav.value) : new Int16Array(0);
    expect(toneTime(sound, all.phone("ada").toneHz)).toBeGreaterThan(0.9);
    expect(sound.length / 8_000).toBeCloseTo(message?.lasted ?? 0, 1);
  });

  test("is listened to by digits: played, played again, kept, and deleted with its file", async () => {
    const { file } = await leavesMessage();
    await tells("2+0");
    const { toneHz } = all.phone("ada");
    await opensMenu();
    await hears("bruno", SAYS_HZ["you-have"]);
    await hears("bruno", toneHz);
    await hears("bruno", SAYS_HZ["message-menu"]);
    await tells("1+1");
    await presses("bruno", "1");
    await hears("bruno", toneHz);
    await presses("bruno", "2");
    await hears("bruno", toneHz);
    await presses("bruno", "3");
    await hears("bruno", SAYS_HZ.deleted);
    await tells("0+1");
    await hears("bruno", SAYS_HZ["main-menu"]);
    await all.isLeft("bruno", () => presses("bruno", "#"));
    expect(await messages()).toMatchObject([{ isHeard: true }]);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("greets as its user has recorded it, until the house's greeting is brought back", async () => {
    await opensMenu();
    await hears("bruno", SAYS_HZ["you-have"]);
    const known = await recordedFiles(server());
    await presses("bruno", "0");
    await hears("bruno", SAYS_HZ["record-greeting"]);
    const own = await newRecording(server(), { seconds: 3, known });
    await presses("bruno", "#");
    await hears("bruno", SAYS_HZ["greeting-kept"]);
    await hears("bruno", SAYS_HZ["main-menu"]);
    await all.hangsUp("bruno");
    const { toneHz } = all.phone("bruno");
    await leavesMessage(toneHz);
    await tells("1+1");
    expect((await cordboard(server().data, ["voicemail", "greeting", "102"])).text).toBe(`callers of 102 hear ${own}`);

    await opensMenu();
    await hears("bruno", SAYS_HZ["message-menu"]);
    await presses("bruno", "3");
    await hears("bruno", SAYS_HZ["message-menu"]);
    await presses("bruno", "3");
    await hears("bruno", SAYS_HZ["main-menu"]);
    await tells("0+0");
    await presses("bruno", "9");
    await hears("bruno", SAYS_HZ["greeting-reset"]);
    await all.isLeft("bruno", () => presses("bruno", "#"));
    await expect(stat(own)).rejects.toMatchObject({ code: "ENOENT" });
    const { id } = await leavesMessage();

    expect(await cordboard(server().data, ["voicemail", "delete", id])).toMatchObject({ code: 0 });
    await tells("0+0");
    expect(await recordedFiles(server()), "nothing is left of it all").toEqual([]);
  });

  test("ends a message after eight seconds of silence, without them", async () => {
    const known = await recordedFiles(server());
    await reachesMailbox(SAYS_HZ["leave-a-message"]);
    await newRecording(server(), { seconds: 2, known });
    const since = all.phone("ada").events.length;
    await all.phone("ada").command("mute");
    await hears("ada", SAYS_HZ["message-kept"]);
    await all.phone("ada").event("CALL_CLOSED", { after: since });
    const [message] = await messages();
    expect(message?.lasted).toBeGreaterThan(1.8);
    expect(message?.lasted).toBeLessThan(5);
    await administer(server().data, "voicemail-delete", { id: message?.id });
  });

  test("keeps no message in which nothing was said", async () => {
    const count = told.length;
    const since = all.phone("ada").events.length;
    await reachesMailbox(SAYS_HZ["leave-a-message"]);
    await all.phone("ada").command("mute");
    await hears("ada", SAYS_HZ.goodbye);
    await all.phone("ada").event("CALL_CLOSED", { after: since });
    await server().backToZero();
    expect(await messages()).toEqual([]);
    await until("its file to be gone", async () => (await recordedFiles(server())).length === 0);
    expect(told.slice(count)).toEqual([]);
  });

  test("without messages says so", async () => {
    await opensMenu();
    await hears("bruno", SAYS_HZ["no-messages"]);
    await hears("bruno", SAYS_HZ["main-menu"]);
    await all.hangsUp("bruno");
  });
});
