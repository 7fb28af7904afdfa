// The house's own rules, those that no ready-made check knows. Each rule carries plants: texts in which it must find a
// fault, and texts in which it must not. They are tried on every run, so a rule that has gone blind fails.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 400;
/** Data tables and generated files, which may be longer. */
const LONG_FILES = new Set([]);
/** Packages that people install by themselves, each with a README.md of its own. */
const PUBLISHED = ["packages/protocols/sip"];
/** Where each npm package has its reason. */
const DECISION = "docs/adr/0007-npm-packages.md";
/** File names that say nothing about what is inside. */
const EMPTY_NAMES = ["utils", "util", "common", "helpers", "helper", "misc", "manager"];

const isCode = (path) => /\.(?:ts|tsx|mjs|sql)$/.test(path);
const isTest = (path) => path.endsWith(".test.ts") || /^(?:packages|apps)\/.+\/test\//.test(path);
const isUnitTest = (path) => /\/src\/.+\.test\.ts$/.test(path);
const isShipped = (path) => /^(?:packages|apps)\/.+\/src\/.+\.tsx?$/.test(path) && !isTest(path);

/** Line numbers (from 1) at which `pattern` is found. */
const linesWith = (text, pattern) => text.split("\n").flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));

/** Line numbers of all syntax nodes for which `wanted` says yes. */
function nodesWhere({ path, text }, wanted) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = [];
  const visit = (node) => {
    if (wanted(node)) lines.push(source.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** The last name of what is called or read: `b` for `a.b`, `a` for `a`. */
const lastName = (node) =>
  ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : "";

/** The first name of a chain: `test` for `test.concurrent.each(…)`. */
function firstName(node) {
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return firstName(node.expression);
  return ts.isIdentifier(node) ? node.text : "";
}

const TEST_WORDS = ["test", "it", "describe", "suite", "context", "ctx"];
const LEAVING_OUT = ["skip", "only", "todo", "skipIf", "runIf"];
const WAITING = ["setTimeout", "setInterval", "sleep"];

function leavesOut(node) {
  if (ts.isPropertyAccessExpression(node))
    return LEAVING_OUT.includes(node.name.text) && TEST_WORDS.includes(firstName(node));
  if (!ts.isPropertyAssignment(node) || !["retry", ...LEAVING_OUT].includes(node.name.getText())) return false;
  const call = node.parent.parent;
  return ts.isCallExpression(call) && TEST_WORDS.includes(firstName(call.expression));
}

function waits(node) {
  if (ts.isImportDeclaration(node)) return /^(?:node:)?timers/.test(node.moduleSpecifier.text);
  if (!ts.isCallExpression(node)) return false;
  return [node.expression, ...node.arguments].some((part) => WAITING.includes(lastName(part)));
}

function readsWallClock(node) {
  if (ts.isCallExpression(node)) return node.expression.getText() === "Date.now";
  return ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0;
}

function exportsBare(node) {
  const exported =
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported || ts.getJSDocCommentsAndTags(node).length > 0) return false;
  // The implementation behind overloads is documented at its first signature.
  return !(ts.isFunctionDeclaration(node) && node.body !== undefined && hasSignatures(node));
}

const hasSignatures = (node) =>
  node.parent.statements.some(
    (other) => other !== node && ts.isFunctionDeclaration(other) && other.name?.text === node.name?.text,
  );

const exportsDefault = (node) =>
  ts.isExportAssignment(node) ||
  (ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true);

// Words are put together here, so that this file does not find itself.
const UNFINISHED = new RegExp(`\\b(?:${["TO", "FIX"].map((word, index) => word + ["DO", "ME"][index]).join("|")})\\b`);
const TEMPORARY = new RegExp(`["'\`]/${"tmp"}/`);
const foreignWords = () => {
  const folders = ["work", "root"].map((folder) => `(?<![\\w.~-])/${folder}/`);
  const configured = process.env.npm_config_registry;
  const hosts = [
    ...(configured === undefined ? [] : [new URL(configured).hostname]),
    ["registry", "npmjs", "org"].join("."),
    ["deb", "debian", "org"].join("."),
  ];
  return new RegExp([...folders, ...hosts.map((host) => `\\b${host.replaceAll(".", "\\.")}\\b`)].join("|"));
};
const FOREIGN = foreignWords();

const rules = [
  {
    name: `file-length: at most ${MAX_LINES} lines`,
    applies: (path) => isCode(path) && !LONG_FILES.has(path),
    find: ({ text }) => (text.split("\n").length - 1 > MAX_LINES ? [MAX_LINES + 1] : []),
    wrong: [{ path: "packages/kernel/src/long.ts", text: "//\n".repeat(MAX_LINES + 1) }],
    right: [{ path: "packages/kernel/src/long.ts", text: "//\n".repeat(MAX_LINES) }],
  },
  {
    name: "file-name: kebab-case, named after the one thing inside",
    applies: isCode,
    find: ({ path }) => {
      const words = path.split("/").map((part) => part.replace(/\..*$/, ""));
      const isPlain = /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(basename(path).replace(/^\./, "").replace(/\..*$/, ""));
      return isPlain && !words.some((word) => EMPTY_NAMES.includes(word)) ? [] : [1];
    },
    wrong: ["src/callQueue.ts", "src/call_queue.ts", "src/utils.ts", "src/helpers/call.ts"].map((path) => ({
      path,
      text: "",
    })),
    right: ["src/call-queue.int.test.ts", "src/g711.ts", "0001-first.sql"].map((path) => ({ path, text: "" })),
  },
  {
    name: "unfinished: what is left to do is an issue, not a comment",
    applies: () => true,
    find: ({ text }) => linesWith(text, UNFINISHED),
    wrong: [{ path: "src/call.ts", text: `// TO${"DO"}: later` }],
    right: [{ path: "src/call.ts", text: "// todos" }],
  },
  {
    name: "left-out: tests are neither left out nor tried again (peers are asked for in acceptance/peers.ts)",
    applies: isTest,
    find: (file) => nodesWhere(file, leavesOut),
    wrong: [
      "test.skip('x', () => {});",
      "describe.only('x', () => {});",
      "it.todo('x');",
      "test.concurrent.skip('x', f);",
      "test('x', { retry: 2 }, f);",
      "test('x', (ctx) => ctx.skip());",
    ].map((text) => ({ path: "src/call.test.ts", text })),
    right: [{ path: "src/call.test.ts", text: "test('x', () => { list.skip(1); run({ retry: 2 }); });" }],
  },
  {
    name: "wait: tests wait for what happens, not for time to pass",
    applies: isTest,
    find: (file) => nodesWhere(file, waits),
    wrong: [
      "await new Promise((done) => setTimeout(done, 5));",
      "await promisify(setTimeout)(5);",
      "await sleep(5);",
      "globalThis.setInterval(f, 5);",
      'import { setTimeout as pause } from "node:timers/promises";',
    ].map((text) => ({ path: "test/call.int.test.ts", text })),
    right: [
      { path: "src/call.test.ts", text: "clockOf({ setTimeout(task: () => void) { task(); } }); await vi.waitFor(f);" },
    ],
  },
  {
    name: "wall-clock: unit tests move a clock by hand",
    applies: isUnitTest,
    find: (file) => nodesWhere(file, readsWallClock),
    wrong: ["const t = Date.now();", "const d = new Date();"].map((text) => ({
      path: "packages/core/src/a.test.ts",
      text,
    })),
    right: [{ path: "packages/core/src/a.test.ts", text: "const d = new Date(0);" }],
  },
  {
    name: "default-export: exports have names (files that a tool reads are exempt)",
    applies: (path) =>
      /\.(?:ts|tsx|mjs)$/.test(path) && !/(?:^|\/)(?:[\w-]+\.config\.(?:ts|mjs)|\.dependency-cruiser\.mjs)$/.test(path),
    find: (file) => nodesWhere(file, exportsDefault),
    wrong: ["export default 1;", "export default function call() {}"].map((text) => ({ path: "src/call.ts", text })),
    right: [{ path: "src/call.ts", text: "export const call = 1;" }],
  },
  {
    name: "docstring: every export says what it is for",
    applies: (path) => isShipped(path) && basename(path) !== "index.ts",
    find: (file) => nodesWhere(file, exportsBare),
    wrong: [
      "export const a = 1;",
      "// a\nexport function a() {}",
      "export type A = 1;",
      "export interface A {}",
      "export class A {}",
    ].map((text) => ({ path: "packages/core/src/call.ts", text })),
    right: ["/** One. */\nexport const a = 1;", "const a = 1;", 'export { a } from "./a.ts";'].map((text) => ({
      path: "packages/core/src/call.ts",
      text,
    })),
  },
  {
    name: "foreign: no paths and hosts of one machine",
    applies: () => true,
    find: ({ text }) => linesWith(text, FOREIGN),
    wrong: ["work", "root"].map((folder) => ({ path: "docs/a.md", text: `see /${folder}/main` })),
    right: [{ path: "docs/a.md", text: `https://example.com/${"work"}/main and the path to root` }],
  },
  {
    name: "temporary: the folder for temporary files is os.tmpdir()",
    applies: (path) => /\.(?:ts|mjs)$/.test(path),
    find: ({ text }) => linesWith(text, TEMPORARY),
    wrong: [{ path: "src/call.ts", text: `const a = "/${"tmp"}/a";` }],
    right: [{ path: "src/call.ts", text: "const a = join(tmpdir(), 'a');" }],
  },
];

/** Faults of the workspace as a whole rather than of one file. */
function checkWorkspace(paths) {
  const rooms = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")).references.map(({ path }) => path);
  const present = paths
    .filter((path) => /^(?:packages|apps)\/.+\/tsconfig\.json$/.test(path))
    .map((path) => dirname(path));
  return [
    ...present
      .filter((room) => !rooms.includes(room))
      .map((room) => `${room}: not referenced by tsconfig.json, so never checked`),
    ...present.flatMap((room) => checkReferences(room)),
    ...checkPackages(paths),
    ...PUBLISHED.filter((room) => !paths.includes(`${room}/README.md`)).map(
      (room) => `${room}: is published, and has no README.md`,
    ),
  ];
}

/** A package's dependencies within the house and its TypeScript references must name the same packages. */
function checkReferences(room) {
  const { name, dependencies = {} } = JSON.parse(readFileSync(join(ROOT, room, "package.json"), "utf8"));
  const { references = [] } = JSON.parse(readFileSync(join(ROOT, room, "tsconfig.json"), "utf8"));
  const referenced = references
    .map(({ path }) => join(ROOT, room, path.endsWith(".json") ? dirname(path) : path, "package.json"))
    .map((path) => JSON.parse(readFileSync(path, "utf8")).name)
    .filter((other) => other !== name);
  const depended = Object.keys(dependencies).filter((other) => other.startsWith("@cordboard/"));
  return [
    ...depended
      .filter((other) => !referenced.includes(other))
      .map((other) => `${room}: depends on ${other} without a reference in tsconfig.json`),
    ...referenced
      .filter((other) => !depended.includes(other))
      .map((other) => `${room}: references ${other} without a dependency in package.json`),
  ];
}

/** Every npm package is named, with its reason, in the decision about them. */
function checkPackages(paths) {
  const named = readFileSync(join(ROOT, DECISION), "utf8");
  const names = paths
    .filter((path) => basename(path) === "package.json")
    .map((path) => JSON.parse(readFileSync(join(ROOT, path), "utf8")))
    .flatMap((its) => Object.keys({ ...its.dependencies, ...its.devDependencies, ...its.optionalDependencies }))
    .filter((name) => !name.startsWith("@cordboard/"));
  return [...new Set(names)]
    .filter((name) => !named.includes(`\`${name}\``))
    .map((name) => `${name}: an npm package that ${DECISION} does not name`);
}

const checkFile = (rule, file) => (rule.applies(file.path) ? rule.find(file) : []);

const proveRules = () =>
  rules.flatMap((rule) => [
    ...rule.wrong
      .filter((plant) => checkFile(rule, plant).length === 0)
      .map(({ path, text }) => `${rule.name}: blind to ${path}: ${text.slice(0, 60)}`),
    ...rule.right
      .filter((plant) => checkFile(rule, plant).length > 0)
      .map(({ path, text }) => `${rule.name}: refuses ${path}: ${text.slice(0, 60)}`),
  ]);

const paths = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(ROOT, path)));

const faults = [...proveRules(), ...checkWorkspace(paths)];
for (const path of paths.filter((path) => !/(?:^package-lock\.json|\.(?:wav|dat|png|ico|bin|raw|pcap))$/.test(path))) {
  const file = { path, text: readFileSync(join(ROOT, path), "utf8") };
  for (const rule of rules) faults.push(...checkFile(rule, file).map((line) => `${path}:${line}  ${rule.name}`));
}
if (paths.length < 50) faults.push(`only ${paths.length} files were found to check`);
process.stdout.write(faults.map((fault) => `${fault}\n`).join(""));
process.exitCode = faults.length > 0 ? 1 : 0;
