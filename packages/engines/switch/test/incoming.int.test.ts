import { G722, PCMU, parseSdp, TELEPHONE_EVENT } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewCall } from "../src/index.ts";
import { other } from "./house.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

const formatsOf = (body: Uint8Array | undefined): readonly string[] => {
  const sdp = parseSdp(body ?? "");
  return sdp.ok ? (sdp.value.media[0]?.formats ?? []) : [];
};

describe("a call from a phone", () => {
  test("hears 100 at once, and core hears of it when its sound is open", async () => {
    const phone = await scene.phone("101");
    let open = (): void => {};
    scene.sound.opening = new Promise((resolve) => {
      open = resolve;
    });
    phone.dial("102");
    await scene.settle();
    expect(scene.network.sent.at(-1)).toBe("SIP/2.0 100 Trying");
    expect(scene.facts).toEqual([]);
    open();
    await scene.settle();
    expect(scene.fact("incoming")).toMatchObject({ dialled: "102", tenant: "ten_home" });
    expect(scene.sound.openLegs.get(scene.caller)).toBe("10.0.0.1");
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test("is its user's, whatever its From says", async () => {
    const phone = await scene.phone("101");
    phone.dial("%2B39040", { from: '"The Boss" <sip:104@home.example>' });
    await scene.settle();
    expect(scene.fact("incoming")).toMatchObject({ dialled: "+39040", shows: { name: "Phone 101", number: "101" } });
  });

  test("belongs to the tenant of its From's domain", async () => {
    const phone = await scene.phone("201", { domain: other.domain });
    phone.dial("101");
    await scene.settle();
    expect(scene.fact("incoming").tenant).toBe(other.id);
  });

  test("with a wrong password never reaches core", async () => {
    const phone = await scene.phone("101", { password: "wrong" });
    const call = phone.dial("102");
    await scene.settle();
    expect([call.failure, scene.facts]).toEqual([407, []]);
    await scene.expectNothingLeft();
  });

  test.each([
    {
      what: "only video",
      body: "v=0\r\no=- 1 1 IN IP4 10.0.1.1\r\ns=-\r\nc=IN IP4 10.0.1.1\r\nt=0 0\r\nm=video 6002 RTP/AVP 96\r\n",
      status: 488,
    },
    {
      what: "only digits",
      body: "v=0\r\no=- 1 1 IN IP4 10.0.1.1\r\ns=-\r\nc=IN IP4 10.0.1.1\r\nt=0 0\r\nm=audio 6002 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n",
      status: 488,
    },
    { what: "no description that can be read", body: "hello", status: 400 },
  ])("that offers $what is refused with $status", async ({ body, status }) => {
    const phone = await scene.phone("101");
    const call = phone.dial("102", { body });
    await scene.settle();
    expect([call.failure, scene.facts]).toEqual([status, []]);
    await scene.expectNothingLeft();
  });

  test("without ports is refused with 503", async () => {
    const phone = await scene.phone("101");
    scene.sound.refusal = { code: "no-free-ports" };
    const call = phone.dial("102");
    await scene.settle();
    expect([call.failure, scene.facts]).toEqual([503, []]);
    expect(call.responses.at(-1)?.headers.get("retry-after")).toBe("5");
    await scene.expectNothingLeft();
  });
});

describe("new calls are refused with 503 and Retry-After", () => {
  test("while the server has too much to do", async () => {
    await scene.close();
    scene = new Scene({ admit: () => ({ retryAfterSeconds: 7 }) });
    await scene.sip.listen();
    const phone = await scene.phone("101");
    const call = phone.dial("102");
    await scene.settle();
    expect([call.failure, call.responses.at(-1)?.headers.get("retry-after")]).toEqual([503, "7"]);
    expect((await phone.register()).ok).toBe(true);
  });

  test("but a call that was let in and challenged is expected", async () => {
    const expected: boolean[] = [];
    const admit = ({ isExpected }: NewCall): { readonly retryAfterSeconds: number } | undefined => {
      expected.push(isExpected);
      // The house is full right after the first INVITE.
      return expected.length === 1 || isExpected ? undefined : { retryAfterSeconds: 7 };
    };
    await scene.close();
    scene = new Scene({ admit });
    await scene.sip.listen();
    const phone = await scene.phone("101");
    const [first] = [phone.dial("102"), await scene.settle()];
    const [second] = [phone.dial("103"), await scene.settle()];
    expect([first.failure, second.failure, expected]).toEqual([undefined, 503, [false, true, false]]);
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test("while it drains", async () => {
    const phone = await scene.phone("101");
    await scene.sip.drain(0 as never);
    const call = phone.dial("102");
    await scene.settle();
    expect(call.failure).toBe(503);
  });
});

describe("a caller who gives up", () => {
  test("before the ports are open is as if it had never called", async () => {
    const phone = await scene.phone("101");
    let open = (): void => {};
    scene.sound.opening = new Promise((resolve) => {
      open = resolve;
    });
    const call = phone.dial("102");
    await scene.settle();
    call.call.cancel();
    await scene.settle();
    open();
    await scene.settle();
    expect([call.failure, scene.facts]).toEqual([487, []]);
    await scene.expectNothingLeft();
  });

  test("before and after it hears ringing ends as cancelled", async () => {
    for (const isRinging of [false, true]) {
      const phone = await scene.phone("101");
      const call = phone.dial("102");
      await scene.settle();
      const leg = scene.caller;
      if (isRinging) await scene.order(leg, { type: "ring" });
      call.call.cancel();
      await scene.settle();
      expect(scene.fact("ended", leg).reason).toMatchObject({ why: "cancelled", party: "caller", sip: 487 });
    }
    await scene.expectNothingLeft();
  });

  test("just as it is answered is hung up on", async () => {
    const phone = await scene.phone("101");
    const call = phone.dial("102");
    await scene.settle();
    const leg = scene.caller;
    // The answer is on its way while the CANCEL leaves: both were sent before either arrived.
    scene.say(leg, { type: "answer", like: null });
    call.call.cancel();
    await scene.settle();
    expect(call.failure).toBe(487);
    expect(scene.factsOf(leg)).toEqual(["incoming", "answered", "ended"]);
    expect(scene.fact("ended", leg).reason).toMatchObject({ party: "caller" });
    await scene.expectNothingLeft();
  });

  test("while we refuse it ends once", async () => {
    const phone = await scene.phone("101");
    const call = phone.dial("102");
    await scene.settle();
    const leg = scene.caller;
    call.call.cancel();
    scene.sip.act({
      id: "act_x" as never,
      leg,
      deadline: 5000 as never,
      type: "end",
      reason: { why: "busy", party: "callee", class: "callee", cause: 17, sip: 486 },
    });
    await scene.settle();
    expect(scene.fact("ended", leg).reason.why).toBe("busy");
    await scene.expectNothingLeft();
  });
});

describe("an unanswered call is ended with", () => {
  test.each([
    { sip: 486, status: 486 },
    { sip: 404, status: 404 },
    { sip: 200, status: 480 },
    { sip: 401, status: 480 },
    { sip: 302, status: 480 },
  ])("$status for a reason of status $sip", async ({ sip, status }) => {
    const phone = await scene.phone("101");
    const call = phone.dial("102");
    await scene.settle();
    const reason = { why: "busy", party: "callee", class: "callee", cause: 17, sip } as const;
    await scene.order(scene.caller, { type: "end", reason });
    expect(call.failure).toBe(status);
    expect(call.responses.at(-1)?.headers.get("reason")).toBe('Q.850;cause=17;text="busy"');
    expect(scene.fact("ended").reason).toEqual(reason);
    await scene.expectNothingLeft();
  });
});

describe("we answer by ourselves", () => {
  test("with the first G.711 of the offer, and then make sound", async () => {
    const phone = await scene.phone("101");
    phone.codecs = [G722, PCMU, TELEPHONE_EVENT];
    const call = phone.dial("9000");
    await scene.settle();
    const leg = scene.caller;
    scene.say(leg, { type: "answer", like: null });
    const tone = scene.say(leg, { type: "play", source: { kind: "tone", tone: "busy" } });
    await scene.settle();
    expect(formatsOf(call.responses.at(-1)?.body)).toEqual(["0", "101"]);
    expect(scene.sound.orders).toEqual([`connect ${leg} PCMU sendrecv`, `play ${leg} tone`]);
    scene.sound.tell({ type: "play-done", leg, action: tone });
    await scene.settle();
    expect(scene.factsOf(leg)).toEqual(["incoming", "answered", "play-done"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("with whatever is offered when there is no G.711: an echo works, a tone fails", async () => {
    const phone = await scene.phone("101");
    phone.codecs = [G722];
    phone.onReinvite = (incoming) => void incoming.respond(488);
    const call = phone.dial("9000");
    await scene.settle();
    const leg = scene.caller;
    await scene.order(leg, { type: "answer", like: null });
    expect(formatsOf(call.responses.at(-1)?.body)).toEqual(["9"]);
    await scene.order(leg, { type: "play", source: { kind: "echo" } });
    const tone = await scene.order(leg, { type: "play", source: { kind: "tone", tone: "busy" } });
    expect(scene.sound.orders).toContain(`play ${leg} echo`);
    expect(scene.sound.orders).not.toContain(`play ${leg} tone`);
    expect(scene.fact("failed", leg).action).toBe(tone);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("with an offer when the caller has none: the ACK's answer counts, and sound waits for it", async () => {
    const phone = await scene.phone("101");
    const call = phone.dial("9000", { body: "" });
    await scene.settle();
    const leg = scene.caller;
    scene.say(leg, { type: "answer", like: null });
    scene.say(leg, { type: "play", source: { kind: "echo" } });
    expect(scene.sound.orders).toEqual([]);
    await scene.settle();
    expect(formatsOf(call.responses.at(-1)?.body)).toEqual(["8", "0", "101"]);
    expect(scene.sound.orders).toEqual([`connect ${leg} PCMA+PCMU sendrecv`, `play ${leg} echo`]);
    expect(scene.factsOf(leg)).toEqual(["incoming", "answered"]);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });
});

test("orders that wait for a caller's description fail at their deadline and are not done later", async () => {
  const phone = await scene.phone("101");
  const { device } = await scene.registered("102");
  const b = await scene.place(device);
  scene.phones.at(-1)?.pickUp();
  phone.dial("9000", { body: "" });
  await scene.settle();
  const leg = scene.caller;
  scene.network.isLost = (message) => message.startsWith("ACK");
  const late = [
    await scene.order(leg, { type: "answer", like: null }, 1000),
    await scene.order(leg, { type: "play", source: { kind: "echo" } }, 1000),
    await scene.order(leg, { type: "bridge", to: b }, 1000),
  ];
  await scene.pass(1000);
  expect(scene.facts.flatMap((fact) => (fact.type === "failed" ? fact.action : []))).toEqual(late);
  scene.network.isLost = () => false;
  await scene.pass(4000);
  expect(scene.factsOf(leg).slice(-1)).toEqual(["answered"]);
  expect(scene.sound.orders.filter((order) => !order.startsWith("connect"))).toEqual([]);
  await scene.end(leg);
  await scene.end(b);
  await scene.expectNothingLeft();
});

test("an answer that is never acknowledged ends the call as timed out", async () => {
  const phone = await scene.phone("101");
  scene.network.isLost = (message) => message.startsWith("ACK");
  phone.dial("9000");
  await scene.settle();
  const leg = scene.caller;
  await scene.order(leg, { type: "answer", like: null });
  await scene.pass(33_000, 500);
  expect(scene.fact("ended", leg).reason).toMatchObject({ why: "timed-out", party: "caller" });
  await scene.expectNothingLeft();
});

test("an order to a leg that has ended means nothing", async () => {
  const phone = await scene.phone("101");
  phone.dial("102");
  await scene.settle();
  const leg = scene.caller;
  await scene.end(leg);
  const before = scene.facts.length;
  for (const order of [{ type: "ring" }, { type: "answer", like: null }, { type: "stop" }] as const) {
    await scene.order(leg, order);
  }
  await scene.end(leg);
  expect(scene.facts.length).toBe(before);
});

test("whoever asks by OPTIONS hears that we are here", async () => {
  const phone = await scene.phone("101");
  const options = { method: "OPTIONS", uri: "sip:10.0.0.1:5060", from: phone.aor };
  expect(await phone.agent.send(options)).toMatchObject({ ok: true, status: 200 });
});
