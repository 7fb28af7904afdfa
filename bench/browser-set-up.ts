import { makeTestFolder } from "@cordboard/testkit";
import type { BrowserPhone } from "../acceptance/browser/chromium.ts";
import { startBrowserPhone } from "../acceptance/browser/chromium.ts";
import { demo } from "../acceptance/company.ts";
import { findPeer } from "../acceptance/peers.ts";
import { startServer } from "../acceptance/server.ts";
import type { Figure } from "./figure.ts";
import { serverOptions } from "./office.ts";
import { latencies, quantile, rounded } from "./spread.ts";

const CALLS = 20;
/** Calls of a browser that has just started are slower. */
const WARM_UP = 3;
const USER = "101";
const TONE_HZ = 600;

/** How long somebody in a browser waits for a call to be up. */
export const browserSetUp: Figure = {
  name: "browser-set-up",
  about:
    "milliseconds from the click in Chromium (JsSIP) until ICE and DTLS with the server are done, by the page's clock, median of calls to the echo one after the other",
  async measure(bench) {
    const chromium = findPeer("chromium");
    if ("missing" in chromium) throw new Error(chromium.missing);
    const folder = await makeTestFolder();
    const server = await startServer(serverOptions(bench, { as: "demo" }));
    let phone: BrowserPhone | undefined;
    try {
      phone = await startBrowserPhone({
        ...{ program: chromium.path, folder: folder.path, library: "jssip", toneHz: TONE_HZ },
        ...{ origin: server.addresses.http, user: USER, password: demo.passwordOf(USER), domain: demo.domain },
      });
      const all: Waits[] = [];
      while (all.length < WARM_UP + CALLS) all.push(await callOnce(phone));
      const waits = all.slice(WARM_UP);
      const untilSound = waits.map(({ sound }) => sound);
      const untilAnswer = waits.map(({ answer }) => answer);
      return {
        value: rounded(quantile(untilSound, 0.5)),
        unit: "ms",
        aim: "none",
        details: { ...latencies(untilSound), answeredMedianMs: rounded(quantile(untilAnswer, 0.5), 2) },
      };
    } finally {
      await phone?.quit();
      await server.stop();
      await folder.remove();
    }
  },
};

/** From the click, in milliseconds. */
interface Waits {
  readonly answer: number;
  readonly sound: number;
}

async function callOnce(phone: BrowserPhone): Promise<Waits> {
  await phone.call("9000");
  const { at } = await phone.event("calling");
  const answer = await phone.event("talking");
  const sound = await phone.event("sound connected");
  await phone.hangUp();
  await phone.event("ended");
  return { answer: answer.at - at, sound: sound.at - at };
}
