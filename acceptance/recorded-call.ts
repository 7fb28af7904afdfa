import { readFile } from "node:fs/promises";
import { decodeG711, readWav, SAMPLE_RATE_HZ } from "@cordboard/sound";
import { administer } from "./admin-socket.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

/** A recording of a call, as `recordings list` tells of it. */
export interface ListedRecording {
  readonly id: string;
  readonly call: string;
  readonly extension: string;
  readonly other: { readonly number: string };
  /** In seconds; null while it runs. */
  readonly lasted: number | null;
  readonly by: "command" | "rule";
  readonly file: string;
}

/** What is listed, the newest first. */
export const recordingsOf = ({ data }: Server, which: { readonly call?: string; readonly extension?: string } = {}) =>
  administer<readonly ListedRecording[]>(data, "recording-list", which);

/** The last recording, once it is complete. */
export const lastRecording = (server: Server): Promise<ListedRecording & { readonly lasted: number }> =>
  until("a recording to be complete", async () => {
    const [last] = await recordingsOf(server);
    return last !== undefined && last.lasted !== null && { ...last, lasted: last.lasted };
  });

/** Both sides of a recording, as 8 kHz samples: what the leg said, and what it heard. */
export interface Tracks {
  readonly said: Int16Array;
  readonly heard: Int16Array;
}

/** Reads a recording's file, a stereo WAV of G.711: left what the leg said, right what it heard. */
export async function tracksOf(file: string): Promise<Tracks> {
  const sound = readWav(await readFile(file));
  if (!sound.ok) throw new Error(`${file} is ${sound.error.code}`);
  const { encoding, channels, data } = sound.value;
  if (encoding === "pcm16" || channels !== 2) throw new Error(`${file} is no stereo G.711`);
  const all = decodeG711(encoding, data);
  return { said: all.filter((_, at) => at % 2 === 0), heard: all.filter((_, at) => at % 2 === 1) };
}

/** What is heard in a track one after the other: what stays the same for a second and more, as `name` says it of half a second. */
export function storyOf(track: Int16Array, name: (half: Int16Array) => string): readonly string[] {
  const half = SAMPLE_RATE_HZ / 2;
  const names = Array.from({ length: Math.floor(track.length / half) }, (_, at) =>
    name(track.subarray(at * half, (at + 1) * half)),
  );
  const steady = names.filter((each, at) => each === names[at - 1]);
  return steady.filter((each, at) => each !== steady[at - 1]);
}
