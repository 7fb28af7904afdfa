import { ms } from "@cordboard/kernel";
import { pcm16Bytes, renderTone, steadyTone, writeWav } from "@cordboard/sound";
import { administer } from "./admin-socket.ts";
import type { Server } from "./server.ts";

/** A tone as a WAV file: what a tenant might have recorded, and a test can tell from all others. */
export function toneFile(frequencyHz: number, lastsMs: number): Uint8Array {
  const tone = steadyTone(-10, frequencyHz);
  const samples = renderTone({ ...tone, parts: tone.parts.map((part) => ({ ...part, lasts: ms(lastsMs) })) });
  return writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(samples));
}

/** Lets a server say these prompts as tones, each by its frequency, of so many milliseconds. */
export async function sayTones(
  { data }: Server,
  tonesHz: Readonly<Record<string, number>>,
  lastsMs: number,
): Promise<void> {
  for (const [prompt, frequencyHz] of Object.entries(tonesHz)) {
    const sound = Buffer.from(toneFile(frequencyHz, lastsMs)).toString("base64");
    await administer(data, "prompt-set", { prompt, sound });
  }
}
