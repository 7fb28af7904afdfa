import { PCMA } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

describe("digits", () => {
  test("come from the sound engine and by INFO alike", async () => {
    const { a, annDialog } = await scene.talking();
    scene.sound.tell({ type: "digit", leg: a, digit: "4", lasted: 80 as never });
    const info = { contentType: "application/dtmf-relay", body: "Signal=#\r\nDuration=90\r\n" };
    expect((await annDialog.request("INFO", info)).ok).toBe(true);
    await scene.settle();
    expect(scene.facts.flatMap((fact) => (fact.type === "digit" ? `${fact.digit} ${fact.lasted}` : []))).toEqual([
      "4 80",
      "# 90",
    ]);
    expect((await annDialog.request("INFO", { contentType: "text/plain", body: "x" })).status).toBe(415);
  });

  test("that came as messages go on to whom the leg talks with, among the sound; those among the sound went there by themselves", async () => {
    const { a, b, annDialog } = await scene.talking();
    scene.sound.tell({ type: "digit", leg: a, digit: "4", lasted: 80 as never });
    expect(await annDialog.request("INFO", { contentType: "application/dtmf", body: "5" })).toMatchObject({ ok: true });
    await scene.settle();
    expect(scene.sound.orders.filter((order) => order.startsWith("digits"))).toEqual([`digits ${b} 5`]);
  });

  test("go as messages to a phone that does not take them among its sound", async () => {
    const { a, b, bob } = await scene.talking({ answer: [PCMA], takes: ["INFO"] });
    scene.sound.tell({ type: "digit", leg: a, digit: "4", lasted: 80 as never });
    await scene.order(b, { type: "send-digits", digits: "5#" });
    await scene.settle();
    expect(bob.requests.map(({ method, body }) => [method, new TextDecoder().decode(body)])).toEqual(
      ["4", "5", "#"].map((digit) => ["INFO", `Signal=${digit}\r\nDuration=160\r\n`]),
    );
    expect(scene.sound.orders.filter((order) => order.startsWith("digits"))).toEqual([]);
  });

  test("do not reach who hears something else at the moment", async () => {
    const { b, annDialog } = await scene.talking();
    await scene.order(b, { type: "play", source: { kind: "music" } });
    await annDialog.request("INFO", { contentType: "application/dtmf", body: "5" });
    await scene.settle();
    expect(scene.sound.orders.filter((order) => order.startsWith("digits"))).toEqual([]);
  });

  test("are sent to a leg that understands them, and to no other", async () => {
    const { a, b } = await scene.talking({ answer: [PCMA] });
    await scene.order(a, { type: "send-digits", digits: "12#" });
    expect(scene.sound.orders.at(-1)).toBe(`digits ${a} 12#`);
    const deaf = await scene.order(b, { type: "send-digits", digits: "1" });
    expect(scene.fact("failed", b).action).toBe(deaf);
    const wrong = await scene.order(a, { type: "send-digits", digits: "12x" });
    expect(scene.fact("failed", a).action).toBe(wrong);
  });
});
