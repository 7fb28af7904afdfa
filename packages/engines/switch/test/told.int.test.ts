import type { HeaderList, IncomingCall, SipRequest } from "@cordboard/sip";
import { PCMU } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Phone } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

describe("a phone that rings", () => {
  /** Rings, and says which events it takes. */
  async function rung(headers: HeaderList, serve?: (call: IncomingCall) => void) {
    const { phone, device } = await scene.registered("102");
    phone.onCall = (call) => {
      serve?.(call);
      call.progress(180, { headers });
    };
    return { phone, leg: await scene.place(device) };
  }

  test("and says so can be told to take the call", async () => {
    const asked: SipRequest[] = [];
    const { phone, leg } = await rung([["Allow-Events", "talk, hold"]], (call) =>
      call.onRequest((incoming) => {
        asked.push(incoming.request);
        incoming.respond(200);
        phone.pickUp(call);
      }),
    );
    await scene.order(leg, { type: "talk" }, 10_000);
    expect(asked.map(({ method, headers }) => [method, headers.get("event")])).toEqual([["NOTIFY", "talk"]]);
    expect(scene.factsOf(leg)).toEqual(["ringing", "answered"]);
    await scene.pass(10_000);
    expect(scene.factsOf(leg)).toEqual(["ringing", "answered"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("but does not say so is not told", async () => {
    const { leg } = await rung([["Allow-Events", "hold"]]);
    const talk = await scene.order(leg, { type: "talk" }, 10_000);
    expect(scene.fact("failed", leg)).toMatchObject({ action: talk, why: expect.stringContaining("told to answer") });
    expect(scene.network.sent.some((line) => line.startsWith("NOTIFY"))).toBe(false);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("and refuses to be told rings on", async () => {
    const { leg } = await rung([["Allow-Events", "talk"]], (call) =>
      call.onRequest((incoming) => void incoming.respond(489)),
    );
    const talk = await scene.order(leg, { type: "talk" }, 10_000);
    expect(scene.fact("failed", leg)).toMatchObject({ action: talk, why: expect.stringContaining("489") });
    expect(scene.factsOf(leg)).toEqual(["ringing", "failed"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("and says yes but does nothing has failed at the deadline", async () => {
    const { leg } = await rung([["Allow-Events", "talk"]], (call) =>
      call.onRequest((incoming) => void incoming.respond(200)),
    );
    const talk = await scene.order(leg, { type: "talk" }, 10_000);
    expect(scene.factsOf(leg)).toEqual(["ringing"]);
    await scene.pass(10_000);
    expect(scene.fact("failed", leg).action).toBe(talk);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("no other phone can be told", async () => {
    const phone = await scene.phone("101");
    phone.dial("102");
    await scene.settle();
    const talk = await scene.order(scene.caller, { type: "talk" }, 10_000);
    expect(scene.fact("failed").action).toBe(talk);
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });
});

describe("whom a phone talks with", () => {
  const shown = (phone: Phone): readonly (string | undefined)[] =>
    phone.requests.map(({ headers }) => headers.get("p-asserted-identity"));

  test("is said with the answer, and needs no more words", async () => {
    const { a, b, ann, bob, call } = await scene.talking({ takes: ["UPDATE"] });
    expect(call.responses.at(-1)?.headers.get("p-asserted-identity")).toBe('"Phone 102" <sip:102@home.example>');
    expect([shown(ann), shown(bob)]).toEqual([[], []]);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("is said again when that is somebody else now, to both", async () => {
    const { a, b, ann } = await scene.talking({ takes: ["UPDATE"] });
    const carol = await scene.registered("103", { takes: ["UPDATE"] });
    const c = await scene.place(carol.device, { shows: { name: "Phone 102", number: "102" } });
    carol.phone.pickUp();
    await scene.settle();
    await scene.order(a, { type: "bridge", to: c });
    expect(shown(ann)).toEqual(['"Phone 103" <sip:103@home.example>']);
    expect(shown(carol.phone)).toEqual(['"Phone 101" <sip:101@home.example>']);
    await scene.order(a, { type: "bridge", to: c });
    expect(shown(ann).length).toBe(1);
    for (const leg of [a, b, c]) await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("is said after an offer of ours, not across it", async () => {
    const { a, b, ann } = await scene.talking({ takes: ["UPDATE"] });
    const carol = await scene.registered("103");
    carol.phone.codecs = [PCMU];
    const c = await scene.place(carol.device);
    carol.phone.pickUp();
    await scene.settle();
    let answer = (): void => {};
    ann.onReinvite = (incoming) => {
      answer = () => void incoming.respond(200, { body: ann.answerTo(incoming.request.body) });
    };
    await scene.order(a, { type: "bridge", to: c });
    expect(shown(ann)).toEqual([]);
    answer();
    await scene.settle();
    expect(shown(ann).length).toBe(1);
    for (const leg of [a, b, c]) await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("is not said to a phone that takes no UPDATE, nor to a carrier", async () => {
    const { a, b, ann } = await scene.talking();
    const carrier = await scene.phone("carrier", { takes: ["UPDATE"], address: { address: "10.0.9.1", port: 5060 } });
    const c = await scene.placeOut(scene.house.addTrunk("10.0.9.1:5060"), "0039040");
    carrier.pickUp();
    await scene.settle();
    // The carrier was told 101 in the INVITE; now it is 102 that talks there.
    await scene.order(a, { type: "bridge", to: c });
    await scene.order(b, { type: "bridge", to: c });
    expect([shown(ann), shown(carrier)]).toEqual([[], []]);
    for (const leg of [a, b, c]) await scene.end(leg);
    await scene.expectNothingLeft();
  });
});
