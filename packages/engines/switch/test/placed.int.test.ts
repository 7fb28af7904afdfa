import type { CallId, DeviceId, LegId } from "@cordboard/kernel";
import { G722, OPUS, parseSdp, TELEPHONE_EVENT } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { home } from "./house.ts";
import type { Phone } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

const requestOf = (phone: Phone) => {
  const call = phone.incoming.at(-1);
  if (call === undefined) throw new Error("nobody calls");
  return call.request;
};

const codecsOf = (body: Uint8Array): readonly string[] => {
  const sdp = parseSdp(body);
  return sdp.ok ? (sdp.value.media[0]?.formats ?? []) : [];
};

describe("a call to a device", () => {
  test("shows who calls at the tenant's domain, under the leg's id as Call-ID", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device, { shows: { name: 'Ann "A"', number: "101" } });
    const { headers, uri } = requestOf(phone);
    expect(headers.from).toMatchObject({ display: 'Ann "A"', uri: "sip:101@home.example" });
    expect(headers.get("p-asserted-identity")).toBe('"Ann \\"A\\"" <sip:101@home.example>');
    expect(headers.to?.uri).toBe("sip:102@home.example");
    expect([headers.callId, uri.includes("10.0.1.1:6000")]).toEqual([leg, true]);
  });

  test("that is to be answered by itself says so in every way that phones look for, and no other does", async () => {
    const { phone, device } = await scene.registered("102");
    await scene.place(device, { isAutoAnswered: true });
    const asking = requestOf(phone).headers;
    expect(asking.get("answer-mode")).toBe("Auto");
    expect(asking.get("call-info")).toMatch(/^<[^>]+>;answer-after=0$/);
    expect(asking.get("alert-info")).toMatch(/^<[^>]+>;info=alert-autoanswer;delay=0$/);
    await scene.place(device);
    const plain = requestOf(phone).headers;
    expect(["answer-mode", "call-info", "alert-info"].filter((name) => plain.has(name))).toEqual([]);
  });

  test("from nobody is anonymous", async () => {
    const { phone, device } = await scene.registered("102");
    await scene.place(device, { shows: { name: "", number: "" } });
    const { headers } = requestOf(phone);
    expect([headers.from?.uri, headers.has("p-asserted-identity")]).toEqual(["sip:anonymous@anonymous.invalid", false]);
  });

  test("offers G.711 and digits, or the caller's own codecs by the caller's own numbers", async () => {
    const { phone, device } = await scene.registered("102");
    await scene.place(device);
    expect(codecsOf(requestOf(phone).body)).toEqual(["8", "0", "101"]);
    const caller = await scene.phone("101");
    caller.codecs = [{ ...OPUS, payloadType: 120 }, G722, TELEPHONE_EVENT];
    caller.dial("102");
    await scene.settle();
    await scene.place(device, { offerOf: scene.caller });
    expect(codecsOf(requestOf(phone).body)).toEqual(["120", "9", "101"]);
    expect(requestOf(phone).headers.maxForwards).toBe(69);
  });

  test("for somebody who talks already offers G.711 beside that one's codecs: the two can still meet in it", async () => {
    const { phone, device } = await scene.registered("102");
    const caller = await scene.phone("101");
    caller.codecs = [{ ...OPUS, payloadType: 120 }, TELEPHONE_EVENT];
    caller.dial("102");
    await scene.settle();
    const talker = scene.caller;
    await scene.order(talker, { type: "answer", like: null });
    await scene.place(device, { offerOf: talker });
    expect(codecsOf(requestOf(phone).body)).toEqual(["120", "101", "8", "0"]);
  });

  test("that is not registered ends at once, but not before the order has returned", async () => {
    const leg = scene.newLeg();
    const target = { kind: "device", device: "dev_none" as DeviceId } as const;
    scene.say(leg, {
      type: "place",
      call: "c" as CallId,
      tenant: home.id,
      target,
      side: "callee",
      shows: { name: "", number: "" },
      offerOf: null,
      isAutoAnswered: false,
    });
    expect(scene.facts).toEqual([]);
    await scene.settle();
    expect(scene.fact("ended", leg).reason.why).toBe("not-registered");
    await scene.expectNothingLeft();
  });

  test.each([
    { status: 486, why: "busy", cause: 17 },
    { status: 603, why: "declined", cause: 21 },
    { status: 404, why: "unknown-number", cause: 1 },
    { status: 488, why: "no-common-codec", cause: 88 },
    { status: 401, why: "declined", cause: 21 },
  ])("that says $status ends as $why", async ({ status, why, cause }) => {
    const { phone, device } = await scene.registered("102");
    phone.onCall = (call) => void call.reject(status);
    const leg = await scene.place(device);
    expect(scene.fact("ended", leg).reason).toMatchObject({ why, cause, sip: status, party: "callee" });
    await scene.expectNothingLeft();
  });

  test("that gives a cause of its own ends with that cause", async () => {
    const { phone, device } = await scene.registered("102");
    phone.onCall = (call) => void call.reject(480, { headers: [["Reason", "Q.850;cause=18"]] });
    const leg = await scene.place(device);
    expect(scene.fact("ended", leg).reason).toMatchObject({ why: "no-answer", cause: 18 });
  });

  test("of somebody who is rung to call is the caller's", async () => {
    const { phone, device } = await scene.registered("102");
    phone.onCall = (call) => void call.reject(486);
    const leg = await scene.place(device, { side: "caller" });
    expect(scene.fact("ended", leg).reason).toMatchObject({ why: "busy", party: "caller", class: "caller" });
  });

  test("that says nothing at all ends as timed out", async () => {
    const { device } = await scene.registered("102");
    scene.network.isLost = (message) => message.startsWith("INVITE");
    const leg = await scene.place(device);
    await scene.pass(33_000, 500);
    expect(scene.fact("ended", leg).reason).toMatchObject({ why: "timed-out", party: "callee" });
    await scene.expectNothingLeft();
  });

  test("that rings for ever is cancelled at the order's deadline", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device, { deadline: 20_000 });
    await scene.pass(20_500, 500);
    expect(phone.cancels.length).toBe(1);
    expect(scene.fact("ended", leg).reason).toMatchObject({ why: "timed-out" });
    await scene.expectNothingLeft();
  });

  test("whose answer has no codec of the offer is acknowledged and hung up on", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device);
    phone.incoming.at(-1)?.answer({ body: phone.offer("sendrecv", [G722]) }, phone.handlers());
    await scene.settle();
    expect(phone.ends[0]?.request?.method).toBe("BYE");
    expect(scene.factsOf(leg)).toEqual(["ringing", "ended"]);
    expect(scene.fact("ended", leg).reason.why).toBe("no-common-codec");
    await scene.expectNothingLeft();
  });

  test("that rings on says so once", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device);
    for (const status of [180, 180, 182, 180]) phone.incoming.at(-1)?.progress(status);
    await scene.settle();
    const signs = scene.facts.flatMap((fact) => (fact.type === "ringing" && fact.leg === leg ? fact.status : []));
    expect(signs).toEqual([180, 182, 180]);
  });

  test("is let go of while its ports are being opened: they are given back when they come", async () => {
    const { device } = await scene.registered("102");
    let open = (): void => {};
    scene.sound.opening = new Promise((resolve) => {
      open = resolve;
    });
    const leg = await scene.place(device);
    await scene.end(leg, "cancelled", 1000);
    await scene.pass(1000);
    expect(scene.factsOf(leg)).toEqual(["ended"]);
    open();
    await scene.settle();
    expect(scene.sound.openLegs.size).toBe(0);
    await scene.expectNothingLeft();
  });

  test("gets no ports: it ends, and no INVITE leaves", async () => {
    const { phone, device } = await scene.registered("102");
    scene.sound.refusal = { code: "no-free-ports" };
    const leg = await scene.place(device);
    expect([phone.incoming.length, scene.fact("ended", leg).reason.why]).toEqual([0, "no-ports"]);
    await scene.expectNothingLeft();
  });

  test("is ended while its ports are being opened: no INVITE leaves, and the ports are given back", async () => {
    const { phone, device } = await scene.registered("102");
    let open = (): void => {};
    scene.sound.opening = new Promise((resolve) => {
      open = resolve;
    });
    const leg = await scene.place(device);
    await scene.end(leg);
    expect(scene.factsOf(leg)).toEqual([]);
    open();
    await scene.settle();
    expect([phone.incoming.length, scene.factsOf(leg), scene.sound.openLegs.size]).toEqual([0, ["ended"], 0]);
    await scene.expectNothingLeft();
  });
});

