// Builds a package that people install by itself: JavaScript and declarations made from its sources, file by file, with what it
// needs of the house's other packages beside them, so that the tarball stands alone.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HOUSE = "@cordboard/";

/** Every file is made by itself: the sources are written so that this needs no knowledge of the others. */
const compilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

const readJson = (path) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

/** Where a package of the house lies, and where its files go in the built one. */
function packagesOf(room, others) {
  const all = [
    { room, folder: "" },
    ...others.map((other) => ({ room: other, folder: `${other.split("/").at(-1)}/` })),
  ];
  return all.map((each) => ({ ...each, manifest: readJson(`${each.room}/package.json`) }));
}

/** The source file behind an import. */
function resolve(specifier, from, packages) {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  if (!specifier.startsWith(HOUSE)) return undefined;
  const found = packages.find(
    ({ manifest }) => specifier === manifest.name || specifier.startsWith(`${manifest.name}/`),
  );
  const entry = found?.manifest.exports[`.${specifier.slice(found.manifest.name.length)}`];
  if (entry === undefined) throw new Error(`${from} imports ${specifier}, which is not built in`);
  return join(found.room, entry);
}

/** What becomes of a source file, without its ending. */
function targetOf(source, packages) {
  const own = packages.find(({ room }) => source.startsWith(`${room}/src/`));
  if (own === undefined) throw new Error(`${source} belongs to none of the packages that are built in`);
  return join("dist", own.folder, relative(`${own.room}/src`, source)).replace(/\.ts$/, "");
}

/** The text with its imports pointed at the built files; tells of each source that it imports. */
function repoint(text, source, packages, onImport) {
  const from = dirname(targetOf(source, packages));
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.toSorted((a, b) => b.pos - a.pos)
    .reduce((changed, { fileName, pos, end }) => {
      const imported = resolve(fileName, source, packages);
      if (imported === undefined) return changed;
      onImport(imported);
      const path = relative(from, targetOf(imported, packages));
      const specifier = `${path.startsWith(".") ? path : `./${path}`}.js`;
      const at = changed.indexOf(fileName, pos);
      if (at < 0 || at > end) throw new Error(`${source}: cannot find the import of ${fileName}`);
      return changed.slice(0, at) + specifier + changed.slice(at + fileName.length);
    }, text);
}

/** Makes one file's JavaScript and declarations; refuses what cannot be declared file by file. */
function compile(source) {
  const text = readFileSync(join(ROOT, source), "utf8");
  const withOptions = (more) => ({
    compilerOptions: { ...compilerOptions, ...more },
    fileName: source,
    reportDiagnostics: true,
  });
  const script = ts.transpileModule(text, withOptions({ removeComments: true }));
  const types = ts.transpileDeclaration(text, withOptions({ isolatedDeclarations: true, declaration: true }));
  const faults = [...(script.diagnostics ?? []), ...(types.diagnostics ?? [])];
  for (const { messageText } of faults)
    throw new Error(`${source}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  return { script: script.outputText, types: types.outputText };
}

/** The published package.json: entries by what was built, nothing of the workspace. */
function publishedManifest(packages, { engines, own, shared }) {
  const [{ room, manifest }] = packages;
  const exports = Object.entries(manifest.exports).map(([name, file]) => {
    const built = `./${targetOf(join(room, file), packages)}`;
    return [name, { types: `${built}.d.ts`, default: `${built}.js` }];
  });
  const { name, description, license, keywords, type } = manifest;
  const { version } = readJson("package.json");
  const about = { name, version, description, keywords, license, type, engines, sideEffects: false };
  return { ...about, exports: Object.fromEntries(exports), files: ["dist", ...own, ...shared] };
}

/** Whether a file of a shared folder belongs to it as a reader sees it, not as a workspace. */
const isShipped = (path) => !/(?:^|\/)(?:package\.json|node_modules)$/.test(path);

/** A page whose links hold in the package too: to what is shipped with it they are shortened, others become text. */
const withoutWaysOut = (page, shared) =>
  page.replaceAll(/\[([^\]]+)\]\((?:\.\.\/)+([^)]*)\)/g, (_link, text, path) =>
    shared.some((each) => path === each || path === `${each}/`) ? `[${text}](${path})` : text,
  );

/**
 * Builds the package at `room` into `dist/<last word of room>`, with the packages at `others` built in. Beside lie its `own` pages
 * and what it has of the repository, `shared`. `engines` is what it asks of Node. Gives where it is and of how many modules.
 */
export function buildLibrary({ room, others, engines, own, shared }) {
  const out = join(ROOT, "dist", room.split("/").at(-1));
  const packages = packagesOf(room, others);
  rmSync(out, { recursive: true, force: true });
  const waiting = Object.values(packages[0].manifest.exports).map((file) => join(room, file));
  const done = new Set();
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    if (done.has(source)) continue;
    done.add(source);
    const { script, types } = compile(source);
    const target = join(out, targetOf(source, packages));
    const follow = (imported) => waiting.push(imported);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.js`, repoint(script, source, packages, follow));
    writeFileSync(`${target}.d.ts`, repoint(types, source, packages, follow));
  }
  const manifest = publishedManifest(packages, { engines, own, shared });
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of own)
    writeFileSync(join(out, name), withoutWaysOut(readFileSync(join(ROOT, room, name), "utf8"), shared));
  for (const path of shared) cpSync(join(ROOT, path), join(out, path), { recursive: true, filter: isShipped });
  for (const name of ["LICENSE", "NOTICE"]) if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(out, name));
  return { out: relative(ROOT, out), modules: done.size };
}
