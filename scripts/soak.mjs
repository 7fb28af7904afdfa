// `npm run soak`: the long forms of the seeded runs that `npm test` does in short. Shows the last figures, then runs, prints and keeps
// the new ones in bench/results/soak.json. `npm run soak -- crash` runs only the named ones.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { circumstances } from "../bench/machine.ts";
import { nodeBinary, toolEnvironment, toolPath } from "./node-binary.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RESULTS = fileURLToPath(new URL("../bench/results/soak.json", import.meta.url));

/** Each run with the tests that do it; SOAK=long makes them long. */
const runs = [
  { name: "crash", tests: ["acceptance/crash.test.ts"] },
  { name: "stream", tests: ["acceptance/stream.test.ts"] },
  { name: "sipp", tests: ["acceptance/sipp.test.ts"] },
  { name: "dialogs", tests: ["packages/protocols/sip/test/lossy-dialogs.int.test.ts"] },
  // Ten million: eight are read, one is sent to an agent in memory, one to a running server by UDP and TCP.
  {
    name: "mutations",
    tests: [
      "packages/protocols/sip/test/mutations.int.test.ts",
      "packages/protocols/sip/test/mutations-agent.int.test.ts",
      "acceptance/mutations.test.ts",
    ],
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !runs.some((run) => run.name === name));
if (unknown.length > 0)
  throw new Error(`no such run: ${unknown.join(", ")}; there are: ${runs.map(({ name }) => name).join(", ")}`);

/** Settles with vitest's exit code. */
function vitest(tests, file) {
  const command = [toolPath("vitest"), "run", ...tests];
  const env = { ...toolEnvironment(), SOAK: "long", SOAK_FILE: file };
  return new Promise((done, failed) => {
    const child = spawn(nodeBinary(), command, { cwd: ROOT, env, stdio: "inherit" });
    child.once("error", failed);
    child.once("close", (code) => done(code ?? 1));
  });
}

/** Runs one and reads what it told; a run that failed keeps its figures out. */
async function soak({ name, tests }) {
  const folder = mkdtempSync(join(tmpdir(), "cordboard-soak-"));
  const file = join(folder, "figures");
  const around = circumstances("server and load share all cores");
  const startedAt = performance.now();
  try {
    const code = await vitest(tests, file);
    const told = existsSync(file)
      ? readFileSync(file, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
    const figures = Object.assign({}, ...told.map((one) => one.figures));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    return { name, isPassed: code === 0, seconds, figures, date: new Date().toISOString(), ...around };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const line = ({ name, isPassed, seconds, figures, date, versions }) =>
  `${name}: ${isPassed ? "passed" : "FAILED"} in ${seconds} s, ${date}, ${versions.commit}: ${JSON.stringify(figures)}\n`;

const kept = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : [];
for (const result of kept) process.stdout.write(`last ${line(result)}`);

const results = [];
for (const run of runs) if (wanted.length === 0 || wanted.includes(run.name)) results.push(await soak(run));
const stays = kept.filter(({ name }) => !results.some((result) => result.name === name));
writeFileSync(RESULTS, `${JSON.stringify([...stays, ...results], null, 2)}\n`);
for (const result of results) process.stdout.write(line(result));
process.exitCode = results.every(({ isPassed }) => isPassed) ? 0 : 1;
