import { defineConfig } from "vitest/config";
import { totalsReporter } from "./scripts/totals-reporter.ts";

/** Nobody waits for a test longer than this; acceptance sets its own limits where a load takes longer. */
const UNIT_MS = 5_000;
const INTEGRATION_MS = 30_000;
const ACCEPTANCE_MS = 120_000;

/** What measures, or wants both cores: these run by themselves, one at a time. */
const LOADS = ["browser/network-change", "contacts", "crash", "flood", "mutations", "overload", "sipp", "stream"].map(
  (name) => `acceptance/${name}.test.ts`,
);

const shared = { pool: "forks", environment: "node", retry: 0, restoreMocks: true, unstubEnvs: true } as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    passWithNoTests: false,
    allowOnly: false,
    reporters: ["default", totalsReporter()],
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["{packages,apps}/**/src/**/*.test.ts", "scripts/**/*.test.ts"],
          testTimeout: UNIT_MS,
          hookTimeout: UNIT_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: "integration",
          include: ["{packages,apps}/**/test/**/*.int.test.ts"],
          // One database server for all of them; each file clones a template.
          globalSetup: ["packages/testkit/src/database-setup.ts"],
          testTimeout: INTEGRATION_MS,
          hookTimeout: INTEGRATION_MS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: "acceptance",
          include: ["acceptance/**/*.test.ts"],
          exclude: LOADS,
          testTimeout: ACCEPTANCE_MS,
          hookTimeout: ACCEPTANCE_MS,
          // Two systems at a time: phones of people wait more than they work.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...shared,
          name: "load",
          include: LOADS,
          testTimeout: ACCEPTANCE_MS,
          hookTimeout: ACCEPTANCE_MS,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
