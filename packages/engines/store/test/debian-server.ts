import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ms, randomHex, seconds } from "@cordboard/kernel";
import { machine, makeTestFolder } from "@cordboard/testkit";
import type { TestServer } from "@cordboard/testkit/database";
import { serveTests } from "@cordboard/testkit/database";
import pg from "pg";
import type { Account } from "../src/embedded/account.ts";
import { findAccount } from "../src/embedded/account.ts";
import { spawnGuarded } from "../src/embedded/watchdog.ts";
import { until } from "../src/waiting.ts";

const BIN = "/usr/lib/postgresql/15/bin";

/** Whether Debian's PostgreSQL 15 is installed; in CI it must be. */
export const hasDebianServer = (): boolean => existsSync(join(BIN, "postgres"));

/** Starts Debian's PostgreSQL 15, the oldest that we support, on a socket in a temporary folder. */
export async function startDebianServer(): Promise<TestServer> {
  const folder = await makeTestFolder();
  const account = process.getuid?.() === 0 ? await findAccount("nobody") : undefined;
  const cluster = join(folder.path, "cluster");
  const password = randomHex(machine.random, 16);
  await initialise({ cluster, password, account });
  // As our own has it for tests: each start over keeps the connections of the one before.
  const forgetful = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"];
  const settings = ["listen_addresses=", `unix_socket_directories=${cluster}`, ...forgetful];
  const server = spawnGuarded(
    account === undefined ? { kind: "self" } : { kind: "account", account },
    join(BIN, "postgres"),
    ["-D", cluster, ...settings.flatMap((setting) => ["-c", setting])],
  );
  server.stderr?.resume();
  const ended = new Promise((done) => {
    server.on("exit", done);
  });
  const stop = async (): Promise<void> => {
    server.stdin?.end();
    await ended;
    await folder.remove();
  };
  const urlOf = (name: string): string =>
    `postgresql://tester:${password}@/${name}?host=${encodeURIComponent(cluster)}`;
  const isUp = await until(machine.clock, { deadline: seconds(20), every: ms(20) }, () => answers(urlOf("postgres")));
  if (!isUp) {
    await stop();
    throw new Error("Debian's PostgreSQL does not answer");
  }
  return serveTests(urlOf, stop);
}

interface NewCluster {
  readonly cluster: string;
  readonly password: string;
  readonly account: Account | undefined;
}

async function initialise({ cluster, password, account }: NewCluster): Promise<void> {
  const passwordFile = `${cluster}.password`;
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, password);
  await chmod(passwordFile, 0o644);
  if (account !== undefined) await chown(cluster, account.uid, account.gid);
  const args = ["-D", cluster, "-U", "tester", "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync"];
  const { status, stderr } = spawnSync(join(BIN, "initdb"), [...args, "--locale=C.UTF-8", "--encoding=UTF8"], {
    encoding: "utf8",
    cwd: "/",
    ...(account !== undefined && { uid: account.uid, gid: account.gid }),
  });
  if (status !== 0) throw new Error(`initdb of Debian's PostgreSQL failed: ${stderr}`);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
