import { dominantFrequency, isToneHeard } from "@cordboard/sound";
import { describe, expect, test } from "vitest";
import { demo } from "../company.ts";
import { peer } from "../peers.ts";
import { withServer } from "../with-server.ts";
import type { BrowserPhone } from "./chromium.ts";
import { withBrowserPhones } from "./with-browser-phones.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 1000;
const CLARA_HZ = 800;
const HEARD_HZ = [ADA_HZ, BRUNO_HZ, CLARA_HZ];

describe("browsers that talk in opus", () => {
  const chromium = peer("chromium");
  const baresip = peer("baresip");
  const server = withServer({ as: "demo" });
  const office = withBrowserPhones(server, {
    chromium,
    browsers: { "101": { library: "jssip", toneHz: ADA_HZ }, "102": { library: "sip-js", toneHz: BRUNO_HZ } },
    baresip: { program: baresip, user: "103", toneHz: CLARA_HZ },
  });

  /** One browser calls the other, and both talk. */
  const talking = async (from: string, to: string): Promise<readonly [BrowserPhone, BrowserPhone]> => {
    const [caller, callee] = [office.browser(from), office.browser(to)];
    await caller.call(to);
    await callee.event("ringing");
    await callee.answer();
    await Promise.all([caller.event("talking"), callee.event("talking")]);
    return [caller, callee];
  };

  test.each([
    { by: "101", of: "102", ofHz: BRUNO_HZ },
    { by: "102", of: "101", ofHz: ADA_HZ },
  ])(
    "send each other on to a plain phone, where the one that stays is asked for G.711 ($by sends $of)",
    async ({ by, of, ofHz }) => {
      const [giver, stays] = await talking(by, of);
      const { baresip: clara } = office;
      const since = clara.events.length;
      await giver.transfer("103");
      await clara.event("CALL_INCOMING", { after: since });
      await clara.command("accept");
      await clara.event("CALL_ESTABLISHED", { after: since });
      expect(dominantFrequency(await clara.hears(), HEARD_HZ)).toBe(ofHz);
      expect(dominantFrequency(await stays.hears(), HEARD_HZ)).toBe(CLARA_HZ);
      await stays.hangUp();
      await stays.event("ended");
    },
  );

  test("meet in a conference with a plain phone, each hearing both others", async () => {
    const [ada, bruno] = [office.browser("101"), office.browser("102")];
    const { baresip: clara } = office;
    await Promise.all([ada.call("9002"), bruno.call("9002"), clara.command("dial", `sip:9002@${demo.domain}`)]);
    await Promise.all([ada.event("talking"), bruno.event("talking")]);
    const tonesAt = (samples: Int16Array): readonly number[] =>
      HEARD_HZ.filter((hz) => isToneHeard(samples, hz, { minShare: 0.15 }));
    const [atAda, atBruno, atClara] = await Promise.all([ada.hears(), bruno.hears(), clara.hears()]);
    expect([tonesAt(atAda), tonesAt(atBruno), tonesAt(atClara)]).toEqual([
      [BRUNO_HZ, CLARA_HZ],
      [ADA_HZ, CLARA_HZ],
      [ADA_HZ, BRUNO_HZ],
    ]);
    await Promise.all([ada.hangUp(), bruno.hangUp()]);
  });
});
