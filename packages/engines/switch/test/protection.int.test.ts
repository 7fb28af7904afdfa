import type { SoundProtection } from "@cordboard/core";
import type { LocalProtection } from "@cordboard/sip";
import { PCMA, PCMU } from "@cordboard/sip";
import { afterEach, describe, expect, test } from "vitest";
import { userAt } from "./house.ts";
import type { Phone } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
const begin = async (srtp?: "off" | "offered" | "required"): Promise<void> => {
  scene = new Scene(srtp === undefined ? {} : { settings: { srtp } });
  await scene.sip.listen();
};
afterEach(() => scene.close());

const SUITE = "AES_CM_128_HMAC_SHA1_80";
const keys = (isRequired: boolean): LocalProtection => ({
  kind: "sdes",
  keys: [{ suite: SUITE, keyAndSalt: new Uint8Array(30).fill(7) }],
  isRequired,
});
const browser = (name = "first"): LocalProtection => ({
  kind: "webrtc",
  ice: { usernameFragment: name, password: "a/password/of/the/browser" },
  candidates: ["1 1 UDP 2130706431 10.0.1.1 6002 typ host"],
  fingerprint: { hash: "sha-256", value: Array(32).fill("CD").join(":") },
  role: undefined,
});

/** Dials a number and waits for what becomes of it. */
const dialled = async (phone: Phone, protection: LocalProtection | undefined) => {
  phone.protection = protection;
  const call = phone.dial("102");
  await scene.settle();
  return call;
};
const protectionOf = (leg = scene.caller) => scene.sound.media(leg)?.protection;

