import type { LocalProtection } from "@cordboard/sip";
import { afterEach, describe, expect, test } from "vitest";
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
    expect(protectionOf()?.kind).toBe("sdes");
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });
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
