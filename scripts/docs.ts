// `npm run docs` writes the documents that repeat what the code says; `npm run docs -- --check` fails when one is stale.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { MetricEntry } from "../apps/server/src/metrics.ts";
import { metricCatalogue } from "../apps/server/src/metrics.ts";
import { settingsCatalogue } from "../apps/server/src/settings.ts";
import type { SettingEntry } from "../apps/server/src/settings-catalogue.ts";
import type { EventEntry } from "../packages/core/src/events/event-catalogue.ts";
import { eventCatalogue } from "../packages/core/src/events/event-catalogue.ts";
import type { ErrorEntry } from "../packages/faces/http/src/error-table.ts";
import { errorTable } from "../packages/faces/http/src/error-table.ts";
import type { ReportedPackage } from "./api-report.ts";
import { apiReport } from "./api-report.ts";
import { withExamples } from "./readme-examples.ts";
import { bySection, type RfcTag, rfcTagsOf } from "./rfc-tags.ts";

const ROOT = new URL("../", import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");

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

function settingsPage(settings: readonly SettingEntry[]): string {
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

function errorsPage(errors: Readonly<Record<string, ErrorEntry>>): string {
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

function eventsPage(events: readonly EventEntry[]): string {
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

function metricsPage(metrics: readonly MetricEntry[]): string {
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
    .flatMap((file) => rfcTagsOf(file, read(file)));
}

/** The stack, which is also published alone. */
const sip: ReportedPackage = {
  room: "packages/protocols/sip",
  houses: { "@cordboard/kernel": "packages/kernel" },
};

/** Every document by its path, with the text that it ought to have. */
const documents: ReadonlyMap<string, string> = new Map([
  ["docs/settings.md", head("apps/server/src/settings-catalogue.ts") + settingsPage(settingsCatalogue)],
  ["docs/errors.md", head("packages/faces/http/src/error-table.ts") + errorsPage(errorTable)],
  ["docs/events.md", head("packages/core/src/events/event-catalogue.ts") + eventsPage(eventCatalogue)],
  ["docs/metrics.md", head("apps/server/src/metrics.ts") + metricsPage(metricCatalogue)],
  ["docs/rfc-coverage.md", head("the `@rfc` and `@deviation` tags in the sources") + coveragePage(readTags())],
  ["docs/api/sip.md", head(`the exports of ${sip.room}`) + apiReport(read, sip)],
  [`${sip.room}/README.md`, withExamples(read(`${sip.room}/README.md`), read)],
]);

const isCheck = process.argv.includes("--check");
for (const [target, text] of documents) {
  const path = fileURLToPath(new URL(target, ROOT));
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (isCheck) {
    process.stdout.write(`${target} is stale; run: npm run docs\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`wrote ${target}\n`);
  }
}
