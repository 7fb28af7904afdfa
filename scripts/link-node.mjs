// Makes `node` mean Node 24 inside npm scripts. npm 10 installs the platform's Node package but does not link its
// binary when the package is an optional dependency (npm 11 does); `npm rebuild` links it. Never fails an install:
// apps/server/start.mjs finds the binary by itself.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { nodePackages } from "./node-binary.mjs";

for (const name of nodePackages) {
  if (existsSync(new URL(`../node_modules/${name}/package.json`, import.meta.url))) {
    spawnSync("npm", ["rebuild", "--ignore-scripts", name], { stdio: "ignore", shell: process.platform === "win32" });
  }
}
