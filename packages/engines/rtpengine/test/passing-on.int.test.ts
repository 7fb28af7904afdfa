import type { LegQuality, LocalMedia } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { clockOf, ms } from "@cordboard/kernel";
import { middleOf, ntpTimeOf } from "@cordboard/rtp";
import type { RtpPeer } from "@cordboard/testkit";
import { rtpPeer } from "@cordboard/testkit";
import { leaveOut } from "@cordboard/testkit/left-out";
import { rtpengineMissing } from "@cordboard/testkit/rtpengine";
import { afterEach, describe, expect, test } from "vitest";
import { leg, Rig } from "./rig.ts";

const [A, B] = [leg("A"), leg("B")];
const clock = clockOf(globalThis);

describe("two legs that only talk", () => {
  const missing = rtpengineMissing();
  if (missing !== undefined) leaveOut(missing);
  let rig: Rig | undefined;
  const started = async (...how: Parameters<typeof Rig.start>): Promise<Rig> => {
    rig = await Rig.start(...how);
    return rig;
  };
  afterEach(() => rig?.end());

  test.each(["udp", "tcp"] as const)(
    "need nothing of the built-in engine, and their digits are told (ng over %s)",
    async (transport) => {
      const scene = await started([{}], { transport });
      const [a, b] = await scene.pair(A, B);
      expect(scene.builtin.describe().legs).toBe(0);
      await a.sendDigits("5#");
      await b.heardDigits("5#");
      await scene.fact({ type: "digit", leg: A, digit: "#" });
      expect(scene.facts.flatMap((fact) => (fact.type === "digit" ? [fact] : []))).toEqual([
        { type: "digit", leg: A, digit: "5", lasted: expect.any(Number) },
        { type: "digit", leg: A, digit: "#", lasted: expect.any(Number) },
      ]);
      expect(scene.builtin.describe().legs).toBe(0);
      expect(scene.warnings).toEqual([]);
    },
  );

  test("are carried by the built-in engine where rtpengine tells no digits", async () => {
    const scene = await started([{ tellsDigits: false }]);
    const [a] = await scene.pair(A, B);
    expect(scene.builtin.describe().legs).toBe(2);
    await a.sendDigits("7");
    await scene.fact({ type: "digit", leg: A, digit: "7" });
    expect(scene.warnings).toContainEqual(expect.stringMatching(/tells no digits/));
  });

  test("get doubles while something is played, and lose them after it", async () => {
    const scene = await started([{}]);
    const [a, b] = await scene.pair(A, B);
    scene.engine.sendDigits(A, "12");
    await a.heardDigits("12");
    expect(scene.builtin.describe().legs).toBe(2);
    await expect.poll(() => scene.builtin.describe().legs, { timeout: 5000 }).toBe(0);
    await Promise.all([a.heard(620), b.heard(440)]);
    expect(await scene.engine.close(A)).toMatchObject({ packetsForeign: 0 });
  });

  test("are told to be silent and heard again, with their figures meanwhile", async () => {
    const scene = await started([{}], { silentAfter: ms(2000) });
    const [a, b] = await scene.pair(A, B);
    a.pause();
    await scene.fact({ type: "silent", leg: A });
    expect(scene.facts.filter(({ type, leg }) => type === "silent" && leg === B)).toEqual([]);
    a.sendTo(await seatOf(scene, A));
    await b.heard(440);
    await scene.fact({ type: "heard", leg: A });
    const figures = scene.facts.flatMap((fact) => (fact.type === "quality" && fact.leg === B ? [fact.quality] : []));
    expect(figures.at(-1)?.packetsReceived).toBeGreaterThan(100);
  });

  test("are known to have travelled as their peers report to each other", async () => {
    const scene = await started([{}]);
    const [a, b] = await scene.pair(A, B);
    const [atA, atB] = [await seatOf(scene, A), await seatOf(scene, B)];
    /** A peer tells that it hears the other, of whose packets it has missed so many. */
    const report = (from: RtpPeer, at: LocalMedia, of: RtpPeer, packetsLost: number): void => {
      const heard = from.reports.findLast((each) => each.type === "sender-report");
      const block = {
        ssrc: of.ssrc,
        lossFraction: 2,
        packetsLost,
        highestSequence: 100,
        jitter: 24,
        lastReport: heard === undefined ? 0 : middleOf(heard.sentAt),
        // A tenth of a second, in units of 1/65536 s: less than has passed since then.
        delaySinceLastReport: 6554,
      };
      const counts = { ssrc: from.ssrc, timestamp: 0, packetsSent: 100, octetsSent: 16_000 };
      from.sendRtcp([{ type: "sender-report", ...counts, sentAt: ntpTimeOf(clock.now()), blocks: [block] }], at);
    };
    const qualityOf = (id: LegId): LegQuality | undefined =>
      scene.facts.flatMap((fact) => (fact.type === "quality" && fact.leg === id ? [fact.quality] : [])).at(-1);
    const isReported = (): boolean => {
      report(a, atA, b, 3);
      report(b, atB, a, 7);
      return qualityOf(A)?.mos !== undefined && qualityOf(B)?.mos !== undefined;
    };
    await expect.poll(isReported, { timeout: 20_000, interval: 500 }).toBe(true);
    expect(qualityOf(A)).toMatchObject({ packetsLost: 7, jitterMs: 3, roundTripMs: expect.any(Number) });
    expect(qualityOf(B)).toMatchObject({ packetsLost: 3, jitterMs: 3 });
    expect(qualityOf(A)?.remoteLossRatio).toBeGreaterThan(0);
    expect(qualityOf(A)?.remoteLossRatio).toBeLessThan(0.05);
    expect(scene.builtin.describe().legs).toBe(0);
    const last = await scene.engine.close(A);
    expect(last).toMatchObject({ packetsLost: 7, mos: expect.any(Number) });
  });

  test("hear a peer that is not where it says, and from then on nobody else", async () => {
    const scene = await started([{}]);
    const [b] = await scene.talking(B, { frequencyHz: 620 });
    const [named, real] = [await rtpPeer(), await rtpPeer({ frequencyHz: 440 })];
    const opened = await scene.engine.open(A, { address: "127.0.0.1", near: B });
    if (!opened.ok) throw new Error("refused");
    scene.engine.connect(A, named.agreed());
    scene.engine.bridge(A, B);
    real.sendTo(opened.value);
    await Promise.all([real.heard(620), b.heard(440)]);
    const stranger = await rtpPeer({ frequencyHz: 1500 });
    // By then rtpengine is sure of what it has found.
    await real.resting(ms(5500));
    stranger.sendTo(opened.value);
    await stranger.resting(ms(1500));
    await Promise.all([real.heard(620), b.heard(440)]);
    expect(stranger.packets).toEqual([]);
    await Promise.all([named, real, stranger].map((each) => each.close()));
  });
});

/** Where a leg's peer sends: opening a leg again gives the place that it has. */
async function seatOf({ engine }: Rig, id: LegId): Promise<LocalMedia> {
  const opened = await engine.open(id, { address: "127.0.0.1" });
  if (!opened.ok) throw new Error("refused");
  return opened.value;
}
