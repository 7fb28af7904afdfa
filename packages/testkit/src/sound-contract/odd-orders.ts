import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, action, anyMedia, B, C } from "./scene.ts";

/** Orders that make no sense. */
export function oddOrders(scene: SoundScene): void {
  test("orders for legs that are not open are ignored", async () => {
    await scene.opened(A);
    scene.engine.connect(B, anyMedia);
    scene.engine.bridge(A, B);
    scene.engine.bridge(B, C);
    scene.engine.unbridge(B);
    scene.engine.play(B, { kind: "echo" }, action("1"));
    scene.engine.stop(B);
    scene.engine.sendDigits(B, "1");
    scene.engine.mix(B, "room", "all");
    scene.engine.record(B, scene.recordOrder("1"));
    scene.engine.stopRecording(B, scene.recordOrder("1").recording);
    expect(await scene.engine.close(B)).toBeUndefined();
    expect(scene.engine.describe().legs).toBe(1);
    expect(scene.facts).toEqual([]);
  });

  test("orders in an odd sequence do no harm", async () => {
    await scene.opened(A);
    await scene.opened(B, A);
    scene.engine.stop(A);
    scene.engine.unbridge(A);
    scene.engine.sendDigits(A, "12x");
    scene.engine.play(A, { kind: "tone", tone: "busy" }, action("1"));
    scene.engine.bridge(A, A);
    scene.engine.bridge(A, B);
    scene.engine.connect(A, { ...anyMedia, remote: { address: "0.0.0.0", port: 0, rtcpPort: 0 } });
    scene.engine.mix(A, "room", A);
    scene.engine.mix(B, "room", C);
    scene.engine.mix(B, "other", "nobody");
    scene.engine.bridge(B, A);
    scene.engine.stopRecording(A, scene.recordOrder("1").recording);
    scene.engine.connect(B, { ...anyMedia, direction: "inactive", digitsPayload: undefined });
    await Promise.all([scene.engine.close(B), scene.engine.close(A)]);
    expect(scene.engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
  });
}
