import { verdictOf } from "@cordboard/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

test("a phone calls another, they are bridged, and the caller hangs up", async () => {
  const { phone: ann } = await scene.registered("101");
  const { phone: bob, device } = await scene.registered("102");
  const call = ann.dial("102");
  await scene.settle();
  const incoming = scene.fact("incoming");
  expect(incoming).toMatchObject({ dialled: "102", shows: { name: "Phone 101", number: "101" } });
  const b = await scene.place(device, { offerOf: incoming.leg });
  expect(bob.incoming.length).toBe(1);
  expect(scene.fact("ringing", b)).toMatchObject({ status: 180, hasEarlyMedia: false });
  await scene.order(incoming.leg, { type: "ring" });
  expect(call.provisional).toEqual([180]);
  bob.pickUp();
  await scene.settle();
  expect(scene.factsOf(b)).toEqual(["ringing", "answered"]);
  await scene.order(incoming.leg, { type: "answer", like: b });
  await scene.order(incoming.leg, { type: "bridge", to: b });
  expect(call.dialog).toBeDefined();
  expect(scene.sound.orders).toContain(`bridge ${incoming.leg} ${b}`);
  await call.dialog?.bye();
  await scene.settle();
  expect(scene.fact("ended", incoming.leg).reason).toMatchObject({
    why: "normal-clearing",
    party: "caller",
    cause: 16,
  });
  await scene.order(b, { type: "end", reason: verdictOf({ kind: "ordered", why: "normal-clearing" }) });
  expect(bob.ends[0]?.request?.headers.get("reason")).toBe('Q.850;cause=16;text="normal-clearing"');
  await scene.expectNothingLeft();
});
