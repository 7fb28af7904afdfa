import type { NegotiatedMedia, SoundFact } from "@cordboard/core";
import type { ActionId, LegId, RecordingId } from "@cordboard/kernel";
import { ms, seconds, silentLog } from "@cordboard/kernel";
import { fakeSound, manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { FakeRtpengine } from "../test/fake-rtpengine.ts";
import { createRelayedSound } from "./relayed-sound.ts";

const [A, B] = ["leg_A" as LegId, "leg_B" as LegId];
const HERE = { address: "127.0.0.1" };

const talk = (port: number): NegotiatedMedia => ({
  remote: { address: "192.0.2.1", port, rtcpPort: port + 1 },
  codecs: [{ payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 }],
  digitsPayload: 101,
  direction: "sendrecv",
});

/** Two legs that talk through an rtpengine in memory, with a built-in engine in memory behind it. */
async function talking() {
  const clock = manualClock();
  const there = new FakeRtpengine(clock);
  const builtin = fakeSound();
  const engine = createRelayedSound({
    clock,
    builtin,
    random: seededRandom(5),
    log: silentLog,
    installation: "house",
    rtpengines: [{ transport: "udp", host: "192.0.2.7", port: 22_222 }],
    openLink: there.open,
  });
  const facts: SoundFact[] = [];
  engine.onFact((fact) => {
    if (fact.type !== "quality") facts.push(fact);
  });
  await engine.ready();
  await engine.open(A, HERE);
  await engine.open(B, { ...HERE, near: A });
  engine.connect(A, talk(4000));
  engine.connect(B, talk(5000));
  engine.bridge(A, B);
  await clock.run(ms(0));
  return { clock, there, builtin, engine, facts };
}

describe("two legs that talk through rtpengine", () => {
  test("have nobody between them, and leave nothing behind", async () => {
    const { clock, there, builtin, engine } = await talking();
    await clock.run(seconds(1));
    expect(builtin.describe().legs).toBe(0);
    expect(there.calls.size).toBe(1);
    await engine.stopAll();
    expect(there.calls.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("get doubles when their digits cannot be heard any more, and lose them when they can", async () => {
    const { clock, there, builtin, engine } = await talking();
    there.isSilentOverTcp = true;
    await clock.run(seconds(5));
    expect(builtin.describe().legs).toBe(2);
    expect(builtin.hearing(A)).toBe(B);
    there.isSilentOverTcp = false;
    await clock.run(seconds(35));
    expect(builtin.describe().legs).toBe(0);
    await engine.stopAll();
  });

  test("keep their doubles for digits, however late these begin and however many follow", async () => {
    const { clock, there, builtin, engine } = await talking();
    there.unanswered.add("offer");
    engine.sendDigits(A, "12");
    await clock.run(seconds(1));
    there.unanswered.clear();
    await clock.run(ms(800));
    const dialled = (): readonly string[] =>
      builtin.orders.flatMap((order) => (order.type === "send-digits" ? [order.digits] : []));
    expect(dialled()).toEqual(["12"]);
    engine.sendDigits(A, "0".repeat(20));
    await clock.run(seconds(1));
    engine.sendDigits(A, "9");
    await clock.run(seconds(4));
    expect(builtin.describe().legs).toBe(2);
    expect(dialled()).toHaveLength(3);
    await clock.run(seconds(3));
    expect(builtin.describe().legs).toBe(0);
    await engine.stopAll();
  });

  test("are lost with it, after what was being recorded of them", async () => {
    const { clock, there, builtin, engine, facts } = await talking();
    const recording = "rec_1" as RecordingId;
    engine.record(A, {
      recording,
      path: "/nowhere/1.wav",
      tracks: "both",
      atMost: seconds(60),
      untilSilence: null,
      hasNotice: false,
    });
    await clock.run(seconds(1));
    expect(builtin.recording(A)).toMatchObject({ recording });
    there.isSilent = true;
    await clock.run(seconds(5));
    const why = expect.stringContaining("does not answer");
    expect(facts.filter(({ leg }) => leg === A)).toMatchObject([
      { type: "record-done", recording },
      { type: "lost", why },
    ]);
    expect(facts.filter(({ leg }) => leg === B)).toMatchObject([{ type: "lost", why }]);
    expect(engine.describe()).toMatchObject({ legs: 0, relays: [{ calls: 0, isAlive: false }] });
    await engine.stopAll();
  });

  test("are not kept waiting with more and more orders by an rtpengine that does not answer", async () => {
    const { clock, there, engine, facts } = await talking();
    there.isSilent = true;
    for (let order = 0; order < 64; order++) engine.play(A, { kind: "music" }, `act_${order}` as ActionId);
    expect(facts).toEqual([]);
    engine.play(A, { kind: "music" }, "act_64" as ActionId);
    await expect.poll(() => facts).toMatchObject([{ type: "lost", leg: A, why: "too many orders at once" }]);
    const stopped = engine.stopAll();
    await clock.run(seconds(5));
    await stopped;
  });
});
