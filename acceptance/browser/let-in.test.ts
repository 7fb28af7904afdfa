import { isToneHeard } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../ask.ts";
import { demo } from "../company.ts";
import { peer } from "../peers.ts";
import { until } from "../until.ts";
import { withServer } from "../with-server.ts";
import type { BrowserPhone, Library } from "./chromium.ts";
import { startBrowserPhone } from "./chromium.ts";
import type { Coturn } from "./coturn.ts";
import { startCoturn } from "./coturn.ts";

const TONE_HZ = 700;

/** What `POST /sip/token` gives. */
interface Access {
  readonly username: string;
  readonly token: string;
  readonly iceServers: readonly { readonly urls: readonly string[]; readonly credential?: string }[];
}

describe("a page that knows no password", () => {
  const chromium = peer("chromium");
  const program = peer("coturn");
  let coturn: Coturn;
  let folder: TestFolder;
  const phones: BrowserPhone[] = [];
  beforeAll(async () => {
    folder = await makeTestFolder();
    coturn = await startCoturn({ program, folder: folder.path });
  });
  afterAll(async () => {
    await coturn?.quit();
    await folder?.remove();
  });
  const server = withServer(() => ({ as: "demo", settings: { ...coturn.settings, CORDBOARD_SIP_TRACE: "on" } }));
  afterEach(async () => {
    await Promise.all(phones.splice(0).map((phone) => phone.quit()));
    await server().backToZero();
  });

  async function access(extension: string): Promise<Access> {
    const headers = { "x-api-key": demo.key, "content-type": "application/json" };
    const body = JSON.stringify({ extension });
    const { status, text } = await ask(`${server().addresses.http}/sip/token`, { headers, body });
    expect(status).toBe(200);
    return JSON.parse(text) as Access;
  }

  /** A browser that registers by a token and sends its sound by the relay alone. */
  async function relayed(library: Library, { username, token, iceServers }: Access): Promise<BrowserPhone> {
    const phone = await startBrowserPhone({
      program: chromium,
      folder: folder.path,
      origin: server().addresses.http,
      library,
      user: username,
      password: token,
      domain: demo.domain,
      toneHz: TONE_HZ,
      connection: { iceServers, iceTransportPolicy: "relay" },
    });
    phones.push(phone);
    return phone;
  }

  test.each(["jssip", "sip-js"] as const)("is let in by a token, and heard by a relay (%s)", async (library) => {
    const given = await access("101");
    const before = coturn.allocations().given;
    const phone = await relayed(library, given);
    await phone.call("9000");
    await phone.event("talking");
    expect(isToneHeard(await phone.hears(), TONE_HZ)).toBe(true);
    const all = await phone.statistics();
    const pair = all.find(
      ({ type, state, nominated }) => type === "candidate-pair" && state === "succeeded" && nominated,
    );
    expect(all.find(({ id }) => id === pair?.["localCandidateId"])).toMatchObject({ candidateType: "relay" });
    expect(coturn.allocations().given).toBeGreaterThan(before);
    await phone.hangUp();
    await phone.event("ended");

    // The token of somebody else is a wrong password; with the next one of its own the page goes on.
    await phone.usePassword((await access("102")).token);
    await phone.call("9000");
    await phone.event(library === "jssip" ? "failed" : "ended");
    await phone.usePassword((await access("101")).token);
    await phone.call("9000");
    await phone.event("talking");
    await phone.hangUp();
    await phone.event("ended");
    expect(server().child.said.filter((line) => line.includes(given.token))).toEqual([]);
  });

  test("finds no way by a relay whose password is not that of its name", async () => {
    const given = await access("101");
    const iceServers = given.iceServers.map((each) => ({ ...each, credential: "another" }));
    const phone = await relayed("jssip", { ...given, iceServers });
    const before = coturn.allocations();
    await phone.call("9000");
    await until("a refusal by the relay", async () =>
      coturn.allocations().refused > before.refused ? true : undefined,
    );
    expect(coturn.allocations().given).toBe(before.given);
    expect((await phone.statistics()).filter(({ type }) => type === "local-candidate")).toEqual([]);
    await phone.hangUp();
  });
});
