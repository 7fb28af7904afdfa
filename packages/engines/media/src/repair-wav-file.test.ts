import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WavFormat } from "@cordboard/sound";
import { completedWav, readWav, wavHeader, writeWav } from "@cordboard/sound";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repairWavFile } from "./repair-wav-file.ts";

const stereo: WavFormat = { encoding: "a-law", channels: 2 };
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cordboard-repair-"));
  path = join(folder, "1.wav");
});
afterEach(() => rm(folder, { recursive: true }));

test("a file whose writer was killed between sound and header plays to its last whole sample", async () => {
  const [header] = completedWav(stereo, 16_000);
  await writeFile(path, Buffer.concat([header?.bytes ?? new Uint8Array(0), new Uint8Array(24_001).fill(7)]));
  expect(await repairWavFile(path)).toEqual({ ok: true, value: 1500 });
  const wav = readWav(await readFile(path));
  expect(wav.ok && wav.value.data.length).toBe(24_000);
});

test("a file whose writer never told a length is told one", async () => {
  await writeFile(path, Buffer.concat([wavHeader(stereo), new Uint8Array(16_000)]));
  expect(await repairWavFile(path)).toEqual({ ok: true, value: 1000 });
});

test("a file that is whole stays as it is", async () => {
  await writeFile(path, writeWav(stereo, new Uint8Array(800)));
  const { mtimeMs } = await stat(path);
  expect(await repairWavFile(path)).toEqual({ ok: true, value: 50 });
  expect((await stat(path)).mtimeMs).toBe(mtimeMs);
});

test("a file that is no sound is refused and left alone", async () => {
  await writeFile(path, "not a sound");
  expect(await repairWavFile(path)).toEqual({ ok: false, error: { code: "not-wav" } });
  expect(await readFile(path, "utf8")).toBe("not a sound");
});
