import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ms } from "@cordboard/kernel";
import { pcm16Bytes, renderTone, steadyTone, writeWav } from "@cordboard/sound";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { until } from "../until.ts";

/** What a browser's microphone says. */
interface Microphone {
  /** A folder for its tone. */
  readonly folder: string;
  readonly user: string;
  /** The tone that it says all the time. */
  readonly toneHz: number;
}

/** Where a browser runs. */
interface Place {
  /** Where Chromium lies. */
  readonly program: string;
  readonly folder: string;
  readonly user: string;
  /** A command that runs the browser, such as `["ip", "netns", "exec", "name"]`. */
  readonly inside?: readonly string[];
}

/** A browser that stands for one user, with a tone for a microphone. */
export interface BrowserPhoneOptions extends Microphone, Place {
  /** Which SIP library the page uses. */
  readonly library: Library;
  /** The server's pages, as in `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly password: string;
  readonly domain: string;
  /** How its `RTCPeerConnection` finds a way; on its own unless said otherwise. */
  readonly connection?: Connection;
}

/** As `RTCConfiguration` has it. */
export interface Connection {
  readonly iceServers: readonly object[];
  readonly iceTransportPolicy?: "all" | "relay";
}

/** SIP libraries for browsers. */
export type Library = "jssip" | "sip-js";

/** Pairs of a regular expression (each line's beginning is `^`) and what stands in its place. */
export type Replacements = readonly (readonly [pattern: string, by: string])[];

/** Something that happened at a browser's phone. */
export interface BrowserEvent {
  readonly type: string;
  readonly detail: string | null;
  /** On the page's own clock, in milliseconds. */
  readonly at: number;
}

/** A phone in a browser. */
export interface BrowserPhone {
  call(number: string): Promise<void>;
  answer(): Promise<void>;
  hangUp(): Promise<void>;
  hold(): Promise<void>;
  resume(): Promise<void>;
  transfer(number: string): Promise<void>;
  digits(text: string): Promise<void>;
  restartIce(): Promise<void>;
  /** Opens SIP's connection anew, as pages do when their network has changed. */
  reconnect(): Promise<void>;
  /** From now on its page looks after the network by itself, as the example of a page does. */
  stayConnected(): Promise<void>;
  /** From now on it proves itself with another password. */
  usePassword(password: string): Promise<void>;
  /** From now on its page changes session descriptions so, in place of how it did before, as a program in between could. */
  alter(descriptions: { readonly sent?: Replacements; readonly received?: Replacements }): Promise<void>;
  /** Waits for an event among those that were not waited for yet. */
  event(type: string, withinMs?: number): Promise<BrowserEvent>;
  /** What it hears from now on, as 8 kHz samples. */
  hears(forMs?: number): Promise<Int16Array>;
  /** The statistics of its connection, as the browser counts them, one object a kind. */
  statistics(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Stops its page, as an operating system does that saves power: by its processes, or as browsers do by themselves. Ends with the call of what it gives. */
  fallAsleep(how: "stopped" | "frozen"): Promise<() => Promise<void>>;
  quit(): Promise<void>;
}

const PAGES: Readonly<Record<Library, string>> = {
  jssip: fileURLToPath(new URL("page/jssip-phone.js", import.meta.url)),
  "sip-js": fileURLToPath(new URL("page/sip-js-phone.js", import.meta.url)),
};
/** Chromium begins its microphone's file anew when it is over. */
const TONE_MS = 20_000;

/** A library and the page's own program in one script. */
async function scriptOf(library: Library): Promise<string> {
  const bundle = await rolldown({ input: PAGES[library], platform: "browser", logLevel: "silent" });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  return output[0].code;
}

async function toneFile({ folder, user, toneHz }: Microphone): Promise<string> {
  const tone = steadyTone(-10, toneHz);
  const samples = renderTone({ ...tone, parts: tone.parts.map((part) => ({ ...part, lasts: ms(TONE_MS) })) });
  const path = join(folder, `tone-${user}.wav`);
  await writeFile(path, writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(samples)));
  return path;
}

