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
 * Starts a program behind the pipe watchdog, with an environment that holds nothing of ours, in a session of its own, so
 * that Ctrl-C in our terminal does not reach it. Close `stdin` of what is returned to stop it, and also when it has ended.
 */
export function spawnGuarded(runAs: RunAs, command: string, args: readonly string[]): ChildProcess {
  const watched = ["/bin/sh", "-c", SCRIPT, "sh", command, ...args];
  const [program = "", ...rest] = runAs.kind === "unshare" ? [...UNSHARE, ...watched] : watched;
  return spawn(program, rest, {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(runAs.kind === "account" && { uid: runAs.account.uid, gid: runAs.account.gid }),
  });
}

const UNSHARE = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"];
