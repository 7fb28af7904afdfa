import { dominantFrequency, isToneHeard } from "@cordboard/sound";
import { describe, expect, test } from "vitest";
import { demo, scriptedPhone } from "../company.ts";
import { peer } from "../peers.ts";
import { withRtpengines } from "../with-rtpengines.ts";
import { withServer } from "../with-server.ts";
import type { BrowserPhone } from "./chromium.ts";
import { withBrowserPhones } from "./with-browser-phones.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 1000;
const CLARA_HZ = 800;
const HEARD_HZ = [ADA_HZ, BRUNO_HZ, CLARA_HZ];

/** What a browser hears from now on, by its loudest tone; undefined when it hears none. */
async function toneAt(phone: BrowserPhone): Promise<number | undefined> {
  const heard = await phone.hears();
  const loudest = dominantFrequency(heard, HEARD_HZ);
  return loudest !== undefined && isToneHeard(heard, loudest) ? loudest : undefined;
}

/** Both browsers come to hear each other, and not themselves. */
async function expectToHearEachOther(ada: BrowserPhone, bruno: BrowserPhone): Promise<void> {
  const tones = (): Promise<unknown> => Promise.all([toneAt(ada), toneAt(bruno)]);
  await expect.poll(tones, { timeout: 10_000 }).toEqual([BRUNO_HZ, ADA_HZ]);
}

/** What the sound of a browser's call is made of, by its own statistics. */
async function codecOf(phone: BrowserPhone): Promise<unknown> {
  const all = await phone.statistics();
  const stream = all.find(({ type }) => type === "inbound-rtp");
  return all.find(({ id }) => id === stream?.["codecId"])?.["mimeType"];
}

describe.each(["the built-in engine", "rtpengine"])("browsers, over %s", (engine) => {
  const chromium = peer("chromium");
  const baresip = peer("baresip");
  const rtpengines = engine === "rtpengine" ? withRtpengines(1) : undefined;
  const server = withServer(() => ({ as: "demo", settings: rtpengines?.settings() ?? {} }));
  const office = withBrowserPhones(server, {
    chromium,
    browsers: { "101": { library: "jssip", toneHz: ADA_HZ }, "102": { library: "sip-js", toneHz: BRUNO_HZ } },
    baresip: { program: baresip, user: "103", toneHz: CLARA_HZ },
  });
  const ada = (): BrowserPhone => office.browser("101");
  const bruno = (): BrowserPhone => office.browser("102");

  test.each(["101", "102"])("the browser of %s hears its own tone at the echo", async (user) => {
    const phone = office.browser(user);
    await phone.call("9000");
    await phone.event("talking");
    // Its own sound goes a longer way, which has to be found first.
    await expect.poll(() => toneAt(phone), { timeout: 10_000 }).toBe(user === "101" ? ADA_HZ : BRUNO_HZ);
    await phone.hangUp();
    await phone.event("ended");
  });

  test("two browsers hear each other in opus, which passes as it is, also across a hold and a new way", async () => {
    await ada().call("102");
    await bruno().event("ringing");
    await bruno().answer();
    await Promise.all([ada().event("talking"), bruno().event("talking")]);
    await expectToHearEachOther(ada(), bruno());
    expect([await codecOf(ada()), await codecOf(bruno())]).toEqual(["audio/opus", "audio/opus"]);
    await ada().hold();
    await ada().event("held");
    await ada().resume();
    await ada().event("resumed");
    await expectToHearEachOther(ada(), bruno());
    await ada().restartIce();
    await bruno().restartIce();
    await expectToHearEachOther(ada(), bruno());
    await bruno().hangUp();
    await Promise.all([ada().event("ended"), bruno().event("ended")]);
  });

  test.each(["101", "102"])("the browser of %s and a plain phone call each other in G.711", async (user) => {
    const [phone, phoneHz] = [office.browser(user), user === "101" ? ADA_HZ : BRUNO_HZ];
    const clara = office.baresip;
    const since = clara.events.length;
    await phone.call("103");
    await clara.event("CALL_INCOMING", { after: since });
    await clara.command("accept");
    await phone.event("talking");
    expect(await toneAt(phone)).toBe(CLARA_HZ);
    expect(await codecOf(phone)).toMatch(/^audio\/PCM[AU]$/);
    expect(dominantFrequency(await clara.hears(), HEARD_HZ)).toBe(phoneHz);
    await phone.hangUp();
    await phone.event("ended");
    await server().backToZero();

    await clara.forget();
    await clara.command("dial", `sip:${user}@${demo.domain}`);
    await phone.event("ringing");
    await phone.answer();
    await phone.event("talking");
    expect(await toneAt(phone)).toBe(CLARA_HZ);
    expect(dominantFrequency(await clara.hears(), HEARD_HZ)).toBe(phoneHz);
    await clara.command("hangup");
    await phone.event("ended");
  });

  test.each(["101", "102"])("digits pressed in the browser of %s reach a plain phone", async (user) => {
    const plain = await scriptedPhone(server(), "104", { answer: "auto" });
    try {
      const phone = office.browser(user);
      await phone.call("104");
      const call = await plain.nextCall();
      await phone.event("talking");
      await call.hears(user === "101" ? ADA_HZ : BRUNO_HZ);
      await phone.digits("5");
      await call.digitsHeard("5");
      await phone.hangUp();
      await phone.event("ended");
    } finally {
      await plain.close();
    }
  });
});