describe("a phone that calls", () => {
  test.each([
    { over: "tls", srtp: "offered", offers: keys(true), kind: "sdes" },
    { over: "tls", srtp: "offered", offers: keys(false), kind: "sdes" },
    { over: "tls", srtp: "required", offers: keys(false), kind: "sdes" },
    { over: "tls", srtp: "offered", offers: undefined, kind: undefined },
    { over: "udp", srtp: "offered", offers: keys(false), kind: undefined },
    { over: "ws", srtp: "off", offers: browser(), kind: "webrtc" },
  ] as const)("over $over, with SRTP $srtp, is answered with $kind", async ({ over, srtp, offers, kind }) => {
    await begin(srtp);
    const call = await dialled(await scene.phone("101", { transport: over }), offers);
    await scene.order(scene.caller, { type: "answer", like: null });
    expect(call.dialog).toBeDefined();
    expect(protectionOf()?.kind).toBe(kind);
    expect(scene.sip.describe().legs).toMatchObject([{ protection: kind }]);
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test.each([
    { over: "tls", srtp: "required", offers: undefined },
    { over: "tls", srtp: "off", offers: keys(true) },
    { over: "udp", srtp: "offered", offers: keys(true) },
  ] as const)("over $over, with SRTP $srtp, gets 488 before core hears of it", async ({ over, srtp, offers }) => {
    await begin(srtp);
    const call = await dialled(await scene.phone("101", { transport: over }), offers);
    expect([call.failure, scene.facts]).toEqual([488, []]);
    expect(call.responses.at(-1)?.headers.get("warning")).toMatch(/^399 cordboard "SRTP .*"$/);
    await scene.expectNothingLeft();
  });

  test("and offers its sound twice, in plain and by keys, is answered as is asked of it", async () => {
    await begin("required");
    const phone = await scene.phone("101", { transport: "tls" });
    const plain = phone.offer();
    phone.protection = keys(true);
    const protectedSound = phone.offer();
    const call = phone.dial("102", { body: plain + protectedSound.slice(protectedSound.indexOf("m=audio")) });
    await scene.settle();
    await scene.order(scene.caller, { type: "answer", like: null });
    expect(call.dialog).toBeDefined();
    expect(protectionOf()?.kind).toBe("sdes");
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test("cannot lay bare in the middle what was protected", async () => {
    await begin();
    const phone = await scene.phone("101", { transport: "tls" });
    const call = await dialled(phone, keys(true));
    await scene.order(scene.caller, { type: "answer", like: null });
    phone.protection = undefined;
    const outcome = call.dialog?.reinvite({ body: phone.offer() });
    await scene.settle();
    expect(await outcome).toMatchObject({ ok: false, status: 488 });
    expect((await outcome)?.response?.headers.get("warning")).toContain("must be protected by SRTP");
    expect(protectionOf()?.kind).toBe("sdes");
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });
});

test("a phone that answers our own re-INVITE in plain gets none of that, though its call has to end", async () => {
  await begin();
  const ann = await scene.phone("101", { transport: "tls" });
  ann.codecs = [PCMU, PCMA];
  await dialled(ann, keys(true));
  const a = scene.caller;
  await scene.order(a, { type: "answer", like: null });
  const bob = await scene.registered("102");
  bob.phone.codecs = [PCMA];
  const b = await scene.place(bob.device);
  bob.phone.pickUp();
  await scene.settle();
  const asked: string[] = [];
  ann.onReinvite = (incoming) => {
    asked.push(new TextDecoder().decode(incoming.request.body));
    ann.protection = undefined;
    incoming.respond(200, { body: ann.offer("sendrecv", [PCMA]) });
  };
  expect(protectionOf(a)?.kind).toBe("sdes");
  await scene.order(a, { type: "bridge", to: b });
  await scene.settle();
  expect(asked).toEqual([expect.stringContaining("RTP/SAVP")]);
  expect(scene.sound.orders.filter((order) => order.startsWith(`connect ${a} `)).length).toBe(1);
  expect(scene.fact("ended", a).reason.sip).toBe(488);
  await scene.expectNothingLeft();
});

describe("a phone that is called", () => {
  const called = async (transport: "tls" | "ws" | "udp", takes: LocalProtection | undefined, srtp?: "required") => {
    await begin(srtp);
    const { phone, device } = await scene.registered("102", { transport });
    phone.protection = takes;
    const leg = await scene.place(device);
    return { phone, leg };
  };
  const offered = (phone: Phone): string => new TextDecoder().decode(phone.incoming.at(-1)?.request.body);

  test.each([
    { over: "tls", takes: keys(false), protocol: "RTP/AVP", kind: "sdes" },
    { over: "tls", takes: undefined, protocol: "RTP/AVP", kind: undefined },
    { over: "ws", takes: browser(), protocol: "UDP/TLS/RTP/SAVPF", kind: "webrtc" },
    { over: "udp", takes: undefined, protocol: "RTP/AVP", kind: undefined },
  ] as const)("over $over is offered $protocol, and has $kind", async ({ over, takes, protocol, kind }) => {
    const { phone, leg } = await called(over, takes);
    expect(offered(phone)).toContain(` ${protocol} `);
    phone.pickUp();
    await scene.settle();
    expect(scene.factsOf(leg)).toContain("answered");
    expect(protectionOf(leg)?.kind).toBe(kind);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("and refuses keys as an opportunity is offered nothing plain, once", async () => {
    await begin();
    const { phone, device } = await scene.registered("102", { transport: "tls" });
    phone.protection = keys(true);
    phone.onCall = (call) => {
      const isPlain = new TextDecoder().decode(call.request.body).includes(" RTP/AVP ");
      if (isPlain) call.reject(488);
      else call.progress(180);
    };
    const leg = await scene.place(device);
    await scene.settle();
    expect(phone.incoming.length).toBe(2);
    phone.pickUp();
    await scene.settle();
    expect(protectionOf(leg)?.kind).toBe("sdes");
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("and refuses that too is not called again", async () => {
    await begin();
    const { phone, device } = await scene.registered("102", { transport: "tls" });
    phone.onCall = (call) => void call.reject(488);
    const leg = await scene.place(device);
    await scene.settle();
    expect([phone.incoming.length, scene.factsOf(leg)]).toEqual([2, ["ended"]]);
    await scene.expectNothingLeft();
  });
});

describe("where something else is said of one phone", () => {
  const instance = (digit: string): string => `<urn:uuid:00000000-0000-1000-8000-00000000000${digit}>`;
  const say = (extension: string, others: SoundProtection, phones: Readonly<Record<string, SoundProtection>> = {}) =>
    void scene.house.protections.set(userAt(extension).id, { others, phones: new Map(Object.entries(phones)) });
  const registered = async (extension: string, transport: "tls" | "udp", digit: string) => {
    const phone = await scene.phone(extension, { transport });
    await phone.register(300, { contactParams: `;+sip.instance="${instance(digit)}"` });
    const device = scene.devices.at(-1);
    if (device === undefined) throw new Error("core heard of no device");
    return { phone, device: device.id };
  };

  test("it counts for the calls of this phone, and not for another's of the same user", async () => {
    await begin("offered");
    say("101", "off", { [instance("1")]: "required" });
    const desk = await registered("101", "tls", "1");
    const soft = await registered("101", "tls", "2");
    expect((await dialled(desk.phone, undefined)).failure).toBe(488);
    expect((await dialled(soft.phone, undefined)).failure).toBeUndefined();
    await scene.end(scene.caller);
    expect((await dialled(soft.phone, keys(true))).failure).toBe(488);
    await dialled(desk.phone, keys(true));
    await scene.order(scene.caller, { type: "answer", like: null });
    expect(protectionOf()?.kind).toBe("sdes");
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test("a phone of the user that is not registered may be any of them, and the most counts", async () => {
    await begin("offered");
    say("101", "off", { [instance("1")]: "required" });
    const stranger = await scene.phone("101", { transport: "tls" });
    expect((await dialled(stranger, undefined)).failure).toBe(488);
    await scene.expectNothingLeft();
  });

  test("a user of whom nothing is said goes on as the server has it", async () => {
    await begin("offered");
    say("101", "required");
    const call = await dialled(await scene.phone("102", { transport: "tls" }), undefined);
    expect(call.failure).toBeUndefined();
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test("phones that ring together are each offered what is said of them", async () => {
    await begin("offered");
    say("102", "as-server", { [instance("1")]: "required", [instance("2")]: "off" });
    const offers: string[] = [];
    for (const digit of ["1", "2", "3"]) {
      const { phone, device } = await registered("102", "tls", digit);
      await scene.place(device);
      offers.push(new TextDecoder().decode(phone.incoming.at(-1)?.request.body));
    }
    expect(offers.map((offer) => [/RTP\/S?AVP/.exec(offer)?.[0], offer.includes("a=crypto")])).toEqual([
      ["RTP/SAVP", true],
      ["RTP/AVP", false],
      ["RTP/AVP", true],
    ]);
    for (const { id } of scene.sip.describe().legs) await scene.end(id);
    await scene.expectNothingLeft();
  });

  test("a phone that must have keys and is not reached by TLS is not called", async () => {
    await begin("offered");
    say("102", "required");
    const { phone, device } = await registered("102", "udp", "1");
    const leg = await scene.place(device);
    expect([phone.incoming.length, scene.fact("ended", leg).reason.why]).toEqual([0, "not-protected"]);
    await scene.expectNothingLeft();
  });

  test("a phone with a way by TLS and one without is not told keys by the second when the first has failed", async () => {
    await begin("offered");
    const open = async (transport: "tls" | "udp", regId: number, expires: number) => {
      const phone = await scene.phone("102", { transport });
      const contactParams = `;reg-id=${regId};+sip.instance="${instance("1")}"`;
      await phone.register(expires, { headers: [["Supported", "path, outbound"]], contactParams });
      phone.onCall = (call) => void call.reject(430);
      return phone;
    };
    const [secure, bare] = [await open("tls", 1, 600), await open("udp", 2, 300)];
    const device = scene.devices.at(-1)?.id ?? expect.fail("no device");
    const leg = await scene.place(device);
    expect([secure.incoming.length, bare.incoming.length]).toEqual([1, 0]);
    expect(scene.factsOf(leg)).toEqual(["ended"]);
    await scene.expectNothingLeft();
  });

  test("a phone that must have keys and answers without any is hung up on, and nothing goes to it in plain", async () => {
    await begin("offered");
    say("102", "required");
    const { phone, device } = await registered("102", "tls", "1");
    phone.answerTo = () => phone.offer();
    const leg = await scene.place(device);
    phone.pickUp();
    await scene.settle();
    expect(scene.fact("ended", leg).reason.why).toBe("not-protected");
    expect(scene.sound.orders).toEqual([]);
    await scene.expectNothingLeft();
  });
});

test("a browser that begins its ICE anew is answered with new credentials, and the sound engine is told both", async () => {
  await begin();
  const phone = await scene.phone("101", { transport: "ws" });
  const call = await dialled(phone, browser());
  await scene.order(scene.caller, { type: "answer", like: null });
  const before = protectionOf();
  phone.protection = browser("second");
  const outcome = call.dialog?.reinvite({ body: phone.offer() });
  await scene.settle();
  expect((await outcome)?.ok).toBe(true);
  const after = protectionOf();
  if (before?.kind !== "webrtc" || after?.kind !== "webrtc") throw new Error("not a browser's");
  expect([before.remoteIce.usernameFragment, after.remoteIce.usernameFragment]).toEqual(["first", "second"]);
  expect(after.localIce).not.toEqual(before.localIce);
  await scene.end(scene.caller);
  await scene.expectNothingLeft();
});
