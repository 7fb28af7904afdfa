// `npm run pack-trial`: builds and packs `cordboard`, installs the tarball in an empty folder, and runs it there as a
// stranger would, under the Node of the machine. One line a step; the output of what failed comes with it.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "./node-binary.mjs";
import { addToTally, tallyText } from "./tally.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cordboard-pack-"));
const place = join(folder, "place");
const totals = { passed: 0, failed: 0, skipped: 0 };

/** The machine's own PATH: without what `npm run` put in front of it, where the workspace's Node would be found. */
const PATH = process.env.PATH.split(delimiter)
  .filter((entry) => !entry.includes("node_modules"))
  .join(delimiter);
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_|CORDBOARD_|NODE_OPTIONS$)/.test(name)),
);

function run(cwd, program, args, { more = {}, seconds = 120 } = {}) {
  return new Promise((done, failed) => {
    const options = { cwd, env: { ...env, PATH, ...more }, timeout: seconds * 1000, maxBuffer: 1 << 26 };
    const child = execFile(program, args, options, (error, stdout, stderr) =>
      error === null ? done(stdout) : failed(new Error(`${error.message}\n${stdout}${stderr}`)),
    );
    child.stdin?.end();
  });
}

async function step(name, work) {
  const startedAt = performance.now();
  try {
    await work();
    totals.passed++;
    process.stdout.write(`ok      ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${name}\n`);
  } catch (error) {
    totals.failed++;
    process.stdout.write(`FAILED  ${name}\n${error.message}\n`);
    throw error;
  }
}

const tarball = () => join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "no tarball");

/** All ports free ones, everything in a folder of its own: the machine may run other things. */
const demoSettings = {
  CORDBOARD_DATA: join(folder, "data"),
  CORDBOARD_HTTP_PORT: "0",
  CORDBOARD_HTTPS_PORT: "0",
  CORDBOARD_DIALER_PORT: "0",
  CORDBOARD_SIP_PORT: "0",
  CORDBOARD_SIPS_PORT: "0",
};

try {
  await step("the package is built", () => run(ROOT, nodeBinary(), ["scripts/build.mjs"]));
  await step("it is packed", () =>
    run(ROOT, "npm", ["pack", join(ROOT, "dist/cordboard"), "--pack-destination", folder]),
  );
  await step("the tarball installs in an empty folder", async () => {
    mkdirSync(place);
    writeFileSync(join(place, "package.json"), '{ "private": true }\n');
    await run(place, "npm", ["install", "--no-audit", "--no-fund", tarball()], { seconds: 300 });
  });
  await step("npx cordboard --version names the version", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const printed = await run(place, "npx", ["cordboard", "--version"]);
    if (!printed.includes(version)) throw new Error(`printed ${JSON.stringify(printed)} instead of ${version}`);
  });
  await step("the launcher goes on under Node 24 from the machine's own Node", async () => {
    const printed = await run(place, "node", ["node_modules/cordboard/start.mjs", "--version"]);
    if (printed.trim() === "") throw new Error("printed nothing");
  });
  await step("npx cordboard demo --exit passes its self-check", () =>
    run(place, "npx", ["cordboard", "demo", "--exit"], { more: demoSettings, seconds: 180 }),
  );
} catch {
  // Told above; the steps after it need it.
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  addToTally("packed tarball", totals);
  process.stdout.write(`\npacked tarball: ${tallyText(totals)}\n`);
}
