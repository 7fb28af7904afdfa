import { join } from "node:path";
import { startChild } from "../child.ts";
import { freePorts } from "../free-ports.ts";

/** A TURN server of somebody else. */
export interface Coturn {
  /** What makes our server tell browsers of it. */
  readonly settings: { readonly CORDBOARD_TURN: string; readonly CORDBOARD_TURN_SECRET: string };
  /** How often it has given a way to somebody, and refused one. */
  allocations(): { readonly given: number; readonly refused: number };
  quit(): Promise<void>;
}

const HOST = "127.0.0.1";
const SECRET = "a-secret-that-both-know";
/** Each call of a browser takes one. */
const RELAY_PORTS = 16;

/** Starts coturn on free ports of this machine, with all that it writes in a folder. */
export async function startCoturn({
  program,
  folder,
}: {
  readonly program: string;
  readonly folder: string;
}): Promise<Coturn> {
  const port = await freePorts(RELAY_PORTS);
  const child = startChild(program, [
    ...["-n", "--no-cli", "--no-tls", "--no-dtls", "--no-multicast-peers", "--no-rfc5780"],
    // We are on the loopback ourselves.
    "--allow-loopback-peers",
    ...["--listening-ip", HOST, "--relay-ip", HOST, "--listening-port", String(port)],
    ...["--min-port", String(port + 1), "--max-port", String(port + RELAY_PORTS)],
    ...["--use-auth-secret", "--static-auth-secret", SECRET, "--realm", "relay.example"],
    ...["--userdb", join(folder, "turndb"), "--pidfile", join(folder, "turnserver.pid")],
    ...["--log-file", "stdout", "--simple-log", "--verbose"],
  ]);
  await child.line(/UDP listener opened|listener opened on/i);
  const count = (what: RegExp): number => child.said.filter((line) => what.test(line)).length;
  return {
    settings: { CORDBOARD_TURN: `turn:${HOST}:${port}?transport=udp`, CORDBOARD_TURN_SECRET: SECRET },
    allocations: () => ({
      given: count(/ALLOCATE processed, success/),
      refused: count(/check_stun_auth: .*credentials/),
    }),
    async quit() {
      await child.stop("SIGTERM", 10_000).catch(() => child.stop("SIGKILL"));
    },
  };
}