describe("a fork to three devices", () => {
  test("the first answer wins, and the others learn that it was answered elsewhere", async () => {
    const phones: Phone[] = [];
    const legs: LegId[] = [];
    for (let i = 0; i < 3; i++) {
      const { phone, device } = await scene.registered("102");
      phones.push(phone);
      legs.push(await scene.place(device));
    }
    const [first, second, third] = legs;
    if (first === undefined || second === undefined || third === undefined) throw new Error("three were called");
    phones[1]?.pickUp();
    await scene.settle();
    for (const leg of [first, third]) await scene.end(leg, "completed-elsewhere");
    for (const phone of [phones[0], phones[2]]) {
      expect(phone?.cancels[0]?.headers.get("reason")).toBe('SIP;cause=200;text="Call completed elsewhere"');
    }
    expect(scene.factsOf(first)).toEqual(["ringing", "ended"]);
    expect(scene.fact("ended", first).reason.why).toBe("completed-elsewhere");
    await scene.end(second);
    await scene.expectNothingLeft();
  });

  test("an answer that crosses the CANCEL is acknowledged and ended", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device);
    scene.say(leg, {
      type: "end",
      reason: { why: "completed-elsewhere", party: "callee", class: "success", cause: 26, sip: 200 },
    });
    phone.pickUp();
    await scene.settle();
    expect(phone.ends[0]?.request?.method).toBe("BYE");
    expect(scene.factsOf(leg)).toEqual(["ringing", "ended"]);
    expect(scene.fact("ended", leg).reason.why).toBe("completed-elsewhere");
    await scene.expectNothingLeft();
  });

  test("a refusal that crosses the CANCEL ends the leg once, by our reason", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device);
    phone.incoming.at(-1)?.reject(486);
    scene.say(leg, {
      type: "end",
      reason: { why: "cancelled", party: "caller", class: "caller", cause: 16, sip: 487 },
    });
    await scene.settle();
    expect(scene.fact("ended", leg).reason.why).toBe("cancelled");
    await scene.expectNothingLeft();
  });
});

