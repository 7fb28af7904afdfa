import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RecordingId, TenantId } from "@cordboard/kernel";
import { silentLog } from "@cordboard/kernel";
import { readWav, wavHeader, writeWav } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SoundFolder } from "../src/system/recording-files.ts";
import { soundFolder } from "../src/system/recording-files.ts";

const tenant = "ten_01M7W27GF80JNJG0M60P30MJFA" as TenantId;
const recording = "rec_01M7W27GF80JNJG0M60P30MJFB" as RecordingId;

let folder: TestFolder;
let sounds: SoundFolder;
let path: string;
beforeEach(async () => {
  folder = await makeTestFolder();
  sounds = soundFolder(folder.path, silentLog);
  path = sounds.pathOf(tenant, recording);
  await mkdir(dirname(path), { recursive: true });
});
afterEach(() => folder.remove());

test("a recording lies in its tenant's folder, and no id leads out of it", () => {
  expect(path).toBe(join(folder.path, "recordings", tenant, `${recording}.wav`));
  const odd = sounds.pathOf(".." as TenantId, "../../secret.key" as RecordingId);
  expect(odd).toBe(join(folder.path, "recordings", "none", "none.wav"));
});

test.each([
  { what: "one second of a call", format: { encoding: "pcm16", channels: 2 }, bytes: 32_000, lasted: 1_000 },
  { what: "half a second of a message", format: { encoding: "a-law", channels: 1 }, bytes: 4_000, lasted: 500 },
  { what: "nothing", format: { encoding: "pcm16", channels: 1 }, bytes: 0, lasted: 0 },
] as const)("$what is as long as its sound", async ({ format, bytes, lasted }) => {
  await writeFile(path, writeWav(format, new Uint8Array(bytes)));
  expect(await sounds.lengthOf(tenant, recording)).toBe(lasted);
});

test("a file that a crash cut in the middle of a frame is as long as what is in it, and its header says so then", async () => {
  const format = { encoding: "pcm16", channels: 2 } as const;
  await writeFile(path, Buffer.concat([wavHeader(format), new Uint8Array(8_003)]));
  expect(await sounds.lengthOf(tenant, recording)).toBe(250);
  const file = await readFile(path);
  expect(file.readUInt32LE(4)).toBeLessThanOrEqual(file.length);
  const read = readWav(file);
  expect(read.ok && read.value.data.length).toBe(8_000);
});

test("where there is no sound, there is no length", async () => {
  expect(await sounds.lengthOf(tenant, recording)).toBeUndefined();
  await writeFile(path, "not a recording");
  expect(await sounds.lengthOf(tenant, recording)).toBeUndefined();
  await writeFile(path, "");
  expect(await sounds.lengthOf(tenant, recording)).toBeUndefined();
});

test("a file is removed, and one that is not there is removed already", async () => {
  await writeFile(path, "x");
  await sounds.remove(tenant, recording);
  await sounds.remove(tenant, recording);
  await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
});
