import { isToneHeard } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { demo } from "../company.ts";
import { peer } from "../peers.ts";
import { withServer } from "../with-server.ts";
import type { BrowserPhone } from "./chromium.ts";
import { startBrowserPhone } from "./chromium.ts";

describe("a browser at the echo", () => {
  const program = peer("chromium");
  const server = withServer({ as: "demo" });
  let folder: TestFolder;
  let ada: BrowserPhone;
  beforeAll(async () => {
    folder = await makeTestFolder();
    ada = await startBrowserPhone({
      program,
      folder: folder.path,
      library: "jssip",
      origin: server().addresses.http,
      user: "101",
      password: demo.passwordOf("101"),
      domain: demo.domain,
      toneHz: 600,
    });
  });
  afterEach(() => server().backToZero());
  afterAll(async () => {
    await ada?.quit();
    await folder.remove();
  });

  test("hears its own tone", async () => {
    await ada.call("9000");
    await ada.event("talking");
    const heard = await ada.hears();
    expect(isToneHeard(heard, 600)).toBe(true);
    await ada.hangUp();
    await ada.event("ended");
  });
});
