import type { NegotiatedMedia } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { ms, seconds, silentLog } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { FakeRtpengine } from "../test/fake-rtpengine.ts";
import { CallNames, newOwner } from "./call-names.ts";
import { RelayCall } from "./relay-call.ts";
import { Rtpengine } from "./rtpengine.ts";

const [A, B] = ["leg_A" as LegId, "leg_B" as LegId];
const HERE = { isIPv6: false, isWebRtc: false };
const random = seededRandom(3);

const talk = (port: number): NegotiatedMedia => ({
  remote: { address: "192.0.2.1", port, rtcpPort: port + 1 },
  codecs: [{ payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 }],
  digitsPayload: 101,
  direction: "sendrecv",
});

/** A call in an rtpengine in memory, with what it told. */
async function calling() {
  const clock = manualClock();
  const there = new FakeRtpengine(clock);
  const told: string[] = [];
  const rtpengine = new Rtpengine(
    { transport: "udp", host: "192.0.2.7", port: 22_222 },
    {
      clock,
      random,
      log: silentLog,
      open: there.open,
      names: new CallNames(newOwner("house", random), 0),
      events: { onGone: (_rtpengine, why) => call.lose(why), onDigit: () => {}, onHearing: () => {} },
    },
  );
  const call = new RelayCall({
    rtpengine,
    clock,
    log: silentLog,
    onOver: () => told.push("over"),
    events: {
      onInward: (leg) => told.push(`inward ${leg}`),
      onJoined: (a, b) => told.push(`joined ${a} ${b}`),
      onFigures: () => {},
      onLost: (leg, why) => told.push(`lost ${leg}: ${why}`),
    },
  });
  await clock.run(ms(0));
  return { clock, there, rtpengine, call, told };
}

/** The same with two legs that talk. */
async function talking() {
  const scene = await calling();
  const { call, clock } = scene;
  const opened = await Promise.all([call.open(A, HERE), call.open(B, HERE)]);
  expect(opened).toMatchObject([{ ok: true }, { ok: true }]);
  call.connect(A, talk(4000));
  call.connect(B, talk(5000));
  call.route(A, { to: "leg", leg: B });
  call.route(B, { to: "leg", leg: A });
  await clock.run(ms(0));
  expect(scene.told.splice(0)).toEqual([`joined ${A} ${B}`]);
  return scene;
}

describe("a call in an rtpengine", () => {
  test("is kept there as long as it has legs, and counts as long", async () => {
    const { call, there, rtpengine, told } = await talking();
    expect([[...there.calls], rtpengine.calls]).toEqual([[call.id], 1]);
    await Promise.all([call.close(A), call.close(B)]);
    expect([there.calls.size, rtpengine.calls, told]).toEqual([0, 0, ["over"]]);
  });

  test("ends there too when rtpengine does not want to connect its legs", async () => {
    const { call, clock, there, rtpengine, told } = await talking();
    there.refuses.set("offer", "Failed to parse SDP");
    call.connect(A, talk(4002));
    await clock.run(ms(0));
    expect(told).toEqual([
      `lost ${A}: rtpengine would not carry it`,
      `lost ${B}: rtpengine would not carry it`,
      "over",
    ]);
    expect([there.calls.size, rtpengine.calls]).toEqual([0, 0]);
    await clock.run(seconds(60));
    expect(there.asked.filter((each) => each.startsWith("query"))).toHaveLength(1);
  });

  test("leaves nothing in an rtpengine that was started anew, and has forgotten its ports, in the middle of it", async () => {
    const { call, clock, there, told } = await talking();
    there.restart();
    // Until the next look it is not known.
    call.route(A, { to: "nobody" });
    call.route(B, { to: "nobody" });
    there.unanswered.add("query");
    await clock.run(seconds(5));
    expect(told.filter((each) => each.startsWith("lost"))).toHaveLength(2);
    expect(told.filter((each) => each === "over")).toEqual(["over"]);
    there.unanswered.clear();
    await clock.run(seconds(5));
    expect([...there.calls]).toEqual([]);
  });

  test.each([
    ["parted", "joined"],
    ["joined", "parted"],
  ] as const)(
    "that rtpengine has given up is lost once, and is not made anew when its legs are to be %s",
    async (wanted, first) => {
      const { call, clock, there, told } = await talking();
      const order = (what: "parted" | "joined"): void => {
        call.route(A, what === "parted" ? { to: "nobody" } : { to: "leg", leg: B });
        call.route(B, what === "parted" ? { to: "nobody" } : { to: "leg", leg: A });
      };
      order(first);
      await clock.run(ms(0));
      there.calls.clear();
      order(wanted);
      await clock.run(ms(10));
      const why = "rtpengine has given the call up";
      expect(told).toEqual(["over", `lost ${A}: ${why}`, `lost ${B}: ${why}`]);
      expect([...there.calls]).toEqual([]);
    },
  );

  test("goes on when rtpengine does not say what it has carried", async () => {
    const { clock, there, told } = await talking();
    there.unanswered.add("query");
    await clock.run(seconds(30));
    expect(told).toEqual([]);
  });

  test("is lost with its rtpengine: who waits for a leg is refused, who waits for an end has it", async () => {
    const { call, clock, there, told } = await talking();
    there.isSilent = true;
    const closing = call.close(A);
    const opening = call.open("leg_C" as LegId, HERE);
    await clock.run(seconds(5));
    expect(await closing).toMatchObject({ packetsForeign: 0 });
    expect(await opening).toEqual({ ok: false, error: { code: "sound-engine-away" } });
    expect(told).toEqual(["over", `lost ${B}: does not answer`]);
  });

  test("refuses a leg for which rtpengine has no ports, and is over", async () => {
    const { call, there, told } = await calling();
    there.refuses.set("offer", "Ran out of ports");
    expect(await call.open(A, HERE)).toEqual({ ok: false, error: { code: "no-free-ports" } });
    expect(told).toEqual(["over"]);
  });
});
