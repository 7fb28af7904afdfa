// Shows that the ready-made checks see what they are there for: a small workspace with our settings and one fault a file
// is given to each tool, and each fault must be named. (Rules on imports and the house's own rules prove themselves.)
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { toolEnvironment, toolPath } from "./node-binary.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROOM = "packages/planted";
const SETTINGS = [
  "biome.json",
  "eslint.config.mjs",
  "knip.json",
  "tsconfig.base.json",
  "tsconfig.tests.json",
  ".gitignore",
];

/** One fault a file: which tool must name it, and by which word. */
const PLANTS = [
  { tool: "style", word: "noDefaultExport", file: "default.ts", text: "export default 1;\n" },
  { tool: "style", word: "noConsole", file: "console.ts", text: 'console.log("x");\n' },
  { tool: "style", word: "noExplicitAny", file: "any.ts", text: "export const a: any = 1;\n" },
  {
    tool: "style",
    word: "noNonNullAssertion",
    file: "assertion.ts",
    text: "export const a = (b?: string): string => b!;\n",
  },
  { tool: "style", word: "useFilenamingConvention", file: "camelCase.ts", text: "export const a = 1;\n" },
  {
    tool: "style",
    word: "useImportType",
    file: "import-type.ts",
    text: 'import { A } from "./a.ts";\n\nexport type B = A;\n',
  },
  { tool: "style", word: "noUnusedImports", file: "unused-import.ts", text: 'import { a } from "./a.ts";\n' },
  { tool: "style", word: "noFocusedTests", file: "only.test.ts", text: 'test.only("x", () => {});\n' },
  {
    tool: "style",
    word: "title=assist/source/organizeImports",
    file: "order.ts",
    text: 'import "./b.ts";\n\nexport { b } from "./b.ts";\nexport { a } from "./a.ts";\n',
  },
  { tool: "style", word: "title=format", file: "quotes.ts", text: "export const a = 'x'\n" },
  {
    tool: "promises",
    word: "no-floating-promises",
    file: "floating.ts",
    text: "export async function a(): Promise<void> {}\na();\n",
  },
  {
    tool: "promises",
    word: "no-misused-promises",
    file: "misused.ts",
    text: "export const a = (list: number[]): void => list.forEach(async () => {});\n",
  },
  {
    tool: "promises",
    word: "await-thenable",
    file: "await.ts",
    text: "export const a = async (): Promise<number> => await 1;\n",
  },
  {
    tool: "promises",
    word: "switch-exhaustiveness-check",
    file: "switch.ts",
    text: 'export function a(b: "x" | "y"): void {\n  switch (b) {\n    case "x":\n  }\n}\n',
  },
  { tool: "types", word: "TS1294", file: "enum.ts", text: "export enum A {\n  B = 1,\n}\n" },
  {
    tool: "types",
    word: "TS9007",
    file: "return-type.ts",
    text: "export function a(b: number) {\n  return b.toString();\n}\n",
  },
  { tool: "types", word: "TS1484", file: "verbatim.ts", text: 'import { A } from "./a.ts";\n\nexport type B = A;\n' },
  {
    tool: "types",
    word: "TS2591",
    file: "node.ts",
    text: 'import { readFileSync } from "node:fs";\n\nexport const a: unknown = readFileSync;\n',
  },
  {
    tool: "types",
    word: "TS4111",
    file: "index-signature.ts",
    text: "export const a = (b: Record<string, number>): unknown => b.c;\n",
  },
  { tool: "types", word: "TS2322", file: "unchecked.ts", text: "export const a = (b: number[]): number => b[0];\n" },
  {
    tool: "types",
    word: "TS2379",
    file: "optional.ts",
    text: "export const a = (b: { c?: number }): void => void b;\na({ c: undefined });\n",
  },
  { tool: "test-types", word: "TS2322", file: "wrong.test.ts", text: 'export const a: number = "x";\n' },
  { tool: "unused", word: "files", file: "never-used.ts", text: "export const a = 1;\n" },
  {
    tool: "unused",
    word: "exports",
    file: "a.ts",
    text: "export const a = 1;\nexport interface A {\n  readonly b: number;\n}\n",
  },
  { tool: "unused", word: "unlisted", file: "index.ts", text: 'import "not-in-package-json";\n\nimport "./a.ts";\n' },
];

const packageJson = JSON.stringify({ name: "@cordboard/planted", type: "module", exports: { ".": "./src/index.ts" } });
const roomSettings = JSON.stringify({
  extends: "../../tsconfig.base.json",
  compilerOptions: { types: [], rootDir: "src", outDir: "../../cache" },
  include: ["src/**/*.ts"],
  exclude: ["src/**/*.test.ts"],
});

/** The tools as scripts/check.mjs calls them, and how each names a fault: `file` and `word` within one line of output. */
const TOOLS = {
  style: ["biome", "check", "--error-on-warnings", "--reporter=github", "--max-diagnostics=none", "."],
  promises: ["eslint", ".", "--format", "json"],
  types: ["tsc", "-b", ROOM, "--pretty", "false"],
  "test-types": ["tsc", "-p", "tsconfig.tests.json", "--pretty", "false"],
  unused: ["knip", "--reporter", "json", "--no-config-hints"],
};

function plantWorkspace(folder) {
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const name of SETTINGS) copyFileSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
  write("package.json", JSON.stringify({ name: "planted", private: true, type: "module", workspaces: [ROOM] }));
  write(`${ROOM}/package.json`, packageJson);
  write(`${ROOM}/tsconfig.json`, roomSettings);
  for (const { file, text } of PLANTS) write(`${ROOM}/src/${file}`, text);
}

function outputOf(folder, [tool, ...args]) {
  return new Promise((done) => {
    const options = { cwd: folder, env: toolEnvironment(), maxBuffer: 1 << 26 };
    execFile(process.execPath, [toolPath(tool), ...args], options, (_failure, stdout, stderr) => done(stdout + stderr));
  });
}

/** Whether the output names the fault in its file. Tools that answer in JSON put all of a file's faults in one object. */
function names(output, { tool, file, word }) {
  if (tool === "promises") {
    const found = JSON.parse(output).find(({ filePath }) => filePath.endsWith(`/${file}`));
    return found?.messages.some(({ ruleId }) => ruleId?.endsWith(`/${word}`)) ?? false;
  }
  if (tool === "unused") {
    const found = JSON.parse(output).issues.filter((issue) => issue.file.endsWith(`/${file}`));
    return found.some((issue) => issue[word]?.length > 0);
  }
  return output.split("\n").some((line) => line.includes(`/${file}`) && line.includes(word));
}

const folder = mkdtempSync(join(tmpdir(), "cordboard-proofs-"));
try {
  plantWorkspace(folder);
  for (const [tool, command] of Object.entries(TOOLS)) {
    const output = await outputOf(folder, command);
    const blind = PLANTS.filter((plant) => plant.tool === tool && !names(output, plant));
    for (const { file, word } of blind) process.stdout.write(`${tool} did not find ${word} in ${file}\n`);
    if (blind.length > 0) {
      process.stdout.write(`${output.slice(0, 2000)}\n`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