/** The browser's program, behind the command that runs it elsewhere. */
async function programIn({ program, inside, folder, user }: Place): Promise<string> {
  if (inside === undefined) return program;
  const path = join(folder, `chromium-${user}`);
  await writeFile(path, `#!/bin/sh\nexec ${[...inside, program].join(" ")} "$@"\n`, { mode: 0o755 });
  return path;
}

/** Starts a browser whose microphone says the tone, and that may use it. */
export async function launchChromium(options: Microphone & Place): Promise<Browser> {
  const [tone, executablePath] = await Promise.all([toneFile(options), programIn(options)]);
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${tone}`,
      "--allow-loopback-in-peer-connection",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      "--ignore-certificate-errors",
    ],
  });
}

/** Starts a browser, opens a page of the server, and waits until its phone has registered. */
export async function startBrowserPhone(options: BrowserPhoneOptions): Promise<BrowserPhone> {
  const { library, origin, user, password, domain, connection = { iceServers: [] } } = options;
  const browser = await launchChromium(options);
  try {
    const phone = await openPage(browser, { library, origin, account: { user, password, domain, connection } });
    await phone.event("registered");
    return phone;
  } catch (fault) {
    await browser.close();
    throw fault;
  }
}

async function openPage(
  browser: Browser,
  { library, origin, account }: { readonly library: Library; readonly origin: string; readonly account: object },
): Promise<BrowserPhone> {
  const context = await browser.newContext({ bypassCSP: true, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${origin}/health`);
  await page.addScriptTag({ content: await scriptOf(library) });
  const url = `${origin.replace(/^http/, "ws")}/sip`;
  await page.evaluate(`globalThis.phone = makePhone(${JSON.stringify({ url, ...account })})`);
  const say = async (words: string): Promise<void> =>
    void (await page.evaluate(`Promise.resolve(phone.${words}).then(() => null)`));
  let waited = 0;
  const event = async (type: string, withinMs = 10_000): Promise<BrowserEvent> => {
    let events: readonly BrowserEvent[] = [];
    const found = await until(
      () => `${type} at ${JSON.stringify(account)}, which saw ${JSON.stringify(events)}`,
      async () => {
        events = await page.evaluate("phone.events");
        const at = events.findIndex((each, i) => i >= waited && each.type === type);
        return at < 0 ? undefined : at;
      },
      { withinMs },
    );
    waited = found + 1;
    return events[found] ?? { type, detail: null, at: Number.NaN };
  };
  return {
    call: (number) => say(`call(${JSON.stringify(number)})`),
    answer: () => say("answer()"),
    hangUp: () => say("hangUp()"),
    hold: () => say("hold()"),
    resume: () => say("resume()"),
    transfer: (number) => say(`transfer(${JSON.stringify(number)})`),
    digits: (text) => say(`digits(${JSON.stringify(text)})`),
    restartIce: () => say("restartIce()"),
    reconnect: () => say("reconnect()"),
    stayConnected: () => say("stayConnected()"),
    usePassword: (password) => say(`usePassword(${JSON.stringify(password)})`),
    alter: (descriptions) => say(`alter(${JSON.stringify(descriptions)})`),
    event,
    async hears(forMs = 1_000) {
      await say("hearing.forget()");
      const samples = await until(`${forMs} ms of sound`, async () => {
        const found: readonly number[] | null = await page.evaluate(`phone.hearing.last(${forMs + 500})`);
        return found ?? undefined;
      });
      // What was under way when it was told to forget is left out.
      return Int16Array.from(samples.slice(-8 * forMs));
    },
    statistics: () => page.evaluate("phone.connection().getStats().then((all) => [...all.values()])"),
    async fallAsleep(how) {
      if (how === "stopped") return stopRenderers(browser);
      const session = await context.newCDPSession(page);
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      return async () => {
        await session.send("Page.setWebLifecycleState", { state: "active" });
        await session.detach();
      };
    },
    quit: () => browser.close(),
  };
}

/** Stops the processes in which pages run; what it gives lets them go on. */
async function stopRenderers(browser: Browser): Promise<() => Promise<void>> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.flatMap(({ type, id }) => (type === "renderer" ? [id] : []));
  for (const pid of renderers) process.kill(pid, "SIGSTOP");
  return async () => {
    for (const pid of renderers) process.kill(pid, "SIGCONT");
    await session.detach();
  };
}
