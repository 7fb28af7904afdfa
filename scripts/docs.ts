// `npm run docs` writes the documents that repeat what the code says; `npm run docs -- --check` fails when one is stale.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bySection, type RfcTag, rfcTagsOf } from "./rfc-tags.ts";

const ROOT = new URL("../", import.meta.url);

interface Setting {
  readonly name: string;
  readonly kind: string;
  readonly unit?: string;
  readonly default: string;
  readonly description: string;
  readonly secret: boolean;
}

interface ErrorRow {
  readonly http: number;
  readonly sip: number | undefined;
  readonly level: string;
  readonly meaning: string;
  readonly remedy: string;
}

interface EventRow {
  readonly name: string;
  readonly topic: string;
  readonly when: string;
  readonly data: Readonly<Record<string, string>>;
  readonly seenBy: string;
}

interface Metric {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

/** A document made from one exported table of a source file. */
interface TableDocument {
  readonly target: string;
  readonly source: string;
  readonly name: string;
  readonly render: (table: never) => string;
}

/** Text for a cell of a table: what Markdown would take for markup is escaped, except in code. */
const cell = (text: string | number | undefined): string => {
  if (text === undefined || text === "") return "–";
  const line = String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
  return line.startsWith("`") || line.startsWith("[") ? line : line.replaceAll("<", "&lt;").replaceAll("*", "\\*");
};
const row = (cells: readonly (string | number | undefined)[]): string => `| ${cells.map(cell).join(" | ")} |`;
const table = (heads: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string =>
  [row(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(row)].join("\n");
const code = (text: string): string => `\`${text}\``;

function settingsPage(settings: readonly Setting[]): string {
  const rows = settings.map((setting) => [
    code(setting.name),
    [setting.kind, setting.unit].filter((word) => word !== undefined && word !== "").join(", "),
    setting.default,
    `${setting.description}${setting.secret ? " Secret: never shown." : ""}`,
  ]);
  return `# Settings

Each is read from the environment, else from \`cordboard.json\` in the data folder, else it has its default. A wrong or
unknown one stops the start; all faults are named at once.

${table(["setting", "kind", "default", "meaning"], rows)}
`;
}

function errorsPage(errors: Readonly<Record<string, ErrorRow>>): string {
  const rows = Object.entries(errors).map(([name, { http, sip, level, meaning, remedy }]) => [
    code(name),
    http,
    sip,
    level,
    meaning,
    remedy,
  ]);
  return `# Errors

Every refusal and fault has a code that is never renamed and never used again for something else.

${table(["code", "HTTP", "SIP", "log level", "meaning", "what to do"], rows)}
`;
}

function eventsPage(events: readonly EventRow[]): string {
  const sections = events.map(
    ({ name, topic, when, data, seenBy }) => `## ${code(name)}

${when} Topic ${code(topic)}. Seen by: ${seenBy}.

${table(
  ["field", "meaning"],
  Object.entries(data).map(([field, meaning]) => [code(field), meaning]),
)}
`,
  );
  return `# Events

What the live stream \`/events\` carries in \`event\` and \`data\`. Names are versioned; a change that a client could trip over gets
a new name.

${sections.join("\n")}`;
}

function metricsPage(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, kind, unit, help, labels, buckets }) => [
    code(name),
    buckets === undefined ? kind : `${kind} (${buckets.join(", ")})`,
    unit,
    labels.map(code).join(", "),
    help,
  ]);
  return `# Metrics

What \`/metrics\` shows, to loopback or with an API key.

${table(["metric", "kind", "unit", "labels", "meaning"], rows)}
`;
}

const tables: readonly TableDocument[] = [
  {
    target: "docs/settings.md",
    source: "apps/server/src/settings.ts",
    name: "settingsCatalogue",
    render: settingsPage,
  },
  {
    target: "docs/errors.md",
    source: "packages/faces/http/src/error-table.ts",
    name: "errorTable",
    render: errorsPage,
  },
  {
    target: "docs/events.md",
    source: "packages/core/src/events/event-catalogue.ts",
    name: "eventCatalogue",
    render: eventsPage,
  },
  { target: "docs/metrics.md", source: "apps/server/src/metrics.ts", name: "metricCatalogue", render: metricsPage },
];

const head = (source: string): string =>
  `<!-- Written by \`npm run docs\` from ${source}; changes here are lost. -->\n`;

function coveragePage(tags: readonly RfcTag[]): string {
  const sections = [...new Set(tags.map(({ rfc }) => rfc))]
    .toSorted((a, b) => a - b)
    .map((rfc) => {
      const rows = tags
        .filter((tag) => tag.rfc === rfc)
        .toSorted((a, b) => bySection(a.section, b.section) || a.file.localeCompare(b.file, "en"))
        .map(({ section, what, file, deviation }) => [
          section === "" ? "whole" : `[${section}](https://www.rfc-editor.org/rfc/rfc${rfc}#section-${section})`,
          what,
          code(file),
          deviation,
        ]);
      return `## RFC ${rfc}\n\n${table(["section", "what", "where", "deviation"], rows)}\n`;
    });
  return `# RFC coverage

Which places of which standards the code follows, and where it departs from them on purpose.

${sections.join("\n")}`;
}

function readTags(): readonly RfcTag[] {
  const files = globSync("{packages,apps}/**/src/**/*.ts", {
    cwd: ROOT,
    exclude: (path) => path.includes("node_modules"),
  });
  return files
    .filter((file) => !file.endsWith(".test.ts"))
    .toSorted()
    .flatMap((file) => rfcTagsOf(file, readFileSync(new URL(file, ROOT), "utf8")));
}

async function readTable({ source, name }: TableDocument): Promise<never> {
  const exported: Readonly<Record<string, unknown>> = await import(new URL(source, ROOT).href);
  const value = exported[name];
  if (value === undefined) throw new Error(`${source} exports no ${name}`);
  return value as never;
}

/** Every document by its path, with the text that it ought to have. */
async function makeDocuments(): Promise<ReadonlyMap<string, string>> {
  const documents = new Map<string, string>();
  for (const document of tables) {
    documents.set(document.target, head(document.source) + document.render(await readTable(document)));
  }
  documents.set(
    "docs/rfc-coverage.md",
    head("the `@rfc` and `@deviation` tags in the sources") + coveragePage(readTags()),
  );
  return documents;
}

const isCheck = process.argv.includes("--check");
for (const [target, text] of await makeDocuments()) {
  const path = fileURLToPath(new URL(target, ROOT));
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (isCheck) {
    process.stdout.write(`${target} is stale; run: npm run docs\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(new URL("docs/", ROOT), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`wrote ${target}\n`);
  }
}
