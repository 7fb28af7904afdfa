import { ms } from "@cordboard/kernel";
import { leaveOut } from "@cordboard/testkit/left-out";
import { rtpengineMissing, startRtpengine } from "@cordboard/testkit/rtpengine";
import { afterEach, describe, expect, test } from "vitest";
import { leg, Rig } from "./rig.ts";

const [A, B, C, D] = [leg("A"), leg("B"), leg("C"), leg("D")];
/** A dead rtpengine is noticed within this. */
const NOTICED_MS = 5000;

describe("rtpengines", () => {
  const missing = rtpengineMissing();
  if (missing !== undefined) leaveOut(missing);
  let rig: Rig | undefined;
  const started = async (...how: Parameters<typeof Rig.start>): Promise<Rig> => {
    rig = await Rig.start(...how);
    return rig;
  };
  afterEach(() => rig?.end());

  test("share new calls, and the legs of one call are with the same", async () => {
    const { engine, relays } = bound(await started([{}, {}]));
    for (const name of ["1", "2", "3", "4"]) {
      const first = leg(`${name}a`);
      await engine.open(first, { address: "127.0.0.1" });
      await engine.open(leg(`${name}b`), { address: "127.0.0.1", near: first });
    }
    expect(relays()).toEqual([2, 2]);
  });

  test.each([
    ["dies", "kill"],
    ["hangs", "freeze"],
  ] as const)("one that %s is noticed: its legs are lost, others go on, and new calls avoid it", async (_how, what) => {
    const scene = await started([{}, {}]);
    await scene.pair(A, B);
    const [c] = await scene.pair(C, D);
    const holder = scene.rtpengines[scene.relays().indexOf(1)];
    await holder?.[what]();
    const first = scene.engine.describe().relays?.[0];
    expect(first).toMatchObject({ calls: 1 });
    await scene.fact({ type: "lost", leg: A }, NOTICED_MS);
    await scene.fact({ type: "lost", leg: B }, 500);
    expect(scene.relays()).toEqual(["away", 1]);
    await c.heard(620, ms(200));
    await scene.talking(leg("E"));
    expect(scene.relays()).toEqual(["away", 2]);
    expect(scene.facts.filter(({ type }) => type === "lost")).toHaveLength(2);
    if (what === "freeze") scene.rtpengines[0]?.thaw();
  });

  test("one that hung is used again when it answers, and is told to forget what was lost", async () => {
    const scene = await started([{}]);
    await scene.pair(A, B);
    scene.rtpengines[0]?.freeze();
    await scene.fact({ type: "lost", leg: B }, NOTICED_MS);
    scene.rtpengines[0]?.thaw();
    await expect.poll(() => scene.relays(), { timeout: NOTICED_MS }).toEqual([0]);
    await scene.pair(C, D);
    expect(scene.relays()).toEqual([1]);
    // The ports of its own two legs and of what was lost would be eight more.
    await expect.poll(() => scene.engine.describe().portsFree, { timeout: NOTICED_MS }).toBe(400 - 8);
  });

  test("one that was started anew between two looks has lost its calls", async () => {
    const scene = await started([{}]);
    await scene.pair(A, B);
    const [old] = scene.rtpengines;
    await old?.kill();
    scene.rtpengines.push(await startRtpengine({ port: old?.port ?? 0 }));
    await scene.fact({ type: "lost", leg: A }, NOTICED_MS);
    await scene.fact({ type: "lost", leg: B }, NOTICED_MS);
    await expect.poll(() => scene.relays(), { timeout: NOTICED_MS }).toEqual([0]);
    await scene.pair(C, D);
  });

  test("that are all away leave calls to the built-in engine", async () => {
    const scene = await started([{}]);
    await scene.rtpengines[0]?.kill();
    await expect.poll(() => scene.relays(), { timeout: NOTICED_MS }).toEqual(["away"]);
    await scene.pair(A, B);
    expect(scene.builtin.describe()).toMatchObject({ legs: 2 });
    expect(await scene.engine.close(A)).toMatchObject({ packetsForeign: 0, mos: expect.any(Number) });
  });

  test("that come back are joined with calls that the built-in engine carries", async () => {
    const scene = await started([{}]);
    const [old] = scene.rtpengines;
    await old?.kill();
    await expect.poll(() => scene.relays(), { timeout: NOTICED_MS }).toEqual(["away"]);
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    scene.rtpengines.push(await startRtpengine({ port: old?.port ?? 0 }));
    await expect.poll(() => scene.relays(), { timeout: NOTICED_MS }).toEqual([0]);
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    expect(scene.relays()).toEqual([1]);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
  });

  test("that have no ports left refuse the next leg, and one beside them takes it", async () => {
    const scene = await started([{ soundPorts: 16 }]);
    const at = { address: "127.0.0.1" };
    const taken = [];
    for (let i = 0; i < 8; i++) taken.push(await scene.engine.open(leg(String(i)), at));
    const full = taken.findIndex(({ ok }) => !ok);
    expect(full).toBeGreaterThanOrEqual(3);
    expect(taken[full]).toEqual({ ok: false, error: { code: "no-free-ports" } });
    expect(scene.builtin.describe().legs).toBe(0);
    await scene.engine.close(leg("0"));
    expect(await scene.engine.open(A, at)).toMatchObject({ ok: true });
  });
});

/** The scene with its methods as functions. */
const bound = (rig: Rig): { engine: Rig["engine"]; relays: () => ReturnType<Rig["relays"]> } => ({
  engine: rig.engine,
  relays: () => rig.relays(),
});
