// Checks who imports whom (.dependency-cruiser.mjs), and that the check itself sees: every source file must have been
// visited, and in a planted copy of the workspace each rule must find its own violation and leave the allowed alone.
import { execFile } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import settings from "../.dependency-cruiser.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONFIG = join(ROOT, ".dependency-cruiser.mjs");
const CRUISER = join(ROOT, "node_modules/.bin/depcruise");

/** What must be found: in `file`, an import of `target`, by `rule`. */
const VIOLATIONS = [
  { rule: "kernel-imports", file: "packages/kernel/src/planted-package.ts", target: "zod" },
  { rule: "kernel-node", file: "packages/kernel/src/planted-node.ts", target: "node:fs" },
  { rule: "sip-imports", file: "packages/protocols/sip/src/planted-core.ts", target: "@cordboard/core" },
  { rule: "sip-imports", file: "packages/protocols/sip/src/planted-rtp.ts", target: "@cordboard/rtp" },
  { rule: "sip-node", file: "packages/protocols/sip/src/planted-node.ts", target: "node:dgram" },
  { rule: "rtp-imports", file: "packages/protocols/rtp/src/planted-sip.ts", target: "@cordboard/sip" },
  { rule: "rtp-node", file: "packages/protocols/rtp/src/planted-node.ts", target: "node:crypto" },
  { rule: "protocol-imports", file: "packages/protocols/sound/src/planted-rtp.ts", target: "@cordboard/rtp" },
  { rule: "protocol-imports", file: "packages/protocols/sound/src/planted-package.ts", target: "pg" },
  { rule: "protocol-node", file: "packages/protocols/sound/src/planted-node.ts", target: "node:fs" },
  { rule: "core-imports", file: "packages/core/src/planted-package.ts", target: "pg" },
  { rule: "core-imports", file: "packages/core/src/planted-engine.ts", target: "@cordboard/switch" },
  { rule: "core-imports", file: "packages/core/src/planted-face.ts", target: "@cordboard/http" },
  { rule: "core-imports", file: "packages/core/src/planted-protocol.ts", target: "@cordboard/sip" },
  { rule: "core-node", file: "packages/core/src/planted-node.ts", target: "node:fs/promises" },
  { rule: "engine-imports", file: "packages/engines/switch/src/planted-engine.ts", target: "@cordboard/media" },
  { rule: "engine-imports", file: "packages/engines/store/src/planted-face.ts", target: "@cordboard/http" },
  { rule: "face-imports", file: "packages/faces/webfones/src/planted-engine.ts", target: "@cordboard/store" },
  { rule: "face-imports", file: "packages/faces/http/src/planted-face.ts", target: "@cordboard/webfones" },
  { rule: "face-imports", file: "packages/faces/webfones/src/planted-protocol.ts", target: "@cordboard/sip" },
  { rule: "phone-imports", file: "packages/phone/src/planted-core.ts", target: "@cordboard/core" },
  { rule: "phone-imports", file: "packages/phone/src/planted-package.ts", target: "pg" },
  {
    rule: "testkit-imports",
    file: "packages/testkit/src/planted-server.ts",
    target: "../../../apps/server/src/index.ts",
  },
  { rule: "example-imports", file: "examples/planted-core.ts", target: "@cordboard/core" },
  { rule: "server-imports", file: "apps/server/src/planted-bench.ts", target: "../../../bench/planted-target.ts" },
  {
    rule: "package-by-its-exports",
    file: "packages/engines/bus/src/planted-path.ts",
    target: "../../../core/src/planted-one/inner.ts",
  },
  {
    rule: "package-by-its-exports",
    file: "examples/planted-path.ts",
    target: "../packages/kernel/src/planted-inner.ts",
  },
  {
    rule: "subject-by-its-index",
    file: "packages/core/src/planted-two/planted-inner.ts",
    target: "../planted-one/inner.ts",
  },
  { rule: "shipped-without-tests", file: "apps/server/src/planted-testkit.ts", target: "@cordboard/testkit" },
  { rule: "shipped-without-tests", file: "packages/engines/bus/src/planted-vitest.ts", target: "vitest" },
  { rule: "shipped-without-tests", file: "packages/core/src/planted-test.ts", target: "./planted.test.ts" },
  { rule: "no-circle", file: "packages/core/src/planted-circle.ts", target: "./planted-circle-back.ts" },
  { rule: "known-target", file: "packages/engines/bus/src/planted-nowhere.ts", target: "./nowhere.ts" },
];

/** What must be left alone: the same kinds of import where they are allowed. */
const ALLOWED = [
  { file: "packages/kernel/src/allowed.test.ts", target: "vitest" },
  { file: "packages/protocols/sip/src/transport/allowed.ts", target: "node:dgram" },
  { file: "packages/protocols/sip/src/allowed.ts", target: "@cordboard/sound" },
  { file: "packages/protocols/sip/src/allowed.test.ts", target: "@cordboard/testkit" },
  { file: "packages/core/src/allowed.ts", target: "zod" },
  { file: "packages/core/src/planted-two/allowed.ts", target: "../planted-one/index.ts" },
  { file: "packages/engines/store/src/allowed.ts", target: "pg" },
  { file: "packages/engines/switch/src/allowed.ts", target: "@cordboard/sip" },
  { file: "packages/engines/media/test/allowed.int.test.ts", target: "@cordboard/testkit" },
  { file: "packages/faces/webfones/src/allowed.ts", target: "@cordboard/http" },
  { file: "packages/testkit/src/allowed.ts", target: "vitest" },
  { file: "examples/allowed.ts", target: "@cordboard/sip" },
  { file: "apps/server/src/allowed.ts", target: "@cordboard/webfones" },
];

