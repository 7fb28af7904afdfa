import { readdir, readFile } from "node:fs/promises";
import { isAlive } from "./child.ts";
import type { Server } from "./server.ts";

/** What a running server has of the machine, taken while it runs. */
export interface Possessions {
  /** Processes that it started, and those that they started. */
  readonly processes: readonly number[];
  /** Where it listens, as in `tcp 127.0.0.1:8080`. */
  readonly ports: readonly string[];
}

/** Everything that a server has: its processes by name, and its ports. */
export async function possessionsOf({ child, addresses }: Server): Promise<Possessions> {
  const { sipUdp, ...tcp } = addresses;
  const ports = Object.values(tcp).map((address: string) => `tcp ${address.replace(/^https?:\/\//, "")}`);
  return { processes: await descendants(child.pid), ports: [`udp ${sipUdp}`, ...ports] };
}

/** What of it is still there. */
export async function remainsOf({ processes, ports }: Possessions): Promise<Possessions> {
  const living = await Promise.all(processes.map(isAlive));
  const listening = new Set(await listeners());
  return { processes: processes.filter((_, at) => living[at]), ports: ports.filter((port) => listening.has(port)) };
}

/** Nothing at all. */
export const nothing: Possessions = { processes: [], ports: [] };

const TCP_LISTEN = "0A";
const UDP_BOUND = "07";

/** Everything on this machine that listens on IPv4, as the kernel lists it (proc(5), /proc/net/tcp). */
async function listeners(): Promise<readonly string[]> {
  const kinds = [
    { kind: "tcp", state: TCP_LISTEN },
    { kind: "udp", state: UDP_BOUND },
  ] as const;
  const found = kinds.map(async ({ kind, state }) => {
    const lines = (await readFile(`/proc/net/${kind}`, "utf8")).trim().split("\n").slice(1);
    const columns = lines.map((line) => line.trim().split(/ +/));
    return columns.filter((column) => column[3] === state).map(([, local = ""]) => `${kind} ${readAddress(local)}`);
  });
  return (await Promise.all(found)).flat();
}

/** `0100007F:1F90` is 127.0.0.1:8080: the address as the machine holds it (lowest byte first), the port as written. */
function readAddress(text: string): string {
  const [address = "", port = ""] = text.split(":");
  const bytes = [...address.matchAll(/../g)].map(([hex]) => Number.parseInt(hex, 16)).toReversed();
  return `${bytes.join(".")}:${Number.parseInt(port, 16)}`;
}

/** All processes below one, whatever their session or group. */
async function descendants(ancestor: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The name in brackets may hold anything; state and parent follow the last bracket.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (parents.get(pid) === ancestor || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}
