import { ms, seconds, silentLog } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { FakeRtpengine } from "../test/fake-rtpengine.ts";
import type { Owner } from "./call-names.ts";
import { CallNames, newOwner } from "./call-names.ts";
import { leastLoaded, Rtpengine } from "./rtpengine.ts";

/** A dead one must be noticed by then. */
const NOTICED = seconds(5);
const random = seededRandom(11);
const before: Owner = newOwner("house", random);
const now: Owner = newOwner("house", random);
const neighbour: Owner = newOwner("other", random);

/** An rtpengine that is watched, with what it told. */
function watched(clock: ManualClock, there: FakeRtpengine, place = 0) {
  const told: string[] = [];
  const warnings: string[] = [];
  const rtpengine = new Rtpengine(
    { transport: "udp", host: "192.0.2.7", port: 22_222 },
    {
      clock,
      random: seededRandom(place),
      log: { ...silentLog, warn: (message) => warnings.push(message) },
      open: there.open,
      names: new CallNames(now, place),
      events: {
        onGone: (_rtpengine, why) => told.push(why),
        onDigit: () => {},
        onHearing: ({ tellsDigits }) => told.push(tellsDigits ? "hears" : "deaf"),
      },
    },
  );
  return { rtpengine, told, warnings };
}

/** One that has been found. */
async function found(prepare: (there: FakeRtpengine) => void = () => {}) {
  const clock = manualClock();
  const there = new FakeRtpengine(clock);
  prepare(there);
  const scene = { clock, there, ...watched(clock, there) };
  await clock.run(ms(0));
  return scene;
}

