// `npm test`: unit, integration, acceptance and load (`npm test -- --project unit` runs one of them; other
// arguments go to vitest as well). What this machine could not run is listed at the end; with CI=true that is a failure.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary, toolEnvironment, toolPath } from "./node-binary.mjs";
import { addToTally, tallyText } from "./tally.mjs";

const folder = mkdtempSync(join(tmpdir(), "cordboard-test-"));
const totalsFile = join(folder, "totals.json");
const leftOutFile = join(folder, "left-out");
try {
  const { status, signal } = spawnSync(nodeBinary(), [toolPath("vitest"), "run", ...process.argv.slice(2)], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...toolEnvironment(), TEST_TOTALS_FILE: totalsFile, LEFT_OUT_FILE: leftOutFile },
    stdio: "inherit",
  });
  const totals = existsSync(totalsFile)
    ? JSON.parse(readFileSync(totalsFile, "utf8"))
    : { passed: 0, failed: 0, skipped: 0 };
  // vitest can also fail without a failed test, as when it finds none or is killed.
  if (status !== 0 && totals.failed === 0) totals.failed = 1;
  addToTally("tests", totals);
  if (existsSync(leftOutFile)) {
    const reasons = new Set(readFileSync(leftOutFile, "utf8").trimEnd().split("\n"));
    process.stdout.write(`\nleft out, because something is missing on this machine:\n`);
    for (const reason of reasons) process.stdout.write(`  ${reason}\n`);
  }
  process.stdout.write(`\ntests: ${tallyText(totals)}${signal === null ? "" : ` (ended by ${signal})`}\n`);
  process.exitCode = status === 0 && totals.failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
