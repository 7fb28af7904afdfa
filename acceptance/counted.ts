import { ask } from "./ask.ts";
import type { Server } from "./server.ts";

/** A counter of `/metrics`. */
export async function counted({ addresses }: Server, name: string): Promise<number> {
  const { text } = await ask(`${addresses.http}/metrics`);
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}
