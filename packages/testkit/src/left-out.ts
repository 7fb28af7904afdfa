import { appendFileSync } from "node:fs";
import { TestRunner } from "vitest";

/**
 * Leaves out the `describe` in whose body this is called, because something that its tests need is not on this machine. The reason
 * is listed at the end of `npm test`; in CI it is an error, so that nothing is left out there unseen.
 */
export function leaveOut(reason: string): void {
  if (process.env["CI"] === "true") throw new Error(`something that tests need is missing: ${reason}`);
  const { suite } = TestRunner.getCurrentSuite();
  if (suite === undefined || suite.name === "") throw new Error("only a describe can be left out, from within it");
  suite.mode = "skip";
  const list = process.env["LEFT_OUT_FILE"];
  if (list !== undefined) appendFileSync(list, `${suite.fullName} – ${reason}\n`);
}
