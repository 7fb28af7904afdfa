// `npm run pack-trial`: builds and packs `cordboard` and `@cordboard/sip`, installs each tarball in an empty folder, and uses it
// there as a stranger would: `cordboard` under the Node of the machine, the library under Node 24. One line a step; the output of
// what failed comes with it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { nodeBinary, toolPath } from "./node-binary.mjs";
import { addToTally, tallyText } from "./tally.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cordboard-pack-"));
const place = join(folder, "place");
const libraryPlace = join(folder, "library-place");
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

const tarball = (pattern) => join(folder, readdirSync(folder).find((name) => pattern.test(name)) ?? "no tarball");

async function install(where, packed) {
  mkdirSync(where);
  writeFileSync(join(where, "package.json"), '{ "private": true, "type": "module" }\n');
  await run(where, "npm", ["install", "--no-audit", "--no-fund", packed], { seconds: 300 });
}

/** All ports free ones, everything in a folder of its own: the machine may run other things. */
const demoSettings = {
  CORDBOARD_DATA: join(folder, "data"),
  CORDBOARD_HTTP_PORT: "0",
  CORDBOARD_HTTPS_PORT: "0",
  CORDBOARD_DIALER_PORT: "0",
  CORDBOARD_SIP_PORT: "0",
  CORDBOARD_SIPS_PORT: "0",
};

/** What a careful user of the library checks with. */
const strictest = [
  ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck", "false"],
  ...["--target", "es2024", "--module", "nodenext", "--types", "node"],
  ...["--typeRoots", join(ROOT, "node_modules/@types")],
];

/** One example serves, the other calls it. */
async function listenToTheServer() {
  const options = { cwd: libraryPlace, env: { ...env, PATH }, stdio: ["ignore", "pipe", "inherit"] };
  const server = spawn(nodeBinary(), ["02-server-that-answers-and-plays.ts", "127.0.0.1", "0"], options);
  try {
    const [line] = await once(createInterface(server.stdout), "line", { signal: AbortSignal.timeout(30_000) });
    const address = line.slice("listening: udp ".length);
    const args = ["01-phone-that-registers.ts", `sip:ann@${address}`, "secret", `sip:1234@${address}`];
    const said = await run(libraryPlace, nodeBinary(), args, { seconds: 60 });
    if (!/^ended: bye after \d+ packets$/m.test(said)) throw new Error(`the phone said:\n${said}`);
  } finally {
    server.kill();
  }
}

try {
  await step("the packages are built", () => run(ROOT, nodeBinary(), ["scripts/build.mjs"]));
  await step("they are packed", () =>
    run(ROOT, "npm", ["pack", join(ROOT, "dist/cordboard"), join(ROOT, "dist/sip"), "--pack-destination", folder]),
  );
  await step("the library installs alone in an empty folder", async () => {
    await install(libraryPlace, tarball(/^cordboard-sip-.*\.tgz$/));
    const house = join(libraryPlace, "node_modules/@cordboard");
    cpSync(join(house, "sip/examples"), libraryPlace, { recursive: true });
    const installed = readdirSync(house);
    if (installed.length !== 1) throw new Error(`it brought more than itself: ${installed.join(", ")}`);
  });
  await step("its examples pass the strictest checks of TypeScript, its own declarations too", () =>
    run(libraryPlace, nodeBinary(), [toolPath("tsc"), ...strictest, ...globSync("*.ts", { cwd: libraryPlace })]),
  );
  await step("its examples run there: a phone registers at a server, calls it, and hears it", listenToTheServer);
  await step("the tarball of cordboard installs in an empty folder", () =>
    install(place, tarball(/^cordboard-\d.*\.tgz$/)),
  );
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
