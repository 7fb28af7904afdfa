import { silentLog } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { createTeardown } from "./teardown.ts";

test("what was opened last is closed first, once, and a step that fails stops no other", async () => {
  const done: string[] = [];
  const faults: unknown[] = [];
  const teardown = createTeardown({ ...silentLog, error: (_message, fields) => faults.push(fields) });
  teardown.add(() => done.push("lock"));
  teardown.add(() => Promise.reject(new Error("gone")));
  teardown.add(async () => done.push("database"));
  await teardown.run();
  await teardown.run();
  expect(done).toEqual(["database", "lock"]);
  expect(faults).toHaveLength(1);
});
