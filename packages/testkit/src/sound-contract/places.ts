import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, anyMedia, B, C, HERE, leg, PAIRS } from "./scene.ts";

/** Ports and legs: who gets which, and that all come back. */
export function placesOfLegs(scene: SoundScene): void {
  test("a leg gets the address that was asked for, an even port, and the odd one after it", async () => {
    const local = await scene.opened(A);
    expect(local).toEqual({ address: "127.0.0.1", port: expect.any(Number), rtcpPort: local.port + 1 });
    expect(local.port % 2).toBe(0);
    expect(scene.engine.describe()).toMatchObject({ legs: 1, portsInUse: 2 });
    if (scene.traits.ownsPorts) expect(scene.engine.describe().portsFree).toBe(2 * PAIRS - 2);
  });

  test("legs have ports of their own", async () => {
    const [first, second] = [await scene.opened(A), await scene.opened(B, A)];
    expect(first.port).not.toBe(second.port);
  });

  test("a leg that is open already keeps its place", async () => {
    const [first, again] = await Promise.all([scene.opened(A), scene.opened(A)]);
    expect(again).toEqual(first);
    expect(scene.engine.describe().legs).toBe(1);
  });

  // rtpengine's ports are its own affair.
  if (scene.traits.ownsPorts)
    test("when all ports are taken the next leg is refused, until ports have drained", async () => {
      for (let i = 0; i < PAIRS; i++) await scene.opened(leg(String(i)));
      expect(await scene.engine.open(A, HERE)).toEqual({ ok: false, error: { code: "no-free-ports" } });
      expect(scene.engine.describe().legs).toBe(PAIRS);
      await scene.engine.close(leg("0"));
      expect(scene.engine.describe()).toMatchObject({ legs: PAIRS - 1, portsDraining: 2, portsFree: 0 });
      await scene.drained();
      await scene.opened(A);
      expect(scene.totalPorts()).toBe(2 * PAIRS);
    });

  test("closing a leg gives its figures once, and nothing stays in use", async () => {
    await scene.opened(A);
    scene.engine.connect(A, anyMedia);
    expect(await scene.engine.close(A)).toMatchObject({
      codec: "PCMA",
      packetsReceived: 0,
      packetsLost: 0,
      mos: undefined,
    });
    expect(await scene.engine.close(A)).toBeUndefined();
    expect(scene.engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
    if (scene.traits.ownsPorts) expect(scene.totalPorts()).toBe(2 * PAIRS);
  });

  test("a leg that is closed while it opens leaves nothing", async () => {
    const opening = scene.engine.open(A, HERE);
    await scene.engine.close(A);
    await opening;
    await scene.engine.close(A);
    expect(scene.engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
  });

  test("stopping closes all legs, and then no leg is let in", async () => {
    await scene.opened(A);
    await scene.opened(B);
    await scene.engine.stopAll();
    expect(scene.engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
    expect(await scene.engine.open(C, HERE)).toEqual({ ok: false, error: { code: "sound-engine-away" } });
    expect(await scene.engine.close(A)).toBeUndefined();
  });
}
