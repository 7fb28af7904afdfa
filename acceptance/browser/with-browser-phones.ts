import { join } from "node:path";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Baresip } from "../baresip.ts";
import { startBaresip } from "../baresip.ts";
import { demo } from "../company.ts";
import type { Server } from "../server.ts";
import type { BrowserPhone, Library } from "./chromium.ts";
import { startBrowserPhone } from "./chromium.ts";

/** Programs and users of the phones of a test. */
export interface PhonesWanted {
  readonly chromium: string;
  /** Phones in browsers by user, with the library that each page uses. */
  readonly browsers: Readonly<Record<string, { readonly library: Library; readonly toneHz: number }>>;
  readonly baresip?: {
    readonly program: string;
    readonly user: string;
    readonly toneHz: number;
    readonly transport?: "udp" | "tls";
    readonly encryption?: "srtp" | "srtp-mand";
  };
}

/** Phones of the demo company that register before the tests of a `describe`, and go after them. */
export interface BrowserOffice {
  browser(user: string): BrowserPhone;
  readonly baresip: Baresip;
}

/** Starts the phones; every test must leave the server without a call. */
export function withBrowserPhones(server: () => Server, wanted: PhonesWanted): BrowserOffice {
  const browsers = new Map<string, BrowserPhone>();
  let baresip: Baresip | undefined;
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await makeTestFolder();
    for (const [user, { library, toneHz }] of Object.entries(wanted.browsers)) {
      const account = { user, password: demo.passwordOf(user), domain: demo.domain };
      const place = { program: wanted.chromium, folder: folder.path, origin: server().addresses.http };
      browsers.set(user, await startBrowserPhone({ ...place, ...account, library, toneHz }));
    }
    if (wanted.baresip === undefined) return;
    const { program, user, toneHz, transport = "udp", encryption } = wanted.baresip;
    const { sipUdp, sipTls } = server().addresses;
    baresip = await startBaresip({
      program,
      folder: join(folder.path, user),
      user,
      password: demo.passwordOf(user),
      domain: demo.domain,
      toneHz,
      transport,
      server: transport === "udp" ? sipUdp : sipTls,
      ...(transport === "tls" ? { authority: join(server().data, "tls", "ca.pem") } : {}),
      ...(encryption === undefined ? {} : { encryption }),
    });
  });
  afterEach(async () => {
    // A test that failed may have left a call up, on which the next would stumble.
    await Promise.all([...browsers.values()].map((each) => each.hangUp().catch(() => {})));
    await baresip?.command("hangup").catch(() => {});
    await baresip?.forget();
    await server().backToZero();
  });
  afterAll(async () => {
    await Promise.all([...browsers.values()].map((each) => each.quit()));
    await baresip?.quit();
    await folder?.remove();
  });
  return {
    browser(user) {
      const found = browsers.get(user);
      if (found === undefined) throw new Error(`no browser of ${user}`);
      return found;
    },
    get baresip() {
      if (baresip === undefined) throw new Error("no baresip");
      return baresip;
    },
  };
}
