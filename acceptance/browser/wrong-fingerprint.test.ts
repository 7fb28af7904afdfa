import type { Phone } from "@cordboard/phone";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cordboardJson } from "../command.ts";
import { scriptedPhone, withoutVoicemail } from "../company.ts";
import { peer } from "../peers.ts";
import { until } from "../until.ts";
import { withServer } from "../with-server.ts";
import { withBrowserPhones } from "./with-browser-phones.ts";

const [ADA_HZ, BRUNO_HZ, CLARA_HZ] = [600, 1000, 800];

/** As somebody writes it who is on the way of the signalling, and who would like to be on the way of the sound. */
const otherCertificate = [["^(a=fingerprint:\\S+ )..:..:..:..", "$1AA:AA:AA:AA"]] as const;

interface Row {
  readonly end: string | null;
  readonly cause: number | null;
}

describe("a browser's call whose fingerprint was changed on its way", () => {
  const chromium = peer("chromium");
  const server = withServer({ as: "demo" });
  const office = withBrowserPhones(server, {
    chromium,
    browsers: { "101": { library: "jssip", toneHz: ADA_HZ }, "102": { library: "sip-js", toneHz: BRUNO_HZ } },
  });
  let clara: Phone;
  beforeEach(async () => {
    await withoutVoicemail(server(), "101", "102", "103");
    clara = await scriptedPhone(server(), "103", { sound: { frequencyHz: CLARA_HZ }, answer: "auto" });
  });
  afterEach(async () => {
    await Promise.all(["101", "102"].map((user) => office.browser(user).alter({})));
    await clara.close();
  });

  const changed = [
    { user: "101", what: "its own", descriptions: { sent: otherCertificate } },
    { user: "101", what: "the server's", descriptions: { received: otherCertificate } },
    { user: "102", what: "its own", descriptions: { sent: otherCertificate } },
    { user: "102", what: "the server's", descriptions: { received: otherCertificate } },
  ] as const;

  let ended = 0;
  /** Legs that have ended because no keys were agreed on. */
  const withoutKeys = (): number =>
    server().child.said.filter((line) => line.includes('"leg ended"') && line.includes('"no-keys"')).length;

  /** The last call has ended with the verdict that no keys were agreed on. */
  const expectVerdict = async (): Promise<void> => {
    await server().backToZero();
    const [row] = await until("the history's row", async () => {
      const rows = await cordboardJson<readonly Row[]>(server().data, ["history", "--count", "1"]);
      return rows[0]?.end === null ? undefined : rows;
    });
    expect(row?.cause).toBe(41);
    // Both legs of the call.
    ended += 2;
    expect(withoutKeys()).toBe(ended);
  };

  test.each(changed)("ends without a packet of sound when $user calls with $what changed", async (forged) => {
    const browser = office.browser(forged.user);
    await browser.alter(forged.descriptions);
    await browser.call("103");
    const taken = await clara.nextCall();
    await browser.event("ended", 15_000);
    await taken.ended();
    expect(taken.rtp().received).toBe(0);
    await expectVerdict();
  });

  test.each(changed)("ends without a packet of sound when $user is called with $what changed", async (forged) => {
    const browser = office.browser(forged.user);
    await browser.alter(forged.descriptions);
    const call = clara.call(forged.user);
    await browser.event("ringing");
    await browser.answer();
    await browser.event("ended", 15_000);
    await call.ended();
    expect(call.rtp().received).toBe(0);
    await expectVerdict();
  });
});
