import { fileURLToPath } from "node:url";
import type { Child } from "../acceptance/child.ts";
import { startChild } from "../acceptance/child.ts";
import type { Bench } from "./figure.ts";

/** A peer to compare with: a script of this folder that serves on the server's core. */
export async function startBare(
  bench: Bench,
  script: string,
): Promise<{ readonly origin: string; readonly child: Child }> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const [program = "", ...args] = [...bench.serverInside, process.execPath, path];
  const child = startChild(program, args);
  const port = (await child.line(/^port \d+$/)).slice("port ".length);
  return { origin: `http://127.0.0.1:${port}`, child };
}
