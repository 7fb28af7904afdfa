import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LegPlace, LocalMedia, NegotiatedMedia } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { processSeconds, threadSeconds } from "./processes.ts";

/** What an engine in another process is told. */
export type EngineOrder =
  | { readonly type: "open"; readonly leg: LegId; readonly place: LegPlace }
  | { readonly type: "connect"; readonly leg: LegId; readonly media: NegotiatedMedia }
  | { readonly type: "bridge"; readonly a: LegId; readonly b: LegId };

/** A sound engine in a process of its own. */
export interface EngineApart {
  open(leg: LegId, place: LegPlace): Promise<LocalMedia>;
  connect(leg: LegId, media: NegotiatedMedia): Promise<void>;
  bridge(a: LegId, b: LegId): Promise<void>;
  /** Processor time so far, in seconds: of its worker, and of the whole process. */
  used(): { readonly sound: number; readonly all: number };
  stop(): Promise<void>;
}

/** As the system names the thread that carries sound. */
const SOUND_THREAD = "cordboard-sound";

/**
 * Starts one with ports of its own, by a command such as `["taskset", "-c", "0"]`; one that passes sound on to an rtpengine where there is
 * the address of one.
 */
export function startEngineApart(
  inside: readonly string[],
  ports: { readonly first: number; readonly last: number },
  rtpengine?: string,
): EngineApart {
  const path = fileURLToPath(new URL("engine-process.ts", import.meta.url));
  const words = [path, String(ports.first), String(ports.last), ...(rtpengine === undefined ? [] : [rtpengine])];
  const [program = "", ...args] = [...inside, process.execPath, ...words];
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
  const waiting = new Map<number, (value: LocalMedia | undefined) => void>();
  child.on("message", ({ number, value }: { readonly number: number; readonly value?: LocalMedia }) => {
    waiting.get(number)?.(value);
    waiting.delete(number);
  });
  let count = 0;
  const ask = (order: EngineOrder): Promise<LocalMedia | undefined> =>
    new Promise((resolve) => {
      waiting.set(++count, resolve);
      child.send({ number: count, order });
    });
  const pid = child.pid ?? -1;
  return {
    async open(leg, place) {
      const local = await ask({ type: "open", leg, place });
      if (local === undefined) throw new Error(`${leg} was not opened`);
      return local;
    },
    connect: async (leg, media) => void (await ask({ type: "connect", leg, media })),
    bridge: async (a, b) => void (await ask({ type: "bridge", a, b })),
    used: () => ({ sound: threadSeconds(pid, SOUND_THREAD), all: processSeconds(pid) }),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
