import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An account of the machine, by its numbers. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The account of that name: from `/etc/passwd`, else from whatever `id` asks (LDAP, macOS). It is never made. */
export async function findAccount(name: string): Promise<Account | undefined> {
  const table = await readFile("/etc/passwd", "utf8").catch(() => "");
  for (const line of table.split("\n")) {
    const [entry, , uid, gid] = line.split(":");
    if (entry === name) return accountOf(name, uid, gid);
  }
  if (!/^[\w.][\w.@-]{0,63}$/.test(name)) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => output("id", [flag, name])));
  return accountOf(name, uid, gid);
}

/** Whether a process of ours can become that account and succeed with `command`. */
export function canRun(account: Account, command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((done) => {
    const { uid, gid } = account;
    const child = spawn(command, args, { uid, gid, stdio: "ignore", cwd: "/", timeout: 10_000 });
    child.on("error", () => done(false));
    child.on("exit", (code) => done(code === 0));
  });
}

/** Whether that account reaches the folder: asked of the system, so that modes, ACLs and mounts all have their say. */
export const canReach = (account: Account, folder: string): Promise<boolean> =>
  canRun(account, "/bin/sh", ["-c", 'test -x "$1"', "sh", folder]);

function accountOf(name: string, uid: string | undefined, gid: string | undefined): Account | undefined {
  if (!/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) return undefined;
  return { name, uid: Number(uid), gid: Number(gid) };
}

const output = (command: string, args: readonly string[]): Promise<string> =>
  run(command, args, { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
