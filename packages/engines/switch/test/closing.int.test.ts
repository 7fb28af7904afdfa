import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

describe("the way out", () => {
  test("lets running calls end by themselves", async () => {
    const { a, b, annDialog, bobDialog } = await scene.talking();
    const drained = scene.sip.drain(30_000 as never);
    await scene.pass(5000);
    expect(scene.sip.describe().legs.length).toBe(2);
    await annDialog.bye();
    await bobDialog.bye();
    await drained;
    expect([a, b].map((leg) => scene.fact("ended", leg).reason.why)).toEqual(["normal-clearing", "normal-clearing"]);
    await scene.expectNothingLeft();
  });

  test("ends those that are left at the deadline", async () => {
    const { a, b, ann, bob } = await scene.talking();
    const drained = scene.sip.drain(30_000 as never);
    await scene.pass(30_000, 1000);
    await drained;
    expect([a, b].map((leg) => scene.fact("ended", leg).reason.why)).toEqual(["shutting-down", "shutting-down"]);
    expect([ann.ends.length, bob.ends.length]).toEqual([1, 1]);
    await scene.expectNothingLeft();
  });

  test("lets go of those whose peers are gone, once their sound is closed", async () => {
    const { a, b } = await scene.talking();
    scene.network.isLost = (message) => message.startsWith("BYE");
    let close = (): void => {};
    scene.sound.closing = new Promise((resolve) => {
      close = resolve;
    });
    let isDrained = false;
    const drained = scene.sip.drain(1000 as never).then(() => {
      isDrained = true;
    });
    await scene.pass(3000);
    expect([a, b].map((leg) => scene.factsOf(leg).at(-1))).toEqual(["ended", "ended"]);
    expect(isDrained).toBe(false);
    close();
    await scene.settle();
    await drained;
    scene.network.isLost = () => false;
  });

  test("waits briefly for peers that are gone, and makes no new call", async () => {
    const { a, b } = await scene.talking();
    const device = scene.devices.at(-1)?.id;
    scene.network.isLost = () => true;
    const closed = scene.sip.close();
    const late = device === undefined ? undefined : await scene.place(device);
    expect(late !== undefined && scene.fact("ended", late).reason.why).toBe("shutting-down");
    await scene.pass(2000);
    await closed;
    expect([a, b].map((leg) => scene.factsOf(leg).at(-1))).toEqual(["ended", "ended"]);
    expect(scene.sip.describe()).toMatchObject({ legs: [], timers: 0, sip: { timers: 0, dialogs: 0, calls: 0 } });
    expect(scene.sound.describe().legs).toBe(0);
  });
});
