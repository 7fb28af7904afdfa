import type { Phone } from "@cordboard/phone";
import { dominantFrequency } from "@cordboard/sound";
import { beforeAll, describe, expect, test } from "vitest";
import { scriptedPhone } from "../company.ts";
import { peer } from "../peers.ts";
import { until } from "../until.ts";
import { withServer } from "../with-server.ts";
import type { Library } from "./chromium.ts";
import { withBrowserPhones } from "./with-browser-phones.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 1000;
/** How long the page sleeps, in packets of 20 ms that the other side says meanwhile. */
const SLEEP_PACKETS = 250;

describe.each(["jssip", "sip-js"] satisfies Library[])("a page with %s that sleeps for five seconds", (library) => {
  const chromium = peer("chromium");
  const server = withServer({ as: "demo" });
  const phones = withBrowserPhones(server, { chromium, browsers: { 101: { library, toneHz: ADA_HZ } } });
  let bruno: Phone;
  beforeAll(async () => {
    bruno = await scriptedPhone(server(), "102", { answer: "auto", sound: { frequencyHz: BRUNO_HZ } });
    return () => bruno.close();
  });

  test.each(["stopped", "frozen"] as const)("talks on when it wakes up (%s)", async (how) => {
    const ada = phones.browser("101");
    await ada.call("102");
    const call = await bruno.nextCall();
    await ada.event("talking");
    await call.hears(ADA_HZ);
    const wakeUp = await ada.fallAsleep(how);
    try {
      const sent = call.rtp().sent;
      await until("five seconds", () => call.rtp().sent >= sent + SLEEP_PACKETS);
    } finally {
      await wakeUp();
    }
    await call.hears(ADA_HZ);
    expect(dominantFrequency(await ada.hears(), [ADA_HZ, BRUNO_HZ])).toBe(BRUNO_HZ);
    await ada.hangUp();
    await call.ended();
  });
});
