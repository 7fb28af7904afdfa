import type { LegFact } from "@cordboard/core";
import type { LegId, RecordingId, TenantId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { AudioCodec } from "@cordboard/sip";
import { G722, OPUS, PCMA, PCMU, parseSdp, TELEPHONE_EVENT } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Talk } from "./scene.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

const wide: readonly AudioCodec[] = [OPUS, PCMA, TELEPHONE_EVENT];
const recording = "rec_1" as RecordingId;
const take = {
  type: "record",
  recording,
  tracks: "both",
  atMost: ms(60_000),
  untilSilence: null,
  hasNotice: true,
} as const;

const formats = (body: string | undefined): readonly string[] => {
  const sdp = parseSdp(body ?? "");
  return sdp.ok ? (sdp.value.media[0]?.formats ?? []) : [];
};

const soundOrders = (): readonly string[] => scene.sound.orders.filter((order) => !order.startsWith("connect"));

const recorded = (): readonly Extract<LegFact, { type: "record-done" }>[] =>
  scene.facts.flatMap((fact) => (fact.type === "record-done" ? [fact] : []));

async function over({ a, b }: Talk): Promise<void> {
  await scene.end(a);
  await scene.end(b);
  await scene.expectNothingLeft();
}

describe("music", () => {
  test("is heard by a phone that talks in another codec: both are offered G.711", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    const { a, b, ann, bob } = talk;
    expect(scene.sound.codecs(b)?.[0]).toBe("OPUS");
    await scene.order(b, { type: "unbridge" });
    bob.codecs = [OPUS];
    bob.onReinvite = (incoming) => void incoming.respond(488);
    ann.codecs = [OPUS];
    const deaf = await scene.order(a, { type: "play", source: { kind: "music" } });
    expect(scene.sound.codecs(a)).toEqual(["OPUS", "PCMA"]);
    expect(scene.sound.hearing(a)).toEqual({ kind: "music" });
    expect(scene.facts.some((fact) => fact.type === "failed" && fact.action === deaf)).toBe(false);
    await over(talk);
  });

  test("for one who shares no G.711 with the other brings both to it, so that they understand each other afterwards", async () => {
    const talk = await scene.talking({ offer: [OPUS, TELEPHONE_EVENT], answer: [OPUS, TELEPHONE_EVENT] });
    const { a, b, ann, bob } = talk;
    for (const phone of [ann, bob]) phone.codecs = wide;
    await scene.order(a, { type: "play", source: { kind: "music" } });
    await scene.settle();
    expect([a, b].map((leg) => scene.sound.codecs(leg))).toEqual([["PCMA"], ["PCMA"]]);
    expect(formats(ann.reoffers.at(-1))).toEqual(["8", "0", "101"]);
    expect(scene.sound.hearing(a)).toEqual({ kind: "music" });
    await over(talk);
  });

  test("that was taken back before it could begin is not heard", async () => {
    const phone = await scene.phone("101");
    scene.network.isLost = (message) => message.startsWith("ACK");
    phone.dial("9000", { body: "" });
    await scene.settle();
    const leg = scene.caller;
    await scene.order(leg, { type: "answer", like: null });
    await scene.order(leg, { type: "play", source: { kind: "music" } });
    await scene.order(leg, { type: "stop" });
    scene.network.isLost = () => false;
    await scene.pass(1000);
    expect(soundOrders()).toEqual([`stop ${leg}`]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("and silence and words are sound like any other", async () => {
    const talk = await scene.talking();
    await scene.order(talk.a, { type: "play", source: { kind: "silence" } });
    await scene.order(talk.a, {
      type: "play",
      source: { kind: "spoken", tenant: "ten_1" as TenantId, language: "it", words: [] },
    });
    await scene.order(talk.a, { type: "stop" });
    expect(soundOrders().slice(-3)).toEqual([`play ${talk.a} silence`, `play ${talk.a} spoken`, `stop ${talk.a}`]);
    await over(talk);
  });
});

describe("a room", () => {
  test("takes legs as they are when they speak G.711, and says to whom each speaks", async () => {
    const talk = await scene.talking();
    await scene.order(talk.a, { type: "mix", room: "r", speaksTo: "all" });
    await scene.order(talk.b, { type: "mix", room: "r", speaksTo: talk.a });
    expect(soundOrders().slice(-2)).toEqual([`mix ${talk.a} r all`, `mix ${talk.b} r ${talk.a}`]);
    expect(talk.ann.reoffers).toEqual([]);
    await over(talk);
  });

  test("lets a leg in that has something else once it has taken G.711, which is all that it may change to", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    await scene.order(talk.a, { type: "mix", room: "r", speaksTo: "all" });
    await scene.settle();
    expect(scene.sound.codecs(talk.a)).toEqual(["PCMA"]);
    expect(soundOrders().at(-1)).toBe(`mix ${talk.a} r all`);
    const asked = await talk.annDialog.reinvite({ body: talk.ann.offer("sendrecv", [OPUS, PCMU]) });
    expect(asked.ok && formats(new TextDecoder().decode(asked.response.body))).toEqual(["0"]);
    await over(talk);
  });

  test("is closed to one who does not take G.711", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    talk.ann.onReinvite = (incoming) => void incoming.respond(488);
    const mix = await scene.order(talk.a, { type: "mix", room: "r", speaksTo: "all" });
    expect(scene.fact("failed", talk.a).action).toBe(mix);
    expect(soundOrders().some((order) => order.startsWith("mix"))).toBe(false);
    await over(talk);
  });

  test("is not entered by one who was sent out while it was still asked", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    let answer = (): void => {};
    talk.ann.onReinvite = (incoming) => {
      answer = () => void incoming.respond(200, { body: talk.ann.answerTo(incoming.request.body) });
    };
    await scene.order(talk.a, { type: "mix", room: "r", speaksTo: "all" });
    await scene.order(talk.a, { type: "unbridge" });
    answer();
    await scene.settle();
    expect(soundOrders().at(-1)).toBe(`unbridge ${talk.a}`);
    expect(scene.facts.some(({ type }) => type === "failed")).toBe(false);
    await over(talk);
  });
});

