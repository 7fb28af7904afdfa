import { createSocket } from "node:dgram";
import { constants } from "node:fs";
import { access, mkdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { askServer } from "../admin/admin-socket.ts";
import type { PortSetting } from "../port-settings.ts";
import type { Settings } from "../settings-catalogue.ts";
import type { Doing } from "./doing.ts";
import { EXIT, settingsOrFaults } from "./doing.ts";

/** One thing that was looked at. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly note: string;
}

const LEAST_DISK_BYTES = 1024 ** 3;

/** Looks at the settings and at this machine, changes nothing that matters, and says what a start would meet. */
export async function check({ environment, json }: Doing): Promise<number> {
  const settings = settingsOrFaults(environment, false);
  if (settings === undefined) return EXIT.badSettings;
  const findings = [node(), await dataFolder(settings), ...(await listening(settings))];
  if (json === true) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else
    for (const { what, ok, note } of findings) process.stdout.write(`${ok ? "ok    " : "FAILED"}  ${what}: ${note}\n`);
  return findings.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
}

const node = (): Finding => ({
  what: "Node",
  ok: Number.parseInt(process.versions.node, 10) >= 24,
  note: process.version,
});

async function dataFolder(settings: Settings): Promise<Finding> {
  const folder = resolve(settings.data);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const note = `${folder}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
    return { what: "data folder", ok: free > LEAST_DISK_BYTES, note };
  } catch (fault) {
    return { what: "data folder", ok: false, note: `${folder}: ${reason(fault)}` };
  }
}

/** A server that runs on this data folder holds its ports; else each must be free. */
async function listening(settings: Settings): Promise<readonly Finding[]> {
  const running = await askServer(resolve(settings.data), "cert", {}).catch(() => undefined);
  if (running !== undefined)
    return [{ what: "ports", ok: true, note: "a server runs on this data folder and holds them" }];
  const wanted: readonly (readonly [string, PortSetting, "tcp" | "udp"])[] = [
    ["HTTP", settings.httpPort, "tcp"],
    ["HTTPS", settings.httpsPort, "tcp"],
    ["dialer", settings.dialerPort, "tcp"],
    ["SIP over TCP", settings.sipPort, "tcp"],
    ["SIP over UDP", settings.sipPort, "udp"],
  ];
  return Promise.all(
    wanted.flatMap(([what, port, kind]) =>
      port === "off" || port === 0 ? [] : settings.bind.map((address) => canListen({ what, port, kind, address })),
    ),
  );
}

interface Listening {
  readonly what: string;
  readonly port: number;
  readonly kind: "tcp" | "udp";
  readonly address: string;
}

async function canListen({ what, port, kind, address }: Listening): Promise<Finding> {
  const name = `${what} port ${port} on ${address}`;
  try {
    await (kind === "tcp" ? tryTcp(port, address) : tryUdp(port, address));
    return { what: name, ok: true, note: "free" };
  } catch (fault) {
    return { what: name, ok: false, note: reason(fault) };
  }
}

function tryTcp(port: number, host: string): Promise<void> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen({ port, host, ipv6Only: true }, () => server.close(() => done()));
  });
}

function tryUdp(port: number, address: string): Promise<void> {
  return new Promise((done, failed) => {
    const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4", ipv6Only: true });
    socket.once("error", (fault) => {
      socket.close();
      failed(fault);
    });
    socket.bind(port, address, () => socket.close(done));
  });
}

const reason = (fault: unknown): string => (fault instanceof Error ? fault.message : "not possible");
