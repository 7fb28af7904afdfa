import { G722, PCMU } from "@cordboard/sip";
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

test("a gateway may change its sound before its answer, once what it was offered is answered", async () => {
  const { phone, device } = await scene.registered("102", { isReliable: true });
  const leg = await scene.place(device);
  const ringing = phone.incoming.at(-1);
  const tooEarly = await ringing?.send("UPDATE", { body: phone.offer() });
  expect([tooEarly?.status, (await ringing?.send("UPDATE"))?.status]).toEqual([491, 200]);
  ringing?.progress(183, { body: phone.answerTo(ringing.request.body) });
  await scene.settle();
  const changed = await ringing?.send("UPDATE", { body: phone.offer("sendrecv", [PCMU]) });
  await scene.settle();
  expect([changed?.status, scene.sound.codecs(leg)]).toEqual([200, ["PCMU"]]);
  expect((await ringing?.send("UPDATE", { body: phone.offer("sendrecv", [G722]) }))?.status).toBe(488);
  ringing?.answer({}, phone.handlers());
  await scene.settle();
  expect([scene.factsOf(leg).at(-1), scene.sound.codecs(leg)]).toEqual(["answered", ["PCMU"]]);
  await scene.end(leg);
  await scene.expectNothingLeft();
});

test("a caller whose offer waits for its answer cannot offer again, but show that it is there", async () => {
  const phone = await scene.phone("101");
  const call = phone.dial("9000");
  await scene.settle();
  await scene.order(scene.caller, { type: "ring" });
  const early = call.early;
  const again = await early?.request("UPDATE", { body: phone.offer() });
  expect([again?.status, again?.response?.headers.get("Retry-After")]).toEqual([500, "1"]);
  expect((await early?.request("UPDATE"))?.status).toBe(200);
  await scene.end(scene.caller);
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
