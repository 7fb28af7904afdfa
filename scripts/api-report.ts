// The public names of a package with their signatures, read from its sources: the page in docs/api that shows in a diff what
// users of the package will notice.
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/** A package whose names are reported. */
export interface ReportedPackage {
  /** Its folder, from the root of the repository. */
  readonly room: string;
  /** Other packages of the house that its names come from, by their names. */
  readonly houses: Readonly<Record<string, string>>;
}

/** Reads a file of the repository by its path from the root. */
export type ReadFile = (path: string) => string;

/** A name that an entry shows, and the source file that declares it. */
interface Shown {
  readonly name: string;
  /** As the file that declares it calls it. */
  readonly inside: string;
  readonly file: string;
}

/** A declaration as users see it. */
interface Declared {
  readonly sentence: string;
  readonly signature: string;
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
const parse = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

/** The report of a package, as Markdown. */
export function apiReport(read: ReadFile, { room, houses }: ReportedPackage): string {
  const { name, exports } = manifestOf(read, room);
  const declarations = new Map<string, ReadonlyMap<string, Declared>>();
  const declared = ({ file, inside }: Shown): Declared => {
    const known = declarations.get(file) ?? declarationsOf(file, read(file));
    declarations.set(file, known);
    const found = known.get(inside);
    if (found === undefined) throw new Error(`${file} does not declare ${inside}`);
    return found;
  };
  const sections = Object.entries(exports).map(([entry, file]) => {
    const shown = ownFirst(namesShown(read, normalize(join(room, file)), houses), room);
    return entrySection(
      join(name, entry),
      Map.groupBy(shown, ({ file: at }) => folderOf(at, room)),
      declared,
    );
  });
  return `# Public names of ${name}

Everything that the package shows, with the first sentence of what is written about it in the sources. What is not here may
change at any time; a change of this page is a change for users and belongs in [CHANGELOG.md](../../CHANGELOG.md).

${sections.join("\n")}`;
}

const ownFirst = (shown: readonly Shown[], room: string): readonly Shown[] => [
  ...shown.filter(({ file }) => file.startsWith(`${room}/`)),
  ...shown.filter(({ file }) => !file.startsWith(`${room}/`)),
];

function manifestOf(read: ReadFile, room: string): { readonly name: string; readonly exports: Record<string, string> } {
  return JSON.parse(read(join(room, "package.json")));
}

/** The folder of a file below its package's sources, or the name of the other package that it is in. */
function folderOf(file: string, room: string): string {
  const [place = "", inside = ""] = file.split("/src/");
  if (place !== room) return place.slice(place.lastIndexOf("/") + 1);
  return inside.includes("/") ? dirname(inside) : inside;
}

function entrySection(
  entry: string,
  folders: ReadonlyMap<string, readonly Shown[]>,
  declared: (shown: Shown) => Declared,
): string {
  const parts = [...folders].map(([folder, names]) => {
    const items = names.map((shown) => {
      const { sentence, signature } = declared(shown);
      const doc = sentence === "" ? "" : `/** ${sentence} */\n`;
      return doc + (shown.name === shown.inside ? signature : `${signature} // as ${shown.name}`);
    });
    return `### ${folder}\n\n\`\`\`ts\n${items.join("\n\n")}\n\`\`\`\n`;
  });
  const count = [...folders.values()].reduce((sum, names) => sum + names.length, 0);
  return `## \`${entry}\`\n\n${count} names.\n\n${parts.join("\n")}`;
}

/** The names that a file exports from others, each followed to the file that declares it. */
function namesShown(read: ReadFile, index: string, houses: ReportedPackage["houses"]): readonly Shown[] {
  const source = parse(index, read(index));
  return source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier, exportClause } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
    if (exportClause === undefined || !ts.isNamedExports(exportClause))
      throw new Error(`${index}: exports are named one by one`);
    const { text } = moduleSpecifier;
    const house = houses[text];
    const target = house === undefined ? normalize(join(dirname(index), text)) : manifestEntry(read, house);
    const beyond = house === undefined ? undefined : namesShown(read, target, houses);
    return exportClause.elements.map(({ name, propertyName }): Shown => {
      const inside = (propertyName ?? name).text;
      const followed = beyond?.find((one) => one.name === inside);
      return { name: name.text, inside: followed?.inside ?? inside, file: followed?.file ?? target };
    });
  });
}

function manifestEntry(read: ReadFile, room: string): string {
  const entry = manifestOf(read, room).exports["."];
  if (entry === undefined) throw new Error(`${room} shows nothing`);
  return normalize(join(room, entry));
}

/** What a source file declares, by name: the text of its declaration file, without comments and private members. */
function declarationsOf(path: string, text: string): ReadonlyMap<string, Declared> {
  const compilerOptions = { declaration: true, isolatedDeclarations: true, target: ts.ScriptTarget.ES2024 };
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(text, { compilerOptions, fileName: path });
  const [fault] = diagnostics;
  if (fault !== undefined) throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(fault.messageText, "\n")}`);
  const source = parse(path, outputText);
  return new Map(
    source.statements.flatMap((statement) =>
      namesOf(statement).map(
        (name) => [name, { sentence: firstSentence(statement), signature: print(statement) }] as const,
      ),
    ),
  );
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function print(statement: ts.Statement): string {
  return printer
    .printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile())
    .replace(/^export (?:declare )?/, "")
    .replaceAll(/^ *#private;\n/gm, "")
    .replaceAll(/^( +)/gm, (indent) => " ".repeat(indent.length / 2));
}

/** The first sentence about a declaration, in one line. */
function firstSentence(statement: ts.Statement): string {
  const [doc] = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc);
  const text = (ts.getTextOfJSDocComment(doc?.comment) ?? "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\{@link ([^}]+)\}/g, "`$1`");
  return (/^.*?\.(?= |$)/.exec(text)?.[0] ?? text).trim();
}
