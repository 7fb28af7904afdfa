// Finds Node 24 for scripts that were started by an older one.
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));
const platform = process.platform === "win32" ? "win" : process.platform;

/** Names of the npm packages that hold Node for this machine. Macs with Apple processors have the second form. */
export const nodePackages = [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`];

/** The path of a Node that runs TypeScript: this one when it is new enough, else the one that npm installed. */
export function nodeBinary() {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  const file = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  const installed = nodePackages.map((name) => `${MODULES}${name}/${file}`).find((path) => existsSync(path));
  if (installed === undefined)
    throw new Error(`Node 24 is needed and ${nodePackages[0]} is not installed; run: npm ci`);
  return installed;
}

/** Where a tool that npm installed lies, as a script for Node. */
export const toolPath = (name) => `${MODULES}.bin/${name}`;

/** The environment for tools: `node` in it is Node 24. */
export const toolEnvironment = () => ({ ...process.env, PATH: `${MODULES}.bin${delimiter}${process.env.PATH ?? ""}` });