describe("an rtpengine", () => {
  test("is there when it answers, and is known to tell digits or not", async () => {
    const { rtpengine, told, warnings } = await found();
    await rtpengine.ready();
    expect(rtpengine).toMatchObject({ isAlive: true, tellsDigits: true, calls: 0, portsFree: 400 });
    expect([told, warnings]).toEqual([["hears"], []]);
  });

  test("that tells no digits is said to, once", async () => {
    const { clock, rtpengine, warnings } = await found((there) => {
      there.tellsDigits = false;
    });
    await clock.run(seconds(70));
    expect(rtpengine).toMatchObject({ isAlive: true, tellsDigits: false });
    expect(warnings).toEqual([expect.stringMatching(/tells no digits/)]);
  });

  test("that falls silent is away in time, once, and is there again when it answers", async () => {
    const { clock, there, rtpengine, told } = await found();
    await clock.run(seconds(10));
    there.isSilent = true;
    await clock.run(NOTICED);
    expect(rtpengine).toMatchObject({ isAlive: false, tellsDigits: false });
    expect(told).toEqual(["hears", "does not answer", "deaf"]);
    await clock.run(seconds(60));
    expect(told).toHaveLength(3);
    there.isSilent = false;
    await clock.run(seconds(4));
    expect(rtpengine).toMatchObject({ isAlive: true, tellsDigits: true });
  });

  test("that is silent is looked for on a new way, as often as it is asked", async () => {
    const { clock, there } = await found();
    there.isSilent = true;
    await clock.run(seconds(30));
    expect(there.renewals).toBeGreaterThanOrEqual(9);
    expect(there.renewals).toBeLessThanOrEqual(25);
  });

  test("that does not answer one request and does answer others is there", async () => {
    const { clock, there, rtpengine, told } = await found();
    there.unanswered.add("query");
    const reply = rtpengine.ask({ command: "query", "call-id": "x" });
    await clock.run(NOTICED);
    expect(await reply).toEqual({ ok: false, error: { code: "no-answer" } });
    expect(rtpengine.isAlive).toBe(true);
    expect(told).toEqual(["hears"]);
  });

  test("that gives no statistics is away: whether it was started anew is not known", async () => {
    const { clock, there, rtpengine, told } = await found();
    there.refuses.set("statistics", "Unrecognized command");
    await clock.run(seconds(2));
    expect(rtpengine.isAlive).toBe(false);
    expect(told).toContain("gives no statistics");
  });

  test("that runs for less long than it did has lost its calls, and is used again at once", async () => {
    const { clock, there, rtpengine, told } = await found();
    await clock.run(seconds(20));
    there.restart();
    await clock.run(seconds(2));
    expect(told).toEqual(["hears", "was started anew", "deaf", "hears"]);
    expect(rtpengine.isAlive).toBe(true);
  });

  test("that runs on is not taken to be started anew, however its seconds are cut", async () => {
    const { clock, told } = await found();
    for (let step = 0; step < 400; step++) await clock.run(ms(970));
    expect(told).toEqual(["hears"]);
  });

  test("that was found is rid of calls that a killed process of this installation has left, and of no others", async () => {
    const left = new CallNames(before, 0);
    const others = [new CallNames(neighbour, 0).next(), "a84b4c76e66710"];
    const { there } = await found((each) => {
      for (let made = 0; made < 1000; made++) each.calls.add(left.next());
      for (const callId of others) each.calls.add(callId);
    });
    await expect.poll(() => [...there.calls]).toEqual(others);
  });

  test("that holds more calls of others than it can tell at once is there all the same", async () => {
    const { clock, there, rtpengine } = await found((each) => each.unanswered.add("list"));
    await clock.run(seconds(10));
    expect(rtpengine.isAlive).toBe(true);
    expect(there.renewals).toBe(0);
  });

  test("is rid of a call of which it did not say that it has ended", async () => {
    const { clock, there, rtpengine } = await found();
    const [ended, running] = [rtpengine.begin(), rtpengine.begin()];
    for (const callId of [ended, running]) there.calls.add(callId);
    there.unanswered.add("delete");
    const reply = rtpengine.ask({ command: "delete", "call-id": ended });
    rtpengine.end(ended);
    await clock.run(seconds(3));
    await reply;
    expect(there.calls.size).toBe(2);
    there.unanswered.clear();
    await clock.run(seconds(3));
    expect([...there.calls]).toEqual([running]);
  });

  test("is asked for digits only as long as the connection stands on which they come", async () => {
    const { clock, there, rtpengine, told } = await found();
    await clock.run(seconds(40));
    there.isSilentOverTcp = true;
    await clock.run(NOTICED);
    expect(rtpengine).toMatchObject({ isAlive: true, tellsDigits: false });
    there.isSilentOverTcp = false;
    await clock.run(seconds(31));
    expect(rtpengine.tellsDigits).toBe(true);
    expect(told).toEqual(["hears", "deaf", "hears"]);
  });

  test("is left alone after the end", async () => {
    const { clock, there, rtpengine } = await found();
    rtpengine.close();
    const { length } = there.asked;
    await clock.run(seconds(10));
    expect(there.asked).toHaveLength(length);
    expect(clock.pending).toBe(0);
    expect(await rtpengine.ask({ command: "ping" })).toMatchObject({ ok: false });
  });
});

describe("of several rtpengines", () => {
  test("the one that carries least is taken, counting the calls of others and our own since then", async () => {
    const clock = manualClock();
    const there = [0, 1, 2].map(() => new FakeRtpengine(clock));
    const [busy, idle, away] = there;
    if (busy !== undefined) busy.othersCalls = 3;
    if (away !== undefined) away.isSilent = true;
    const all = there.map((each, place) => watched(clock, each, place).rtpengine);
    await clock.run(seconds(1));
    const taken = Array.from({ length: 5 }, () => {
      const least = leastLoaded(all);
      least?.begin();
      return least === undefined ? -1 : all.indexOf(least);
    });
    expect(taken).toEqual([1, 1, 1, 0, 1]);
    if (idle !== undefined) idle.isSilent = true;
    await clock.run(NOTICED);
    expect(leastLoaded(all)).toBe(all[0]);
    if (busy !== undefined) busy.isSilent = true;
    await clock.run(NOTICED);
    expect(leastLoaded(all)).toBeUndefined();
    for (const each of all) each.close();
  });
});
