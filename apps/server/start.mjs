#!/usr/bin/env node
// The way in, in plain JavaScript, so that any Node can read it: goes on under Node 24 whatever started it.
// In the repository it runs the TypeScript source; in the published package, what was built from it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const NEEDED = 24;

/** Packages that hold Node for this machine; Macs with Apple processors have the second form. */
function installedNode() {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const file = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  const { resolve } = module.createRequire(import.meta.url);
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const path = join(dirname(resolve(`${name}/package.json`)), file);
      if (existsSync(path)) return path;
    } catch {
      // Not installed under this name.
    }
  }
  return undefined;
}

/** A smaller nursery than Node's own: 30 MB less memory of an idle server. The npm scripts say the same. */
const HEAP = ["--max-semi-space-size=8"];

/** Names the pipe to whoever launched us; it ends when they do, also when they are killed. */
const LIFELINE = "LAUNCHER_LIFELINE_FD";

function continueUnder(node) {
  const child = spawn(node, [...HEAP, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, [LIFELINE]: "3" },
  });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  // Ctrl-C in a terminal reaches the child by itself: passed on as well, it would look like a second one.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("error", (error) => {
    process.stderr.write(`cordboard: ${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Ends as the child did, so that whoever started this sees the truth.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Ends with the launcher: to whoever kills it, it is the server. */
function endWithLauncher() {
  const fd = process.env[LIFELINE];
  delete process.env[LIFELINE];
  if (fd === undefined) return;
  const lifeline = new Socket({ fd: Number(fd) });
  lifeline.on("error", () => {});
  lifeline.on("close", () => process.kill(process.pid, "SIGKILL"));
  lifeline.resume().unref();
}

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  endWithLauncher();
  module.enableCompileCache();
  // With one processor, helping threads of the garbage collector only take it from the thread that waits for them: a tenth of all work.
  if (availableParallelism() === 1) setFlagsFromString("--no-parallel-scavenge");
  const source = new URL("src/main.ts", import.meta.url);
  await import(existsSync(source) ? source.href : new URL("dist/main.js", import.meta.url).href);
} else {
  const node = installedNode();
  if (node === undefined) {
    process.stderr.write(
      `cordboard needs Node ${NEEDED} or newer; this is ${process.version}, and no package of Node for ` +
        `${process.platform} ${process.arch} is installed. Install Node ${NEEDED}, or run npm install without --omit=optional.\n`,
    );
    process.exitCode = 1;
  } else {
    continueUnder(node);
  }
}