test("a device that does not answer the CANCEL is let go of at the order's deadline", async () => {
  const { device } = await scene.registered("102");
  const leg = await scene.place(device);
  scene.network.isLost = (message) => message.startsWith("CANCEL");
  await scene.end(leg, "cancelled", 3000);
  expect(scene.factsOf(leg)).toEqual(["ringing"]);
  await scene.pass(3000);
  expect(scene.factsOf(leg)).toEqual(["ringing", "ended"]);
  await scene.pass(60_000, 500);
  expect(scene.sip.describe()).toMatchObject({ legs: [], sip: { clientTransactions: 0 } });
});

describe("early sound", () => {
  test("of the only device left is passed to the caller in a 183, and the answer says the same", async () => {
    const caller = await scene.phone("101");
    const { phone, device } = await scene.registered("102");
    phone.onCall = (call) => void call.progress(183, { body: phone.answerTo(call.request.body) });
    const call = caller.dial("102");
    await scene.settle();
    const a = scene.caller;
    const b = await scene.place(device, { offerOf: a });
    expect(scene.fact("ringing", b)).toMatchObject({ status: 183, hasEarlyMedia: true });
    await scene.order(a, { type: "early-media", of: b });
    expect(call.provisional).toEqual([183]);
    expect(scene.sound.orders.at(-1)).toBe(`bridge ${a} ${b}`);
    phone.pickUp();
    await scene.settle();
    await scene.order(a, { type: "answer", like: b });
    await scene.order(a, { type: "bridge", to: b });
    const bodies = call.responses.map(({ body }) => new TextDecoder().decode(body));
    expect(bodies[1]).toBe(bodies[0]);
    expect(scene.factsOf(b)).toEqual(["ringing", "answered"]);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("that is not there cannot be passed on", async () => {
    const caller = await scene.phone("101");
    const { device } = await scene.registered("102");
    caller.dial("102");
    await scene.settle();
    const b = await scene.place(device, { offerOf: scene.caller });
    const action = await scene.order(scene.caller, { type: "early-media", of: b });
    expect(scene.fact("failed").action).toBe(action);
  });
});

describe("a call to a trunk", () => {
  async function dialOut(
    number: string,
    transport: "udp" | "tcp" = "udp",
  ): Promise<{ readonly carrier: Phone; readonly leg: LegId }> {
    const carrier = await scene.phone("carrier", { transport });
    const leg = await scene.placeOut(scene.house.addTrunk("10.0.1.1:6000", transport), number);
    return { carrier, leg };
  }

  test.each(["udp", "tcp"] as const)(
    "asks for the number at the carrier's address over %s, and is answered",
    async (transport) => {
      const { carrier, leg } = await dialOut("+39040123", transport);
      const { uri, headers } = requestOf(carrier);
      expect(uri.startsWith("sip:+39040123@10.0.1.1:6000")).toBe(true);
      // Somebody's mobile is not asked to answer by itself either.
      expect(["p-asserted-identity", "answer-mode", "alert-info"].filter((name) => headers.has(name))).toEqual([]);
      carrier.pickUp();
      await scene.settle();
      expect(scene.factsOf(leg)).toEqual(["ringing", "answered"]);
      await carrier.dialogs[0]?.bye({ headers: [["Reason", "Q.850;cause=31"]] });
      await scene.settle();
      expect(scene.fact("ended", leg).reason).toMatchObject({ party: "carrier", cause: 31 });
      await scene.expectNothingLeft();
    },
  );

  test("that refuses with 503 ends as the carrier's refusal", async () => {
    const carrier = await scene.phone("carrier");
    carrier.onCall = (call) => void call.reject(503);
    const leg = await scene.placeOut(scene.house.addTrunk("10.0.1.1:6000"), "0039");
    expect(scene.fact("ended", leg).reason).toMatchObject({
      why: "carrier-refused",
      party: "carrier",
      class: "carrier",
      sip: 503,
    });
  });

  test.each(["", "39;x=1", "39@evil.example", "1".repeat(65)])("of '%s' does not leave", async (number) => {
    const { carrier, leg } = await dialOut(number);
    expect([carrier.incoming.length, scene.fact("ended", leg).reason.why]).toEqual([0, "unreachable"]);
  });
});

test("a gateway that describes its sound in the 183 alone is understood", async () => {
  const { phone, device } = await scene.registered("102");
  phone.onCall = (call) => void call.progress(183, { body: phone.answerTo(call.request.body) });
  const leg = await scene.place(device);
  phone.incoming.at(-1)?.answer({}, phone.handlers());
  await scene.settle();
  expect(scene.factsOf(leg)).toEqual(["ringing", "answered"]);
  await scene.end(leg);
  await scene.expectNothingLeft();
});
