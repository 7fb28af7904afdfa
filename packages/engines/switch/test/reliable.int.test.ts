import { afterEach, beforeEach, expect, test } from "vitest";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

const acknowledgements = (): number => scene.network.sent.filter((line) => line.startsWith("PRACK")).length;

test("sound before the answer is acknowledged to a gateway that wants it, and holds when the answer brings no other", async () => {
  const { phone, device } = await scene.registered("102", { isReliable: true });
  phone.onCall = (call) => void call.progress(183, { body: phone.answerTo(call.request.body) });
  const leg = await scene.place(device);
  expect(scene.fact("ringing", leg)).toMatchObject({ status: 183, hasEarlyMedia: true });
  expect(acknowledgements()).toBe(1);
  phone.incoming.at(-1)?.answer({}, phone.handlers());
  await scene.settle();
  expect(scene.factsOf(leg)).toEqual(["ringing", "answered"]);
  await scene.end(leg);
  await scene.expectNothingLeft();
});

test("a caller who requires it acknowledges that it rings, and is answered", async () => {
  const phone = await scene.phone("101", { isReliable: true });
  const call = phone.dial("9000", { headers: [["Require", "100rel"]] });
  await scene.settle();
  const leg = scene.caller;
  await scene.order(leg, { type: "ring" });
  expect([call.provisional, acknowledgements()]).toEqual([[180], 1]);
  await scene.order(leg, { type: "answer", like: null });
  expect(call.dialog).toBeDefined();
  await scene.end(leg);
  await scene.expectNothingLeft();
});

test("nobody else has to acknowledge anything", async () => {
  const phone = await scene.phone("101");
  const call = phone.dial("9000");
  await scene.settle();
  await scene.order(scene.caller, { type: "ring" });
  expect([call.provisional, acknowledgements()]).toEqual([[180], 0]);
  await scene.end(scene.caller);
  await scene.expectNothingLeft();
});
