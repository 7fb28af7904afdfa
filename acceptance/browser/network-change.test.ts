import type { PhoneCall } from "@cordboard/phone";
import { dominantFrequency } from "@cordboard/sound";
import { machine } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { peer } from "../peers.ts";
import { until } from "../until.ts";
import type { BrowserPhone } from "./chromium.ts";
import { withBrowserAbroad } from "./with-browser-abroad.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 1000;
/** So long may nobody be heard while a browser changes its network, in milliseconds. */
const LONGEST_SILENCE_MS = 3_000;

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
async function longestPause(call: PhoneCall): Promise<number> {
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
}

describe("a browser with two networks", () => {
  const abroad = withBrowserAbroad({
    chromium: peer("chromium"),
    ip: peer("ip"),
    library: "jssip",
    networks: 2,
    adaHz: ADA_HZ,
    brunoHz: BRUNO_HZ,
  });

  test("goes on talking when the one that carries its sound is gone", async () => {
    const { ada, bruno, other, server } = abroad();
    await ada.call("102");
    const call = await bruno.nextCall();
    await ada.event("talking");
    await call.hears(ADA_HZ);
    expect(dominantFrequency(await ada.hears(), [ADA_HZ, BRUNO_HZ])).toBe(BRUNO_HZ);
    const before = await wayOf(ada);
    await other.links.find(({ theirs }) => theirs === before)?.cut();
    const silentMs = await longestPause(call);
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
  });
});

describe.each([
  ["jssip", "builtin"],
  ["jssip", "rtpengine"],
  ["sip-js", "builtin"],
  ["sip-js", "rtpengine"],
] as const)("a browser with %s whose page looks after its network, over %s", (library, engine) => {
  const abroad = withBrowserAbroad({
    chromium: peer("chromium"),
    ip: peer("ip"),
    library,
    engine,
    adaHz: ADA_HZ,
    brunoHz: BRUNO_HZ,
  });

  test("goes on talking from a network that nobody knew of, when the only one is gone", async () => {
    const { ada, bruno, other, server } = abroad();
    await ada.stayConnected();
    await ada.call("102");
    const call = await bruno.nextCall();
    await ada.event("talking");
    await call.hears(ADA_HZ);
    const [old] = other.links;
    const changed = longestPause(call);
    await old?.leave();
    const { theirs } = await other.plugIn();
    const pauseMs = await changed;
    expect(await wayOf(ada)).toBe(theirs);
    await call.hears(ADA_HZ);
    expect(dominantFrequency(await ada.hears(), [ADA_HZ, BRUNO_HZ])).toBe(BRUNO_HZ);
    expect(pauseMs).toBeLessThanOrEqual(LONGEST_SILENCE_MS);
    process.stdout.write(
      `a browser with ${library} over ${engine} on an unknown network: ${Math.round(pauseMs)} ms without a packet\n`,
    );
    await ada.hangUp();
    await call.ended();
    await server.backToZero();
  });
});
