import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { expect, onTestFinished, test } from "vitest";
import { installationOf } from "./installation.ts";

/** A data folder of this test. */
async function folder(): Promise<string> {
  const { path, remove } = await makeTestFolder();
  onTestFinished(remove);
  return path;
}

test("an installation keeps its name, and no other has the same", async () => {
  const [here, there] = [await folder(), await folder()];
  const name = await installationOf(here, machine.random);
  expect(name).toMatch(/^[0-9a-f]{16}$/);
  expect(await installationOf(here, machine.random)).toBe(name);
  expect(await installationOf(there, machine.random)).not.toBe(name);
});

test("half a name, as a power cut leaves it, is replaced", async () => {
  const here = await folder();
  await writeFile(join(here, "installation"), "0a1b");
  const name = await installationOf(here, machine.random);
  expect(name).toHaveLength(16);
  expect(await readFile(join(here, "installation"), "utf8")).toBe(`${name}\n`);
});
