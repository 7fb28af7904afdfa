import { writeFileSync } from "node:fs";
import type { Reporter } from "vitest/node";

/**
 * Counts the tests of a run and writes `{ passed, failed, skipped }` as JSON to the file that TEST_TOTALS_FILE names, if any.
 * A test file that could not be loaded, and an error outside all tests, each count as one failure.
 */
export function totalsReporter(): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
      for (const module of modules) {
        if (module.errors().length > 0) totals.failed++;
        for (const suite of module.children.allSuites()) totals.failed += suite.errors().length > 0 ? 1 : 0;
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          totals[state === "passed" || state === "failed" ? state : "skipped"]++;
        }
      }
      const file = process.env["TEST_TOTALS_FILE"];
      if (file !== undefined) writeFileSync(file, JSON.stringify(totals));
    },
  };
}
