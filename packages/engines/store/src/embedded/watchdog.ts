import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Account } from "./account.ts";

/** As whom the database runs: as we do, as another account (we are root), or as root who calls itself otherwise. */
export type RunAs =
  | { readonly kind: "self" }
  | { readonly kind: "account"; readonly account: Account }
  | { readonly kind: "unshare" };

/**
 * Runs a program for as long as our end of its standard input is open. When we are killed, the system closes that end,
 * `cat` ends, and the program gets SIGINT; closing it ourselves is the ordinary stop. When the program dies by itself,
 * the shell ends with its code. The program's own input is empty.
 */
const SCRIPT = `exec 3<&0 </dev/null
"$@" 3<&- &
p=$!
{ cat <&3 >/dev/null; kill -INT $p 2>/dev/null; } &
c=$!
exec 3<&-
wait $p
r=$?
kill $c 2>/dev/null
exit $r`;

/**
 * Starts a program behind the pipe watchdog, in a session of its own, so that Ctrl-C in our terminal does not reach it.
 * Close `stdin` of what is returned to stop it.
 */
export function spawnGuarded(runAs: RunAs, command: string, args: readonly string[]): ChildProcess {
  return spawnAs(runAs, ["/bin/sh", "-c", SCRIPT, "sh", command, ...args], { detached: true, stdin: "pipe" });
}

/** Starts a program as that account, with an environment that holds nothing of ours. */
export function spawnAs(
  runAs: RunAs,
  command: readonly string[],
  options: { readonly detached: boolean; readonly stdin: "pipe" | "ignore" },
): ChildProcess {
  const [program = "", ...args] = runAs.kind === "unshare" ? [...UNSHARE, ...command] : command;
  return spawn(program, args, {
    cwd: "/",
    detached: options.detached,
    stdio: [options.stdin, "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(runAs.kind === "account" && { uid: runAs.account.uid, gid: runAs.account.gid }),
  });
}

const UNSHARE = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"];
