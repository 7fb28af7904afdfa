import { fileURLToPath } from "node:url";
import type { Phone } from "@cordboard/phone";
import { makeTestFolder } from "@cordboard/testkit";
import type { Browser, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startChild } from "../child.ts";
import { demo, scriptedPhone } from "../company.ts";
import { freePorts } from "../free-ports.ts";
import { peer } from "../peers.ts";
import { until } from "../until.ts";
import { withServer } from "../with-server.ts";
import { launchChromium } from "./chromium.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/04-phone-in-a-browser/server.ts", import.meta.url));
const PAGE_HZ = 600;
const BRUNO_HZ = 1000;

describe("the example of a page of one's own", () => {
  const program = peer("chromium");
  let port = 0;
  const server = withServer(async () => {
    port = await freePorts(0);
    return { as: "demo", settings: { CORDBOARD_ALLOW_ORIGINS: `http://localhost:${port}` } };
  });
  let page: Page;
  let bruno: Phone;
  beforeAll(async () => {
    const folder = await makeTestFolder();
    const words = [EXAMPLE, server().addresses.http, demo.key, "101", String(port)];
    const child = startChild(process.execPath, words);
    let browser: Browser | undefined;
    bruno = await scriptedPhone(server(), "102", { answer: "auto", sound: { frequencyHz: BRUNO_HZ } });
    const leave = async (): Promise<void> => {
      await browser?.close();
      await bruno.close();
      expect(await child.stop()).toEqual({ code: 0, signal: null });
      await folder.remove();
    };
    try {
      await child.line((line) => line === `open http://localhost:${port}`);
      browser = await launchChromium({ program, folder: folder.path, user: "page", toneHz: PAGE_HZ });
      page = await browser.newPage();
      await page.goto(`http://localhost:${port}`);
    } catch (fault) {
      await leave();
      throw fault;
    }
    return leave;
  });

  const shows = (text: string): Promise<unknown> =>
    until(`"${text}" on the page`, async () => (await page.locator("output").textContent()) === text);

  test("is let in by a token, calls, is heard, and plays what it hears", async () => {
    await shows("ready");
    await page.fill("input", "102");
    await page.click("button[name=call]");
    const call = await bruno.nextCall();
    await Promise.all([shows("talking"), call.hears(PAGE_HZ)]);
    const played = (): Promise<number> => page.evaluate("document.querySelector('audio').currentTime");
    const before = await played();
    await until("a second of sound to be played", async () => (await played()) > before + 1);
    await page.click("button[name=leave]");
    await call.ended();
    await server().backToZero();
  });

  test("rings, answers, and is hung up on", async () => {
    const call = bruno.call("101");
    await shows("102 calls");
    await page.click("button[name=answer]");
    await call.answered();
    await call.hears(PAGE_HZ);
    await call.hangUp();
    await shows("Terminated");
    await server().backToZero();
  });
});
