import { fileURLToPath } from "node:url";
import type { Child } from "../acceptance/child.ts";
import { startChild } from "../acceptance/child.ts";
import type { Bench } from "./figure.ts";
import { processSeconds, threadSeconds } from "./processes.ts";
import type { RtpLoad } from "./rtp-load.ts";

/** As the system names the thread that carries sound. */
const SOUND_THREAD = "cordboard-sound";

/** A sound engine alone in its process, whose legs are spoken to. */
export interface SoundAlone {
  /** Ports of its legs, in their order. */
  readonly ports: readonly number[];
  /** Processor time so far, in seconds: of its worker, and of the whole process. */
  used(): { readonly sound: number; readonly all: number };
  stop(): Promise<void>;
}

/** What its legs do: talk two by two, are recorded meanwhile, or meet in rooms of three. */
export type SoundMode = "bridge" | "record" | "mix";

/** Starts one on the server's core, and lets the load speak to each of its legs. */
export async function openSoundAlone(
  { serverInside, serverNodeWords }: Bench,
  load: RtpLoad,
  { mode, legs, folder }: { readonly mode: SoundMode; readonly legs: number; readonly folder: string },
): Promise<SoundAlone> {
  const path = fileURLToPath(new URL("sound-process.ts", import.meta.url));
  const words = [...serverNodeWords, path, mode, String(legs), JSON.stringify(load.places), folder];
  const [program = "", ...args] = [...serverInside, process.execPath, ...words];
  const child: Child = startChild(program, args);
  const { ports } = JSON.parse(await child.line(/^\{/)) as { readonly ports: readonly number[] };
  for (const [i, port] of ports.entries()) load.speak(i, { address: "127.0.0.1", port });
  return {
    ports,
    used: () => ({ sound: threadSeconds(child.pid, SOUND_THREAD), all: processSeconds(child.pid) }),
    async stop() {
      load.hush();
      await child.stop("SIGKILL");
    },
  };
}
