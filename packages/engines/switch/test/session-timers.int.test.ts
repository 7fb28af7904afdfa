import type { LegId } from "@cordboard/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Phone, PlacedCall } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

/** A phone calls, says who is to refresh the session every 90 s, and is answered. */
async function answered(
  refresher: "uac" | "uas",
  takes: readonly string[] = [],
): Promise<{ readonly phone: Phone; readonly call: PlacedCall; readonly leg: LegId }> {
  const phone = await scene.phone("101", { takes, ...(refresher === "uas" ? { refreshSeconds: 90 } : {}) });
  const headers = [
    ["Supported", "timer"],
    ["Session-Expires", `90;refresher=${refresher}`],
  ] as const;
  const call = phone.dial("9000", { headers });
  await scene.settle();
  const leg = scene.caller;
  await scene.order(leg, { type: "answer", like: null });
  expect(call.responses.at(-1)?.headers.get("session-expires")).toBe(`90;refresher=${refresher}`);
  return { phone, call, leg };
}

describe("a call with a session timer", () => {
  test("whose phone is gone without a word ends", async () => {
    const { leg } = await answered("uac");
    scene.network.isLost = () => true;
    await scene.pass(100_000, 1000);
    expect(scene.factsOf(leg).at(-1)).toBe("ended");
    expect(scene.fact("ended", leg).reason.party).toBe("caller");
    scene.network.isLost = () => false;
    await scene.pass(70_000, 1000);
    expect(scene.sip.describe()).toMatchObject({ legs: [], sip: { dialogList: [], timers: 0 } });
  });

  test("lasts as long as the phone refreshes it", async () => {
    const { call, leg } = await answered("uac");
    for (let i = 0; i < 4; i++) {
      await scene.pass(45_000, 1000);
      const headers = [
        ["Supported", "timer"],
        ["Session-Expires", "90;refresher=uac"],
      ] as const;
      const refresh = call.dialog?.request("UPDATE", { headers });
      await scene.settle();
      expect(await refresh).toMatchObject({ ok: true });
    }
    expect(scene.factsOf(leg)).toEqual(["incoming", "answered"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("is refreshed by us with an UPDATE, where the phone takes it", async () => {
    const { phone, leg } = await answered("uas", ["UPDATE"]);
    await scene.pass(200_000, 1000);
    expect(scene.network.sent.filter((line) => line.startsWith("UPDATE")).length).toBeGreaterThanOrEqual(4);
    expect(phone.reoffers).toEqual([]);
    expect(scene.factsOf(leg)).toEqual(["incoming", "answered"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("is refreshed by us with the description as it is, where the phone takes no UPDATE", async () => {
    const { phone, leg } = await answered("uas");
    await scene.pass(200_000, 1000);
    expect(scene.network.sent.some((line) => line.startsWith("UPDATE"))).toBe(false);
    expect(phone.reoffers.length).toBeGreaterThanOrEqual(4);
    expect(new Set(phone.reoffers.map((text) => /^o=.*$/m.exec(text)?.[0])).size).toBe(1);
    expect(scene.factsOf(leg)).toEqual(["incoming", "answered"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });
});

test("a session that is too short for us is refused with 422", async () => {
  const phone = await scene.phone("101");
  const headers = [
    ["Supported", "timer"],
    ["Session-Expires", "30"],
  ] as const;
  const call = phone.dial("9000", { headers });
  await scene.settle();
  expect(call.failure).toBe(422);
  expect(scene.facts).toEqual([]);
});
