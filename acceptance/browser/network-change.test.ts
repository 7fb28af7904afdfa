import type { PhoneCall } from "@cordboard/phone";
import { dominantFrequency } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cordboardJson } from "../command.ts";
import { scriptedPhone } from "../company.ts";
import { freePorts } from "../free-ports.ts";
import type { OtherMachine } from "../network-namespace.ts";
import { makeOtherMachine } from "../network-namespace.ts";
import { peer } from "../peers.ts";
import type { Server } from "../server.ts";
import { startServer } from "../server.ts";
import { until } from "../until.ts";
import type { BrowserPhone } from "./chromium.ts";
import { startBrowserPhone } from "./chromium.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 1000;
const PASSWORD = "one-two-three";
/** So long may nobody be heard while a browser changes its network, in milliseconds. */
const LONGEST_SILENCE_MS = 3_000;

describe("a browser with two networks", () => {
  const chromium = peer("chromium");
  const ip = peer("ip");
  let other: OtherMachine;
  let server: Server;
  let folder: TestFolder;
  let ada: BrowserPhone;
  beforeAll(async () => {
    other = await makeOtherMachine(ip, 2);
    folder = await makeTestFolder();
    const port = await freePorts(0);
    const origin = `https://${other.ours}:${port}`;
    server = await startServer({
      settings: {
        CORDBOARD_BIND: `127.0.0.1,${other.ours}`,
        CORDBOARD_HTTPS_PORT: String(port),
        CORDBOARD_PUBLIC_URL: origin,
      },
    });
    for (const extension of ["101", "102"])
      await cordboardJson(server.data, ["user", "add", extension, "--name", "X", "--sip-password", PASSWORD]);
    ada = await startBrowserPhone({
      program: chromium,
      inside: other.there,
      folder: folder.path,
      library: "jssip",
      origin,
      user: "101",
      password: PASSWORD,
      domain: "localhost",
      toneHz: ADA_HZ,
    });
  });
  afterAll(async () => {
    await ada?.quit();
    const ended = await server?.stop();
    await other?.remove();
    await folder?.remove();
    expect(ended).toEqual({ code: 0, signal: null });
  });

  /** The address of its own by which the browser's sound goes. */
  const wayOf = async (phone: BrowserPhone): Promise<string> =>
    until("the way that the sound takes", async () => {
      const all = await phone.statistics();
      const find = (id: unknown) => all.find((each) => each["id"] === id);
      const transport = all.find(({ type }) => type === "transport");
      const address = find(find(transport?.["selectedCandidatePairId"])?.["localCandidateId"])?.["address"];
      return typeof address === "string" ? address : undefined;
    });

  /** The longest time without a packet, from now until ten seconds' worth of them have come. */
  const longestSilence = async (call: PhoneCall): Promise<number> => {
    const enough = call.rtp().received + 500;
    let [count, since, longest] = [call.rtp().received, machine.clock.monotonic(), 0];
    await until(
      () => `500 packets, of which ${enough - call.rtp().received} are missing`,
      () => {
        const now = machine.clock.monotonic();
        longest = Math.max(longest, now - since);
        if (call.rtp().received > count) since = now as typeof since;
        count = call.rtp().received;
        return count >= enough;
      },
      { withinMs: 40_000 },
    );
    return longest;
  };

  test("goes on talking when the one that carries its sound is gone", async () => {
    const bruno = await scriptedPhone(server, "102", {
      answer: "auto",
      password: PASSWORD,
      domain: "localhost",
      sound: { frequencyHz: BRUNO_HZ },
    });
    try {
      await ada.call("102");
      const call = await bruno.nextCall();
      await ada.event("talking");
      await call.hears(ADA_HZ);
      expect(dominantFrequency(await ada.hears(), [ADA_HZ, BRUNO_HZ])).toBe(BRUNO_HZ);
      const before = await wayOf(ada);
      await other.links.find(({ theirs }) => theirs === before)?.cut();
      const silentMs = await longestSilence(call);
      expect(await wayOf(ada)).not.toBe(before);
      await call.hears(ADA_HZ);
      expect(dominantFrequency(await ada.hears(), [ADA_HZ, BRUNO_HZ])).toBe(BRUNO_HZ);
      expect(silentMs).toBeLessThanOrEqual(LONGEST_SILENCE_MS);
      // Its SIP went by that network too, and comes back by the other.
      await ada.reconnect();
      await ada.event("registered", 40_000);
      await ada.restartIce();
      expect(dominantFrequency(await ada.hears(), [ADA_HZ, BRUNO_HZ])).toBe(BRUNO_HZ);
      await call.hears(ADA_HZ);
      await ada.hangUp();
      await call.ended();
      await server.backToZero();
    } finally {
      await bruno.close();
    }
  });
});
