import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MAX_MESSAGES } from "@cordboard/core";
import type { CallId, TenantId } from "@cordboard/kernel";
import { makeId, ms } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import { isToneHeard, monoSamples, readWav, SAMPLE_RATE_HZ, soundLevelDbm0 } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Foundation } from "../apps/server/src/system/foundation.ts";
import { administer } from "./admin-socket.ts";
import { beforeStart } from "./before-start.ts";
import { scriptedPhone } from "./company.ts";
import { sayTones } from "./own-prompts.ts";
import { recordedFiles } from "./recorded-files.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const DOMAIN = "haus.localhost";
const PASSWORD = "one-two-three";
const BEEP_HZ = 1_000;
const FULL_HZ = 1_500;
/** What is louder is speech. */
const SPEECH_DBM0 = -40;
const PIECE = SAMPLE_RATE_HZ / 20;

/** In seconds. */
const YESTERDAY = machine.clock.now() / 1_000 - 24 * 3_600;

let folder: TestFolder;
let phone: Phone | undefined;
/** A house that speaks German: 301 calls, 302 has an empty mailbox, and nothing more goes into that of 303. */
const server = withServer(async () => {
  folder = await makeTestFolder();
  const data = join(folder.path, "data");
  await beforeStart(data, furnish, { isBare: true });
  return { data };
});
beforeAll(() => administer(server().data, "user-add", { extension: "301", name: "Anna", sipPassword: PASSWORD }));
afterEach(async () => {
  await phone?.close();
  phone = undefined;
  await server().backToZero();
});
afterAll(() => folder.remove());

async function furnish(foundation: Foundation): Promise<void> {
  const place = { domain: DOMAIN, realm: DOMAIN, timeZone: "Europe/Berlin", country: "DE", language: "de" };
  const made = await foundation.config.addTenant({ ...place, isDefault: true });
  if (!made.ok) throw new Error(made.error.code);
  const tenant = made.value.id;
  const orphan = foundation.sounds.pathOf(tenant, makeId("rec", machine.clock.now(), machine.random));
  await mkdir(dirname(orphan), { recursive: true });
  await writeFile(orphan, "");
  await utimes(orphan, YESTERDAY, YESTERDAY);
  for (const extension of ["302", "303"]) {
    const user = { extension, name: `Nutzer ${extension}`, role: "user", mobile: null } as const;
    const added = await foundation.config.addUser(tenant, user);
    if (!added.ok) throw new Error(added.error.code);
    const forward = { notRegistered: { kind: "voicemail" } } as const;
    await foundation.config.changeReach(tenant, added.value.id, { forward });
    if (extension === "303") await fill(foundation, tenant, added.value.id);
  }
}

/** Leaves as many messages as there may be. */
async function fill(
  { mailboxes }: Foundation,
  tenant: TenantId,
  user: Parameters<typeof mailboxes.mailbox>[1],
): Promise<void> {
  const { clock, random } = machine;
  for (let count = 0; count < MAX_MESSAGES; count++) {
    const [at, lasted, call] = [clock.now(), ms(0), makeId("call", clock.now(), random) as CallId];
    const [id, recording] = [makeId("vm", at, random), makeId("rec", at, random)];
    const from = { name: "", number: "301" };
    const message = { id, tenant, user, from, at, lasted, isHeard: false, recording, call };
    await mailboxes.change({ type: "begin-message", message });
    await mailboxes.change({ type: "keep-message", tenant, recording, lasted: ms(2_000) });
  }
}

async function caller(): Promise<Phone> {
  phone = await scriptedPhone(server(), "301", { password: PASSWORD, domain: DOMAIN });
  return phone;
}

/** Where in a sound the first piece of 50 ms is like that, in seconds. */
function firstPiece(sound: Int16Array, isLike: (piece: Int16Array) => boolean): number {
  for (let at = 0; at + PIECE <= sound.length; at += PIECE)
    if (isLike(sound.subarray(at, at + PIECE))) return at / SAMPLE_RATE_HZ;
  throw new Error("no piece of it is like that");
}
const soundIn = async (path: string): Promise<Int16Array> => {
  const wav = readWav(await readFile(path));
  if (!wav.ok) throw new Error(`${path} is ${wav.error.code}`);
  return monoSamples(wav.value);
};
/** From the first word to the beep that follows, in seconds. */
const secondsUntilBeep = (sound: Int16Array): number =>
  firstPiece(sound, (piece) => isToneHeard(piece, BEEP_HZ, { minShare: 0.95 })) -
  firstPiece(sound, (piece) => soundLevelDbm0(piece) > SPEECH_DBM0);

test("what an earlier run left without anything that it belongs to is swept away at the start", () =>
  until("the file to be gone", async () => (await recordedFiles(server())).length === 0));

test("greets in the language of the house, and beeps after it", async () => {
  const call = (await caller()).call("302");
  const path = join(folder.path, "heard.wav");
  const recording = call.recordTo(path);
  // Nothing is said after the beep, so that the server ends it.
  await call.ended({ within: ms(40_000) });
  await recording.stop();
  const prompts = new URL("../packages/engines/media/src/prompts/", import.meta.url);
  const greeting = await soundIn(new URL("de/leave-a-message.wav", prompts).pathname);
  const lasts = greeting.length / SAMPLE_RATE_HZ - firstPiece(greeting, (piece) => soundLevelDbm0(piece) > SPEECH_DBM0);
  const heardFor = secondsUntilBeep(await soundIn(path));
  expect(Math.abs(heardFor - lasts), `${heardFor} s were heard of ${lasts}`).toBeLessThan(0.3);
  const english = (await soundIn(new URL("en/leave-a-message.wav", prompts).pathname)).length / SAMPLE_RATE_HZ;
  expect(Math.abs(english - lasts), "another language lasts otherwise").toBeGreaterThan(0.8);
});

test("a full mailbox says so and takes nothing down", async () => {
  await sayTones(server(), { "mailbox-full": FULL_HZ }, 1_500);
  const before = await administer<readonly object[]>(server().data, "voicemail-list", { extension: "303" });
  expect(before).toHaveLength(MAX_MESSAGES);
  const call = (await caller()).call("303");
  await call.hears(FULL_HZ);
  expect(await call.ended()).toMatchObject({ by: "remote" });
  expect(await administer(server().data, "voicemail-list", { extension: "303" })).toEqual(before);
  expect(await recordedFiles(server())).toEqual([]);
});
