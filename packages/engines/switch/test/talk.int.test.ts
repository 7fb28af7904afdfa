import type { Direction } from "@cordboard/sip";
import { G722, PCMA, PCMU, parseSdp, TELEPHONE_EVENT } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

/** Version, codecs and direction of a description. */
function read(body: Uint8Array | string | undefined): {
  readonly version: string;
  readonly formats: readonly string[];
  readonly direction: string | undefined;
} {
  const sdp = parseSdp(body ?? "");
  if (!sdp.ok) throw new Error(sdp.error.why);
  const [media] = sdp.value.media;
  const directions: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
  return {
    version: sdp.value.origin.version,
    formats: media?.formats ?? [],
    direction: media?.attributes.find(({ name }) => directions.includes(name))?.name,
  };
}

describe("a phone that holds", () => {
  test.each<{ by: Direction; ours: Direction }>([
    { by: "sendonly", ours: "recvonly" },
    { by: "inactive", ours: "inactive" },
  ])("by $by is answered by us alone with $ours; it resumes", async ({ by, ours }) => {
    const { ann, a, b, annDialog, bob } = await scene.talking();
    const held = await annDialog.reinvite({ body: ann.offer(by) });
    await scene.settle();
    expect(held.ok && read(held.response.body).direction).toBe(ours);
    expect(scene.factsOf(a).slice(-1)).toEqual(["held"]);
    expect(scene.sound.media(a)?.direction).toBe(ours);
    await annDialog.reinvite({ body: ann.offer("sendrecv") });
    await scene.settle();
    expect(scene.factsOf(a).slice(-2)).toEqual(["held", "resumed"]);
    expect([bob.reoffers.length, scene.factsOf(b)]).toEqual([1, ["ringing", "answered"]]);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("by the old 0.0.0.0 is not sent to", async () => {
    const { ann, a, annDialog } = await scene.talking();
    await annDialog.reinvite({ body: ann.offer().replace("c=IN IP4 10.0.1.1", "c=IN IP4 0.0.0.0") });
    await scene.settle();
    expect(scene.factsOf(a).slice(-1)).toEqual(["held"]);
    expect(["recvonly", "inactive"]).toContain(scene.sound.media(a)?.direction);
  });
});

describe("a re-INVITE from a phone", () => {
  test("that changes nothing gets the same answer in the same version", async () => {
    const { ann, annDialog, call } = await scene.talking();
    const body = ann.offer();
    const answers = [await annDialog.reinvite({ body }), await annDialog.reinvite({ body })];
    const texts = answers.map((answer) => (answer.ok ? new TextDecoder().decode(answer.response.body) : ""));
    expect(texts[0]).toBe(new TextDecoder().decode(call.responses.at(-1)?.body));
    expect(texts[1]).toBe(texts[0]);
    expect(scene.facts.some(({ type }) => type === "held" || type === "resumed")).toBe(false);
  });

  test("may only choose among what the other phone has", async () => {
    const { ann, a, annDialog } = await scene.talking({ answer: [PCMU, TELEPHONE_EVENT] });
    const changed = await annDialog.reinvite({ body: ann.offer("sendrecv", [G722, PCMA, PCMU]) });
    expect(changed.ok && read(changed.response.body).formats).toEqual(["0"]);
    expect(scene.sound.codecs(a)).toEqual(["PCMU"]);
  });

  test("with nothing that the other has is refused, and the call goes on as it was", async () => {
    const { ann, a, annDialog } = await scene.talking();
    expect(await annDialog.reinvite({ body: ann.offer("sendrecv", [G722]) })).toMatchObject({ ok: false, status: 488 });
    expect(scene.sound.media(a)?.codecs[0]?.name).toBe("PCMA");
    expect(scene.sip.describe().legs.length).toBe(2);
  });

  test("is bound by nobody when the other has gone", async () => {
    const { ann, b, annDialog } = await scene.talking({ answer: [PCMU, TELEPHONE_EVENT] });
    await scene.end(b);
    const changed = await annDialog.reinvite({ body: ann.offer("sendrecv", [PCMA]) });
    expect(changed.ok && read(changed.response.body).formats).toEqual(["8"]);
  });

  test("that narrows the codecs brings the other phone in line", async () => {
    const { ann, bob, b, annDialog } = await scene.talking();
    await annDialog.reinvite({ body: ann.offer("sendrecv", [PCMU]) });
    await scene.settle();
    expect(read(bob.reoffers.at(-1)).formats).toEqual(["0", "101"]);
    expect(scene.sound.codecs(b)).toEqual(["PCMU"]);
  });

  test("that narrows them while the other phone is still being asked has it asked no second time", async () => {
    const { ann, bob, annDialog } = await scene.talking();
    const [before, slow] = [bob.reoffers.length, bob.onReinvite];
    const asked: Parameters<typeof slow>[0][] = [];
    bob.onReinvite = (incoming) => void asked.push(incoming);
    await annDialog.reinvite({ body: ann.offer("sendrecv", [PCMU]) });
    await annDialog.reinvite({ body: ann.offer("sendonly", [PCMU]) });
    await scene.settle();
    for (const incoming of asked) slow(incoming);
    await scene.settle();
    expect([asked.length, bob.reoffers.length - before]).toEqual([1, 1]);
  });

  test("without a description gets our offer, and its ACK the answer", async () => {
    const { ann, a, annDialog } = await scene.talking();
    const before = scene.sound.orders.length;
    ann.acks.length = 0;
    const offered = await annDialog.reinvite({});
    await scene.settle();
    // The scripted phone's ACK has no answer: the call goes on as it was.
    expect(offered.ok && read(offered.response.body).formats).toEqual(["8", "0", "101"]);
    expect(scene.sound.orders.length).toBe(before);
    expect(scene.sound.media(a)?.codecs[0]?.name).toBe("PCMA");
  });

  test("is told to wait while an offer of ours is under way, when it is an UPDATE", async () => {
    const { ann, bob, annDialog, bobDialog } = await scene.talking();
    ann.onReinvite = () => {};
    await bobDialog.reinvite({ body: bob.offer("sendrecv", [PCMU]) });
    await scene.settle();
    expect((await annDialog.request("UPDATE", { body: ann.offer() })).status).toBe(491);
  });

  test("may be an UPDATE", async () => {
    const { ann, a, annDialog } = await scene.talking();
    const held = await annDialog.request("UPDATE", { body: ann.offer("sendonly") });
    await scene.settle();
    expect(held.ok && read(held.response.body).direction).toBe("recvonly");
    expect(scene.factsOf(a).slice(-1)).toEqual(["held"]);
    expect((await annDialog.request("UPDATE")).ok).toBe(true);
  });
});

describe("two legs that are bridged", () => {
  /** Two phones called by us, as for a call placed by command; each answers with its own codecs. */
  async function twoCalled(first: readonly [typeof PCMA, ...(typeof PCMA)[]], second: readonly (typeof PCMA)[]) {
    const ann = await scene.registered("101");
    const bob = await scene.registered("102");
    ann.phone.codecs = first;
    bob.phone.codecs = second;
    const a = await scene.place(ann.device);
    ann.phone.pickUp();
    await scene.settle();
    const b = await scene.place(bob.device);
    bob.phone.pickUp();
    await scene.settle();
    return { a, b, ann: ann.phone, bob: bob.phone };
  }

  test("are offered again what the other does not share", async () => {
    const { a, b, ann, bob } = await twoCalled([PCMA, PCMU, TELEPHONE_EVENT], [PCMU]);
    const bridge = await scene.order(a, { type: "bridge", to: b });
    expect(read(ann.reoffers.at(-1)).formats).toEqual(["0", "101"]);
    expect([ann.reoffers.length, bob.reoffers.length]).toEqual([2, 1]);
    expect(scene.sound.codecs(a)).toEqual(["PCMU"]);
    expect(scene.facts.some((fact) => fact.type === "failed" && fact.action === bridge)).toBe(false);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("with nothing in common end", async () => {
    const { a, b } = await twoCalled([PCMA], [PCMU]);
    await scene.order(a, { type: "bridge", to: b });
    for (const leg of [a, b]) expect(scene.fact("ended", leg).reason.why).toBe("no-common-codec");
    await scene.expectNothingLeft();
  });

  test("stay joined when one refuses the new offer, and core hears that it failed", async () => {
    const { a, b, ann } = await twoCalled([PCMA, PCMU], [PCMU]);
    ann.onReinvite = (incoming) => void incoming.respond(488);
    const bridge = await scene.order(a, { type: "bridge", to: b });
    expect(scene.fact("failed", a).action).toBe(bridge);
    expect(scene.sip.describe().legs.length).toBe(2);
    expect(scene.sound.codecs(a)).toEqual(["PCMA", "PCMU"]);
    // When it asks by itself, it gets no more than the other has.
    const asked = await ann.dialogs[0]?.reinvite({ body: ann.offer() });
    expect(asked?.ok && read(asked.response.body).formats).toEqual(["0"]);
  });

  test("meet glare: who was first goes on, the other comes again", async () => {
    const { a, b, ann } = await twoCalled([PCMA, PCMU], [PCMU]);
    const [dialog] = ann.dialogs;
    scene.say(a, { type: "bridge", to: b });
    const theirs = dialog?.reinvite({ body: ann.offer("sendonly") });
    await scene.settle();
    expect((await theirs)?.status).toBe(491);
    expect(scene.sound.media(a)?.codecs.length).toBe(2);
    // The order's deadline, the registrations' timer, and the wait after glare.
    expect(scene.sip.describe().timers).toBe(3);
    await scene.pass(4100);
    expect(scene.sound.codecs(a)).toEqual(["PCMU"]);
    expect(scene.facts.some(({ type }) => type === "failed")).toBe(false);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("that end while they wait after glare leave no timer behind", async () => {
    const { a, b, ann } = await twoCalled([PCMA, PCMU], [PCMU]);
    ann.onReinvite = (incoming) => void incoming.respond(491);
    await scene.order(a, { type: "bridge", to: b });
    expect(scene.sip.describe().timers).toBe(3);
    await scene.end(a);
    expect(scene.sip.describe().timers).toBe(1);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("wait for the ACK before they are offered again", async () => {
    const { a, b, ann, annDialog, bob } = await scene.talking();
    scene.network.isLost = (message) => message.startsWith("ACK");
    await annDialog.reinvite({ body: ann.offer("sendrecv", [PCMA, PCMU]) });
    await bob.dialogs.at(-1)?.reinvite({ body: bob.offer("sendrecv", [PCMU]) });
    const before = ann.reoffers.length;
    await scene.pass(400);
    expect(ann.reoffers.length).toBe(before);
    scene.network.isLost = () => false;
    // The next repetition of our 200 brings the ACK again, and the offer follows without a wait for glare.
    await scene.pass(300);
    expect(ann.reoffers.length).toBe(before + 1);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("fail in time when the new offer gets no answer", async () => {
    const { a, b, ann } = await twoCalled([PCMA, PCMU], [PCMU]);
    ann.onReinvite = () => {};
    const bridge = await scene.order(a, { type: "bridge", to: b }, 5000);
    await scene.pass(5000);
    expect(scene.fact("failed", a).action).toBe(bridge);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("that are parted while one still has to agree are not joined any more", async () => {
    const ann = await scene.phone("101");
    const bob = await scene.registered("102");
    scene.network.isLost = (message) => message.startsWith("ACK");
    ann.dial("102", { body: "" });
    await scene.settle();
    const a = scene.caller;
    await scene.order(a, { type: "answer", like: null });
    scene.network.isLost = (message) => message.startsWith("ACK") && message.includes("101@");
    const b = await scene.place(bob.device);
    bob.phone.pickUp();
    await scene.settle();
    await scene.order(b, { type: "bridge", to: a });
    await scene.order(a, { type: "unbridge" });
    scene.network.isLost = () => false;
    await scene.pass(4000);
    expect(scene.factsOf(a)).toEqual(["incoming", "answered"]);
    expect(scene.sound.orders.some((order) => order.startsWith("bridge"))).toBe(false);
    expect(scene.facts.some(({ type }) => type === "failed")).toBe(false);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("are parted by an order", async () => {
    const { a, b } = await twoCalled([PCMA], [PCMA]);
    await scene.order(a, { type: "bridge", to: b });
    await scene.order(a, { type: "unbridge" });
    expect(scene.sound.orders.at(-1)).toBe(`unbridge ${a}`);
  });
});

describe("a leg ends", () => {
  test("by the peer's BYE, with the cause that it gives", async () => {
    const { b, bobDialog, a } = await scene.talking();
    await bobDialog.bye({ headers: [["Reason", "Q.850;cause=38"]] });
    await scene.settle();
    expect(scene.fact("ended", b)).toMatchObject({
      reason: { party: "callee", cause: 38 },
      quality: { codec: "PCMA" },
    });
    await scene.end(a);
    await scene.expectNothingLeft();
  });

  test("once when both hang up at the same moment", async () => {
    const { b, bobDialog, a } = await scene.talking();
    void bobDialog.bye();
    await scene.end(b, "replaced");
    expect(scene.factsOf(b).filter((type) => type === "ended").length).toBe(1);
    expect(scene.fact("ended", b).reason.why).toBe("replaced");
    await scene.end(a);
    await scene.expectNothingLeft();
  });

  test("when a re-INVITE crosses our BYE", async () => {
    const { ann, a, b, annDialog } = await scene.talking();
    scene.say(a, {
      type: "end",
      reason: { why: "normal-clearing", party: "platform", class: "success", cause: 16, sip: 200 },
    });
    const crossed = annDialog.reinvite({ body: ann.offer("sendonly") });
    await scene.settle();
    expect((await crossed).ok).toBe(false);
    expect(scene.factsOf(a)).toEqual(["incoming", "answered", "ended"]);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("with its sound: lost sound hangs up, and the platform is to blame", async () => {
    const { a, b, ann } = await scene.talking();
    scene.sound.tell({ type: "lost", leg: a, why: "its worker died" });
    await scene.settle();
    expect(ann.ends[0]?.request?.headers.get("reason")).toBe('Q.850;cause=41;text="media-lost"');
    expect(scene.fact("ended", a).reason).toMatchObject({ why: "media-lost", class: "platform" });
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("not by itself when no sound gets through: that is told, and core decides", async () => {
    const { a, b } = await scene.talking();
    scene.sound.tell({ type: "cut-off", leg: a, trouble: "no-path", why: "nothing has come from it for 15 s" });
    await scene.settle();
    expect(scene.fact("media-cut-off", a)).toEqual({ type: "media-cut-off", leg: a, trouble: "no-path" });
    expect(scene.factsOf(a)).not.toContain("ended");
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("in time even when the peer never answers the BYE", async () => {
    const { a, b } = await scene.talking();
    scene.network.isLost = (message) => message.startsWith("BYE");
    await scene.end(a, "normal-clearing", 2000);
    expect(scene.factsOf(a)).toEqual(["incoming", "answered"]);
    await scene.pass(2000);
    expect(scene.factsOf(a)).toEqual(["incoming", "answered", "ended"]);
    scene.network.isLost = () => false;
    await scene.end(b);
    await scene.pass(70_000, 500);
    expect(scene.sip.describe()).toMatchObject({ legs: [], sip: { dialogList: [], transactions: [] } });
  });

  test("after its sound is closed, not before", async () => {
    const { a, b } = await scene.talking();
    let close = (): void => {};
    scene.sound.closing = new Promise((resolve) => {
      close = resolve;
    });
    await scene.end(a);
    expect(scene.factsOf(a)).toEqual(["incoming", "answered"]);
    close();
    await scene.settle();
    expect(scene.factsOf(a)).toEqual(["incoming", "answered", "ended"]);
    await scene.end(b);
    await scene.expectNothingLeft();
  });
});

test("an answered call lasts, however long ago it was ordered", async () => {
  const { a, b } = await scene.talking();
  await scene.pass(400_000, 2000);
  expect([a, b].map((leg) => scene.factsOf(leg).at(-1))).toEqual(["answered", "answered"]);
});

test("what the sound engine hears is told of the leg", async () => {
  const { a } = await scene.talking();
  scene.sound.tell({ type: "silent", leg: a, since: 3000 as never });
  scene.sound.tell({ type: "heard", leg: a });
  await scene.settle();
  expect(scene.factsOf(a).slice(-2)).toEqual(["media-silent", "media-heard"]);
});
