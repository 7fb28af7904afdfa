// Counts of what passed, failed and was left out, over all parts of a run. `.ci/run` names a file in TALLY_FILE; each part
// adds one line of JSON to it, and `node scripts/tally.mjs <file>` prints the sum and fails when anything failed.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** Adds the counts of one part of the run; does nothing when nobody counts. */
export function addToTally(part, { passed, failed, skipped }) {
  const file = process.env.TALLY_FILE;
  if (file) appendFileSync(file, `${JSON.stringify({ part, passed, failed, skipped })}\n`);
}

/** The sum over all lines of a tally. */
export function sumOf(text) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const counts = JSON.parse(line);
    for (const key of Object.keys(sum)) sum[key] += counts[key];
  }
  return sum;
}

/** The one line that ends every run. */
export const tallyText = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const file = process.argv[2];
  const sum = sumOf(file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : "");
  process.stdout.write(`${tallyText(sum)}\n`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}