/** Files that the plants point at. */
const TARGETS = {
  "packages/kernel/src/planted-inner.ts": "export {};\n",
  "packages/core/src/planted-one/index.ts": "export {};\n",
  "packages/core/src/planted-one/inner.ts": "export {};\n",
  "packages/core/src/planted.test.ts": "export {};\n",
  "packages/core/src/planted-circle-back.ts": 'import "./planted-circle.ts";\n',
  "bench/planted-target.ts": "export {};\n",
};
/** Where rooms are. */
const CRUISED = ["packages", "apps", "examples"];
const NPM_PACKAGES = ["zod", "pg", "vitest"];

async function cruise(folder, rooms) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CRUISER, "--config", CONFIG, "--output-type", "json", ...rooms],
    { cwd: folder, maxBuffer: 1 << 28 },
  ).catch((failure) => {
    // The exit code is the number of violations; only an answer that is no JSON is a failure of the tool.
    if (typeof failure.stdout === "string" && failure.stdout.startsWith("{")) return failure;
    throw failure;
  });
  const { modules, summary } = JSON.parse(stdout);
  return {
    seen: new Set(modules.map(({ source }) => source)),
    violations: summary.violations.map(({ from, to, rule }) => ({ from, to, rule: rule.name })),
    rules: summary.ruleSetUsed.forbidden.map(({ name }) => name),
  };
}

function write(folder, path, text) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A workspace of empty packages with the real names and exports, and the plants in it. */
function plantWorkspace(folder) {
  for (const path of globSync(["packages/*/package.json", "packages/*/*/package.json", "apps/server/package.json"], {
    cwd: ROOT,
  })) {
    const text = readFileSync(join(ROOT, path), "utf8");
    const { name, exports } = JSON.parse(text);
    write(folder, path, text);
    for (const file of Object.values(exports ?? {})) write(folder, join(dirname(path), file), "export {};\n");
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(folder, dirname(path))), link, "dir");
  }
  for (const name of NPM_PACKAGES) {
    write(folder, `node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    write(folder, `node_modules/${name}/index.js`, "module.exports = {};\n");
  }
  for (const [path, text] of Object.entries(TARGETS)) write(folder, path, text);
  for (const { file, target } of [...VIOLATIONS, ...ALLOWED]) write(folder, file, `import "${target}";\n`);
}

async function prove() {
  const folder = mkdtempSync(join(tmpdir(), "cordboard-architecture-"));
  try {
    plantWorkspace(folder);
    const { violations, rules } = await cruise(folder, CRUISED);
    // A circle is reported once, at either of its ends.
    const found = ({ rule, file }) =>
      violations.some((one) => one.rule === rule && (one.from === file || (rule === "no-circle" && one.to === file)));
    return [
      ...(outsideAllRooms(["packages/unheard-of/src/index.ts"]).length === 0
        ? ["a package without a room is not noticed"]
        : []),
      ...VIOLATIONS.filter((plant) => !found(plant)).map(({ rule, file }) => `${rule} did not find its plant ${file}`),
      ...rules.filter((name) => !VIOLATIONS.some(({ rule }) => rule === name)).map((name) => `${name} has no plant`),
      ...violations
        .filter(({ from }) => ALLOWED.some(({ file }) => file === from))
        .map(({ from, to, rule }) => `${rule} forbids what is allowed: ${from} → ${to}`),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that no room's rule covers could import anything. */
function outsideAllRooms(files) {
  const rooms = settings.forbidden
    .filter(({ name }) => name.endsWith("-imports"))
    .map(({ from }) => new RegExp(from.path));
  return files.filter((file) => !rooms.some((room) => room.test(file)));
}

async function checkWorkspace() {
  const { seen, violations } = await cruise(ROOT, CRUISED);
  const files = globSync(`{${CRUISED.join(",")}}/**/*.ts`, {
    cwd: ROOT,
    exclude: (path) =>
      path === "node_modules" || path === "dist" || path.endsWith("/node_modules") || path.endsWith("/dist"),
  });
  return [
    ...violations.map(({ from, to, rule }) => `${rule}: ${from} → ${to}`),
    ...files.filter((file) => !seen.has(file) && existsSync(join(ROOT, file))).map((file) => `not visited: ${file}`),
    ...outsideAllRooms(files).map((file) => `in no room of .dependency-cruiser.mjs: ${file}`),
    ...(files.length < 30 ? [`only ${files.length} files were found to visit`] : []),
  ];
}

const faults = [...(await prove()), ...(await checkWorkspace())];
process.stdout.write(faults.map((fault) => `${fault}\n`).join(""));
process.exitCode = faults.length > 0 ? 1 : 0;
