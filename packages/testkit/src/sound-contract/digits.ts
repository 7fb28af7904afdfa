import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, B } from "./scene.ts";

/** Telephone events in both directions. */
export function digits(scene: SoundScene): void {
  test("digits are told once each, and reach the bridged leg under its own number", async () => {
    const [a] = await scene.talking(A, { digitsPayload: 101 });
    const [b] = await scene.talking(B, { digitsPayload: 96 }, A);
    scene.engine.bridge(A, B);
    await b.heard(440);
    await a.sendDigits("1*A");
    await b.heardDigits("1*A");
    await scene.fact(() => scene.digitsOf(A) === "1*A");
    expect(b.digits).toBe("1*A");
    expect(scene.digitsOf(B)).toBe("");
    await a.heard(440);
  });

  test("digits that are sent arrive in order, equal ones apart", async () => {
    const [a] = await scene.talking(A);
    scene.engine.sendDigits(A, "5500#");
    await a.heardDigits("5500#");
    expect(a.digits).toBe("5500#");
  });
}