describe("two legs that share no codec", () => {
  async function strangers(second: readonly AudioCodec[]): Promise<readonly [LegId, LegId]> {
    const ann = await scene.registered("101");
    const bob = await scene.registered("102");
    ann.phone.codecs = wide;
    bob.phone.codecs = [G722, PCMA, TELEPHONE_EVENT];
    ann.phone.dial("102");
    await scene.settle();
    const a = scene.caller;
    const b = await scene.place(bob.device);
    bob.phone.pickUp();
    await scene.settle();
    ann.phone.codecs = [OPUS];
    await scene.order(a, { type: "answer", like: null });
    ann.phone.codecs = wide;
    bob.phone.codecs = second;
    return [a, b];
  }

  test("meet in G.711", async () => {
    const [a, b] = await strangers([PCMU, TELEPHONE_EVENT]);
    await scene.order(a, { type: "bridge", to: b });
    expect(scene.sound.hearing(a)).toBe(b);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });
});

describe("a recording", () => {
  test("is written where it belongs, and is done when the sound engine says so", async () => {
    const talk = await scene.talking();
    await scene.order(talk.a, take);
    expect(scene.sound.recording(talk.a)).toEqual({
      recording,
      path: "/recordings/ten_home/rec_1.wav",
      tracks: "both",
      atMost: 60_000,
      untilSilence: null,
      hasNotice: true,
    });
    await scene.order(talk.a, { type: "stop-recording", recording });
    expect(recorded()).toMatchObject([{ leg: talk.a, recording, why: "stopped" }]);
    await over(talk);
  });

  test("ends with its leg, and before it", async () => {
    const talk = await scene.talking();
    await scene.order(talk.a, take);
    await scene.end(talk.a);
    expect(scene.factsOf(talk.a).slice(-2)).toEqual(["record-done", "ended"]);
    expect(recorded()).toMatchObject([{ why: "leg-ended" }]);
    await scene.end(talk.b);
    await scene.expectNothingLeft();
  });

  test("of a leg that cannot be waited for has lasted until then", async () => {
    const talk = await scene.talking();
    await scene.order(talk.a, take);
    await scene.pass(3000);
    let close = (): void => {};
    scene.sound.closing = new Promise((resolve) => {
      close = resolve;
    });
    await scene.end(talk.a, "normal-clearing", 2000);
    await scene.pass(2000);
    expect(scene.factsOf(talk.a).slice(-2)).toEqual(["record-done", "ended"]);
    expect(recorded()).toMatchObject([{ why: "leg-ended", lasted: 5000 }]);
    close();
    await scene.end(talk.b);
    await scene.expectNothingLeft();
  });

  test("of two that talk in another codec brings both to G.711 first", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    await scene.order(talk.b, take);
    await scene.settle();
    expect([talk.a, talk.b].map((leg) => scene.sound.codecs(leg))).toEqual([["PCMA"], ["PCMA"]]);
    expect(soundOrders().at(-1)).toMatch(/^record/);
    await over(talk);
  });

  test("that cannot be made ends at once as a fault", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    talk.bob.onReinvite = (incoming) => void incoming.respond(488);
    await scene.order(talk.b, take);
    await scene.settle();
    expect(recorded()).toMatchObject([{ leg: talk.b, why: "fault", lasted: 0 }]);
    await over(talk);
  });

  test("that was stopped before it could begin is not made", async () => {
    const talk = await scene.talking({ offer: wide, answer: wide });
    talk.bob.onReinvite = () => {};
    await scene.order(talk.b, take);
    await scene.order(talk.b, { type: "stop-recording", recording });
    expect(recorded()).toMatchObject([{ why: "stopped", lasted: 0 }]);
    expect(soundOrders().some((order) => order.startsWith("record"))).toBe(false);
    await over(talk);
  });

  test("of a leg that is ending is a fault too", async () => {
    const talk = await scene.talking();
    scene.say(talk.a, {
      type: "end",
      reason: { why: "normal-clearing", party: "platform", class: "success", cause: 16, sip: 200 },
    });
    await scene.order(talk.a, take);
    expect(recorded()).toMatchObject([{ why: "fault" }]);
    await scene.end(talk.b);
    await scene.expectNothingLeft();
  });
});
