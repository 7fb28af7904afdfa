// `npm run check`: everything that can be known without running the system. One line a check, two at once; the output of
// what failed comes last. `npm run check -- imports types` runs only the named ones.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nodeBinary, toolEnvironment, toolPath } from "./node-binary.mjs";
import { addToTally } from "./tally.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const AT_ONCE = 2;
const DEADLINE_MS = 120_000;
const script = (name, ...args) => [fileURLToPath(new URL(name, import.meta.url)), ...args];
const tool = (name, ...args) => [toolPath(name), ...args];

/** Longest first, so that the two lanes end together. */
const checks = [
  { name: "proofs", command: script("prove-checks.mjs"), about: "the checks below find what was planted for them" },
  {
    name: "promises",
    command: tool("eslint", ".", "--max-warnings", "0"),
    about: "promises and switches (typescript-eslint)",
  },
  { name: "types", command: tool("tsc", "-b"), about: "types, package by package" },
  {
    name: "test-types",
    command: tool("tsc", "-p", "tsconfig.tests.json"),
    about: "types of tests, benchmarks and scripts",
  },
  { name: "imports", command: script("check-architecture.mjs"), about: "who may import what (dependency-cruiser)" },
  {
    name: "unused",
    command: tool("knip", "--no-config-hints"),
    about: "unused files, exports and dependencies (knip)",
  },
  { name: "house-rules", command: script("house-rules.mjs"), about: "names, sizes, docstrings, tests" },
  { name: "documents", command: script("docs.ts", "--check"), about: "generated documents are fresh" },
  { name: "style", command: tool("biome", "check", "--error-on-warnings", "."), about: "format and lint (Biome)" },
  {
    name: "lock",
    command: script("complete-lock.mjs", "--check"),
    about: "the lock file is complete and names no address",
  },
];

function run({ command }) {
  return new Promise((done) => {
    const child = spawn(nodeBinary(), command, { cwd: ROOT, env: toolEnvironment(), timeout: DEADLINE_MS });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", (error) => done({ code: 1, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) =>
      done({ code: code ?? 1, output: signal ? `${output}ended by ${signal}\n` : output }),
    );
  });
}

async function lane(queue, failures) {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const startedAt = performance.now();
    const { code, output } = await run(check);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `${code === 0 ? "ok    " : "FAILED"}  ${seconds.padStart(5)} s  ${check.name.padEnd(12)} ${check.about}\n`,
    );
    if (code !== 0) failures.push({ name: check.name, output });
    addToTally(`check ${check.name}`, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0)
  throw new Error(`no such check: ${unknown.join(", ")}; there are: ${checks.map(({ name }) => name).join(", ")}`);

const queue = checks.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const count = queue.length;
const failures = [];
await Promise.all(Array.from({ length: AT_ONCE }, () => lane(queue, failures)));
for (const { name, output } of failures)
  process.stdout.write(`\n── ${name} ${"─".repeat(60 - name.length)}\n${output.trimEnd()}\n`);
process.stdout.write(`\nchecks: ${count - failures.length} passed, ${failures.length} failed\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
