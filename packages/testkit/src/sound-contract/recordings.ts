import { ms } from "@cordboard/kernel";
import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, anyMedia, B } from "./scene.ts";

/** How recordings end, by orders alone. */
export function recordings(scene: SoundScene): void {
  test("a recording that is stopped is done once, however often it is stopped", async () => {
    await scene.opened(A);
    scene.engine.connect(A, anyMedia);
    const order = scene.recordOrder("1");
    scene.engine.record(A, order);
    scene.engine.stopRecording(A, order.recording);
    scene.engine.stopRecording(A, order.recording);
    expect(await scene.recordDone(order)).toMatchObject({ leg: A, why: "stopped" });
    await scene.engine.close(A);
    expect(scene.facts.filter(({ type }) => type === "record-done")).toHaveLength(1);
  });

  test("a recording ends with its leg, and is told before the leg is closed", async () => {
    await scene.opened(A);
    scene.engine.connect(A, anyMedia);
    scene.engine.record(A, scene.recordOrder("1"));
    await scene.engine.close(A);
    expect(scene.facts.filter(({ type }) => type === "record-done")).toMatchObject([{ leg: A, why: "leg-ended" }]);
  });

  test("a leg has one recording at a time: a second one is refused, and the first goes on", async () => {
    await scene.opened(A);
    scene.engine.connect(A, anyMedia);
    const [first, second] = [scene.recordOrder("1"), scene.recordOrder("2")];
    scene.engine.record(A, first);
    scene.engine.record(A, second);
    expect(await scene.recordDone(second)).toMatchObject({ leg: A, why: "fault", lasted: ms(0) });
    scene.engine.stopRecording(A, second.recording);
    scene.engine.stopRecording(A, first.recording);
    expect(await scene.recordDone(first)).toMatchObject({ why: "stopped" });
  });

  test("a leg whose recording is stopped can be recorded again, and two legs at once", async () => {
    await scene.opened(A);
    await scene.opened(B, A);
    for (const leg of [A, B]) scene.engine.connect(leg, anyMedia);
    const [first, second, other] = [scene.recordOrder("1"), scene.recordOrder("2"), scene.recordOrder("3")];
    scene.engine.record(A, first);
    scene.engine.record(B, other);
    scene.engine.stopRecording(A, first.recording);
    await scene.recordDone(first);
    scene.engine.record(A, second);
    await Promise.all([scene.engine.close(A), scene.engine.close(B)]);
    expect(await scene.recordDone(second)).toMatchObject({ leg: A, why: "leg-ended" });
    expect(await scene.recordDone(other)).toMatchObject({ leg: B, why: "leg-ended" });
  });
}
