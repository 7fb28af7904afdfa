import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Phone } from "@cordboard/phone";
import { monoSamples, readWav, toneLevelDbm0 } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { scriptedPhone } from "./company.ts";
import { tracksOf } from "./recorded-call.ts";
import { BYTES_A_SECOND, newRecording } from "./recorded-files.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import { until } from "./until.ts";

interface Kept {
  readonly lasted: number | null;
  readonly file: string;
}
interface Call {
  readonly state: string;
  readonly legs: readonly { readonly id: string; readonly extension: string | null }[];
}

const PASSWORD = "one-two-three";
const TONE_HZ = 660;

let folder: TestFolder;
let server: Server;
let phones: Phone[] = [];
beforeEach(async () => {
  folder = await makeTestFolder();
  server = await startServer({ data: join(folder.path, "data") });
  for (const extension of ["201", "202", "203"])
    await administer(server.data, "user-add", { extension, name: `User ${extension}`, sipPassword: PASSWORD });
  const forward = { notRegistered: { kind: "voicemail" } };
  await administer(server.data, "user-reach", { extension: "203", forward });
}, 90_000);
afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close();
  await server.stop();
  await folder.remove();
}, 60_000);

const phone = async (extension: string): Promise<Phone> => {
  const account = { password: PASSWORD, domain: "localhost", answer: "auto", sound: { frequencyHz: TONE_HZ } } as const;
  const made = await scriptedPhone(server, extension, account);
  phones = [...phones, made];
  return made;
};

/** How loud the phones' tone is in the last half second of a track, in dBm0. */
const toneAtTheEnd = (track: Int16Array): number => toneLevelDbm0(track.subarray(-4_000), TONE_HZ);

/** The only track of a message. */
async function messageIn(path: string): Promise<Int16Array> {
  const wav = readWav(await readFile(path));
  if (!wav.ok) throw new Error(`${path} is no recording: ${wav.error.code}`);
  return monoSamples(wav.value);
}

test("what was recorded and said until a kill -9 is kept, listed with its length, and plays to its end", async () => {
  await phone("201");
  await phone("202");
  await administer(server.data, "call-place", { extension: "201", number: "202" });
  const leg = await until("the two to talk", async () => {
    const [call] = await administer<readonly Call[]>(server.data, "call-list");
    return call?.state === "talking" ? call.legs.find(({ extension }) => extension === "201")?.id : undefined;
  });
  await administer(server.data, "call-control", { leg, order: { type: "record", isOn: true } });
  const recorded = await newRecording(server, { seconds: 2, tracks: 2, known: [] });
  const third = await scriptedPhone(server, "202", {
    password: PASSWORD,
    domain: "localhost",
    sound: { frequencyHz: TONE_HZ },
    transport: "tcp",
  });
  phones = [...phones, third];
  third.call("203");
  const said = await newRecording(server, { seconds: 2, known: [recorded] });

  await server.kill();
  const sizes = [(await stat(recorded)).size, (await stat(said)).size];
  server = await startServer({ data: server.data });
  const [recording] = await administer<readonly Kept[]>(server.data, "recording-list");
  const [message] = await administer<readonly Kept[]>(server.data, "voicemail-list", { extension: "203" });
  expect([recording?.file, message?.file]).toEqual([recorded, said]);
  expect(recording?.lasted).toBeCloseTo((sizes[0] ?? 0) / BYTES_A_SECOND / 2, 0);
  expect(message?.lasted).toBeCloseTo((sizes[1] ?? 0) / BYTES_A_SECOND, 0);
  // Track by track: the same tone of two phones may weaken itself in their sum.
  const tracks = await tracksOf(recorded);
  for (const track of [tracks.said, tracks.heard, await messageIn(said)])
    expect(toneAtTheEnd(track)).toBeGreaterThan(-20);
}, 120_000);
