// `npm run prompts` makes the house's prompts again: spoken by espeak-ng, brought into the telephone's band by sox (both
// from the system's packages), levelled here, and written as µ-law WAV. The same versions of both make the same bytes.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeG711, readTone, SAMPLE_RATE_HZ, writeWav } from "../packages/protocols/sound/src/index.ts";
import { wordings } from "./prompts/wordings.mjs";

const FOLDER = fileURLToPath(new URL("../packages/engines/media/src/prompts", import.meta.url));
const FULL_SCALE = 32_768;
/** Mean level of speech, in dBFS. */
const LEVEL_DBFS = -16;
/** From here on peaks are rounded off instead of cut, in parts of full scale. */
const KNEE = 0.5;
/** What is quieter counts as silence at both ends, which keep this much of it. */
const SILENCE = ["silence", "1", "0.01", "-48d"];
const QUIET_ENDS = ["pad", "0.03", "0.06"];
const BAND = ["highpass", "250", "lowpass", "3400"];

function speak({ voice, wordsPerMinute }, words) {
  const spoken = execFileSync("espeak-ng", ["-v", voice, "-s", String(wordsPerMinute), "-g", "2", "--stdout", words]);
  const raw = ["-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-L", "-"];
  const trim = [...SILENCE, "reverse", ...SILENCE, "reverse", ...QUIET_ENDS];
  const input = spoken;
  const bytes = execFileSync(
    "sox",
    [
      "-D",
      "-V1",
      "--ignore-length",
      "-t",
      "wav",
      "-",
      "-r",
      String(SAMPLE_RATE_HZ),
      ...raw,
      "gain",
      "-3",
      ...BAND,
      ...trim,
    ],
    { input, maxBuffer: 1 << 26 },
  );
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i));
}

const levelDbfs = (samples) =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + (sample / FULL_SCALE) ** 2, 0) / samples.length);

/** Straight up to the knee, then ever flatter: never reaches full scale. */
function rounded(sample) {
  const size = Math.abs(sample);
  if (size <= KNEE) return sample;
  return Math.sign(sample) * (KNEE + (0.98 - KNEE) * Math.tanh((size - KNEE) / (0.98 - KNEE)));
}

/** Brings the mean level to the wanted one; rounding peaks off costs some of it, so it takes a few turns. */
function levelled(samples) {
  let gain = 1;
  let out = samples;
  for (let turn = 0; turn < 8; turn++) {
    gain *= 10 ** ((LEVEL_DBFS - levelDbfs(out)) / 20);
    out = samples.map((sample) => Math.round(FULL_SCALE * rounded((gain * sample) / FULL_SCALE)));
  }
  return out;
}

function write(language, name, samples) {
  const path = join(FOLDER, language, `${name}.wav`);
  const file = writeWav({ encoding: "mu-law", channels: 1 }, encodeG711("mu-law", samples));
  writeFileSync(path, file);
  return file.length;
}

/** The tone after which to speak: 1 kHz, as loud as the voice. A sine's mean level is 3 dB below its peak, 3.14 dBm0 at most. */
function beep() {
  const part = { frequenciesHz: [1000], lasts: 350 };
  const reader = readTone({ parts: [part], levelDbm0: LEVEL_DBFS + 3 + 3.14, fade: 10, isRepeating: false });
  const samples = new Int16Array(SAMPLE_RATE_HZ);
  return samples.subarray(0, reader.read(samples));
}

for (const [language, { words, ...voice }] of Object.entries(wordings)) {
  rmSync(join(FOLDER, language), { recursive: true, force: true });
  mkdirSync(join(FOLDER, language));
  let bytes = 0;
  for (const [name, text] of Object.entries(words)) bytes += write(language, name, levelled(speak(voice, text)));
  process.stdout.write(`${language}: ${Object.keys(words).length} prompts, ${bytes} bytes\n`);
}
write("en", "beep", beep());
