import { machine, makeTestFolder } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { openDemo } from "../src/demo/demo.ts";
import { readSettings } from "../src/settings.ts";

test.each(["0.0.0.0", "::", "192.0.2.1", "127.0.0.1,192.0.2.1"])(
  "the demo with its known passwords does not listen on %s",
  async (bind) => {
    const folder = await makeTestFolder();
    // Where nobody answers: even if it went on, nothing would be opened.
    const url = `postgresql://nobody@/none?host=${encodeURIComponent(folder.path)}`;
    const environment = { CORDBOARD_DATA: folder.path, CORDBOARD_DATABASE_URL: url, CORDBOARD_BIND: bind };
    const settings = readSettings(environment, { isDemo: true, isTerminal: false });
    if (!settings.ok) throw new Error(JSON.stringify(settings.error));
    const told: string[] = [];
    const opening = openDemo(settings.value, machine, (line) => told.push(line)).then((demo) => demo.system.close());
    await expect(opening).rejects.toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining("CORDBOARD_DEMO_PUBLIC=1"),
    });
    expect(told).toEqual([]);
    await folder.remove();
  },
);
