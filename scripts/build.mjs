// `npm run build` makes what people install: `@cordboard/sip` alone (dist/sip, see build-library.mjs), and `cordboard`, the
// whole system: dist/cordboard with the launcher, and JavaScript made from the sources. Files keep their places to each other, so that a worker or a migration that the code finds by
// `new URL("…", import.meta.url)` is found there too. Packages of the house are built in; those from npm stay dependencies.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { buildLibrary } from "./build-library.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "dist/cordboard");
const MAIN = "apps/server/src/main.ts";
const OUTSIDE_NPM = /^(?:node:|\.|\/|@cordboard\/)/;

const readJson = (path) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

/** Points `new URL("./worker.ts", import.meta.url)` at what becomes of the worker. */
const workersAreJavaScript = {
  name: "workers-are-javascript",
  transform: (code) => code.replaceAll(/(new URL\(\s*["'][^"']+)\.ts(["'],\s*import\.meta\.url)/g, "$1.js$2"),
};

async function bundle() {
  const workers = globSync("{packages,apps}/**/src/**/worker.ts", {
    cwd: ROOT,
    exclude: (path) => path.includes("node_modules"),
  });
  const build = await rolldown({
    cwd: ROOT,
    input: [MAIN, ...workers],
    platform: "node",
    external: (id) => !OUTSIDE_NPM.test(id) || id.startsWith("node:"),
    plugins: [workersAreJavaScript],
    logLevel: "warn",
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await build.write({
    dir: join(OUT, "dist"),
    format: "esm",
    preserveModules: true,
    preserveModulesRoot: ROOT,
    entryFileNames: "[name].js",
    sourcemap: false,
  });
  return output.filter(({ type }) => type === "chunk");
}

/** The folders (of workspaces) from which modules came. */
function roomsOf(chunks) {
  const sources = chunks.flatMap(({ moduleIds }) => moduleIds).map((id) => relative(ROOT, id));
  return [...new Set(sources.flatMap((path) => /^((?:packages|apps)\/.+?)\/src\//.exec(path)?.[1] ?? []))].toSorted();
}

/** Files beside the sources that the code reads while it runs, such as migrations and prompts. */
function copyAssets(rooms) {
  for (const room of rooms) {
    for (const file of globSync(`${room}/src/**/*.*`, { cwd: ROOT }).filter((path) => !/\.(?:ts|md)$/.test(path))) {
      cpSync(join(ROOT, file), join(OUT, "dist", file));
    }
  }
}

/** package.json of the published package: npm packages of all rooms in it, and Node itself. */
function publishedPackage(rooms, chunks) {
  const { version, license, description, optionalDependencies: nodes } = readJson("package.json");
  const dependencies = {};
  const optionalDependencies = { ...nodes };
  for (const room of rooms) {
    const its = readJson(`${room}/package.json`);
    for (const [name, range] of Object.entries(its.dependencies ?? {}))
      if (!OUTSIDE_NPM.test(name)) dependencies[name] = range;
    Object.assign(optionalDependencies, its.optionalDependencies);
  }
  const imported = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  const made = new Set(chunks.map(({ fileName }) => fileName));
  const npm = imported.filter((id) => !OUTSIDE_NPM.test(id) && !made.has(id));
  const unlisted = npm
    .map((id) => /^(?:@[^/]+\/)?[^/]+/.exec(id)[0])
    .filter((name) => dependencies[name] === undefined);
  if (unlisted.length > 0) throw new Error(`imported, but no room's dependency: ${[...new Set(unlisted)].join(", ")}`);
  return {
    name: "cordboard",
    version,
    description,
    license,
    type: "module",
    bin: { cordboard: "start.mjs" },
    engines: { node: ">=20" },
    files: ["start.mjs", "dist"],
    dependencies,
    optionalDependencies,
  };
}

if (!existsSync(join(ROOT, MAIN))) throw new Error(`there is no ${MAIN} to build`);
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const chunks = await bundle();
const rooms = roomsOf(chunks);
copyAssets(rooms);
writeFileSync(join(OUT, "dist/main.js"), `import "./${MAIN.replace(/\.ts$/, ".js")}";\n`);
writeFileSync(join(OUT, "package.json"), `${JSON.stringify(publishedPackage(rooms, chunks), null, 2)}\n`);
cpSync(join(ROOT, "apps/server/start.mjs"), join(OUT, "start.mjs"));
for (const name of ["LICENSE", "NOTICE", "README.md"])
  if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(OUT, name));
process.stdout.write(`built ${relative(ROOT, OUT)} of ${chunks.length} files from ${rooms.length} rooms\n`);

const library = buildLibrary({
  room: "packages/protocols/sip",
  others: ["packages/kernel"],
  engines: { node: ">=22" },
  own: ["README.md", "rfc-coverage.md"],
  shared: ["docs/api/sip.md", "examples"],
});
process.stdout.write(`built ${library.out} of ${library.modules} files\n`);
