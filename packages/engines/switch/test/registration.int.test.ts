import type { DeviceId, Hash } from "@cordboard/kernel";
import type { HeaderList, SipMessage } from "@cordboard/sip";
import { parseMessage } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hash, home, other, userAt } from "./house.ts";
import type { Phone } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

/** The last message of that first line, with what differs from one time to the next taken out. */
function lastAnswer(status: string): string {
  const message = scene.network.messages.findLast((each) => each.startsWith(`SIP/2.0 ${status}`)) ?? "";
  return message
    .replace(/nonce="[^"]*"/g, "nonce")
    .replace(/branch=[^;\r]*/g, "branch")
    .replace(/tag=[^;\r]*/g, "tag")
    .replace(/^(Call-ID|CSeq|Via|From|To):.*$/gim, "$1");
}

const parsed = (text: string | undefined): SipMessage => {
  const message = parseMessage(new TextEncoder().encode(text));
  if (!message.ok) throw new Error("not a message");
  return message.value;
};

describe("a phone that registers", () => {
  test("is there at once, under a device id that a refresh keeps", async () => {
    const { phone, device } = await scene.registered("101");
    await scene.pass(241_000, 1000);
    expect(scene.devices.filter(({ id }) => id === device).length).toBe(2);
    expect(scene.devices.at(-1)).toMatchObject({ id: device, isGone: false });
    await phone.registration?.unregister();
    expect(scene.devices.at(-1)).toMatchObject({ id: device, isGone: true });
    expect(await scene.shelf.load()).toEqual([]);
  });

  test("hears 200 only when the store has it, and 503 when the store is away", async () => {
    const phone = await scene.phone("101");
    scene.shelf.isAway = true;
    expect(await phone.register()).toMatchObject({ ok: false, status: 503 });
    expect(parsed(scene.network.messages.at(-1)).headers.get("retry-after")).toBe("10");
    expect([scene.devices, scene.logged.length]).toEqual([[], 1]);
  });

  test("by a domain of another tenant belongs to that tenant, and by an address to the default one", async () => {
    const there = await scene.phone("201", { domain: other.domain });
    expect(await there.register()).toMatchObject({ ok: true });
    const here = await scene.phone("101", { domain: "10.0.0.1" });
    expect(await here.register()).toMatchObject({ ok: true });
    expect((await scene.shelf.load()).map(({ aor, tenant }) => [aor, tenant])).toEqual([
      ["sip:201@other.example", other.id],
      ["sip:101@home.example", home.id],
    ]);
  });

  test("is forgotten with its user, and whoever has the number next does not ring it", async () => {
    const { device } = await scene.registered("101");
    await scene.registered("102");
    scene.sip.forget(home.id, userAt("101").id);
    expect(scene.devices.at(-1)).toMatchObject({ id: device, isGone: true });
    expect(scene.sip.describe().registrations).toBe(1);
    await scene.registered("101");
    expect(scene.sip.describe().registrations).toBe(2);
    expect(scene.devices.at(-1)?.id).not.toBe(device);
  });

  test("more often than one address of record may is refused", async () => {
    for (let i = 0; i < 10; i++) await (await scene.phone("101")).register();
    expect(await (await scene.phone("101")).register()).toMatchObject({ ok: false, status: 403 });
    expect(scene.sip.describe().registrations).toBe(10);
  });
});

test("the trace shows every message of a registration, and no credentials", async () => {
  const shown: string[] = [];
  const traced = new Scene({ trace: ({ direction, text }) => void shown.push(`${direction} ${text}`) });
  await traced.sip.listen();
  await traced.registered("101");
  expect(shown.map((text) => text.slice(0, 12))).toEqual([
    "in REGISTER ",
    "out SIP/2.0 ",
    "in REGISTER ",
    "out SIP/2.0 ",
  ]);
  expect(shown.join("\n")).toContain("Authorization: ***");
  expect(shown.join("\n")).not.toMatch(/response="/);
  await traced.close();
});

describe("whoever cannot prove who they are", () => {
  test("hears the same for a wrong password, an unknown user, and another tenant's password", async () => {
    const answers: string[] = [];
    for (const [extension, password] of [
      ["101", "wrong"],
      ["999", "secret-999"],
      ["201", "secret-201"],
    ] as const) {
      const phone = await scene.phone(extension, { password });
      expect(await phone.register()).toMatchObject({ ok: false, status: 401 });
      answers.push(lastAnswer("401"));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("algorithm=MD5");
  });

  test("costs us the same work, whether the user is there or not", async () => {
    const work: number[] = [];
    let counted = 0;
    const counting: Hash = {
      hex: (algorithm, text) => {
        counted += 1;
        return hash.hex(algorithm, text);
      },
      hmac: (key, text) => {
        counted += 1;
        return hash.hmac(key, text);
      },
    };
    const measured = new Scene({ hash: counting });
    await measured.sip.listen();
    for (const extension of ["101", "999", "201"]) {
      const phone = await measured.phone(extension, { password: "wrong" });
      counted = 0;
      await phone.register();
      work.push(counted);
    }
    expect(new Set(work).size).toBe(1);
    expect(work[0]).toBeGreaterThan(3);
    await measured.close();
  });

  test("is asked for SHA-256 or MD5, and for MD5 alone after giving up at the sight of both", async () => {
    const { agent } = await scene.phone("101");
    const asked: (readonly string[])[] = [];
    for (let round = 0; round < 3; round++) {
      await agent.send({
        method: "REGISTER",
        uri: "sip:10.0.0.1:5060",
        from: "sip:101@home.example",
        to: "sip:101@home.example",
        headers: [["User-Agent", "Old Phone"]],
      });
      asked.push(lastAnswer("401").match(/algorithm=[A-Z0-9-]+/g) ?? []);
    }
    expect(asked).toEqual([["algorithm=SHA-256", "algorithm=MD5"], ["algorithm=MD5"], ["algorithm=MD5"]]);
  });

  test("cannot register for somebody else with credentials of their own", async () => {
    const phone = await scene.phone("101");
    const outcome = await phone.agent.send({
      method: "REGISTER",
      uri: "sip:10.0.0.1:5060",
      from: "sip:102@home.example",
      to: "sip:102@home.example",
      credentials: phone.credentials,
      headers: [["Contact", "<sip:102@10.0.1.1:6000>"]],
    });
    expect(outcome).toMatchObject({ ok: false, status: 401 });
    expect(scene.sip.describe().registrations).toBe(0);
  });

  test("waits longer and longer, while a made-up nonce locks nobody out", async () => {
    const forger = await scene.phone("102");
    for (let i = 0; i < 30; i++) {
      const forged =
        'Digest username="101", realm="home.example", nonce="made-up", uri="sip:x", qop=auth, nc=00000001, cnonce="c", response="00000000000000000000000000000000"';
      const outcome = await forger.agent.send({
        method: "REGISTER",
        uri: "sip:10.0.0.1:5060",
        from: "sip:101@home.example",
        to: "sip:101@home.example",
        headers: [["Authorization", forged]],
      });
      expect(outcome.status).toBe(401);
    }
    const guesser = await scene.phone("101", { password: "wrong" });
    const statuses: number[] = [];
    for (let i = 0; i < 10; i++) statuses.push((await guesser.register()).status);
    expect(statuses.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 401));
    expect(statuses.at(-1)).toBe(503);
    const neighbour = await scene.phone("102");
    expect((await neighbour.register()).ok).toBe(true);
    await scene.pass(10_000, 1000);
    const owner = await scene.phone("101");
    expect((await owner.register()).ok).toBe(true);
  });

  test("and tries many names from one address waits, but not the phones that were let in from there", async () => {
    const { phone } = await scene.registered("102");
    const statuses: number[] = [];
    for (let i = 0; i < 70; i++) statuses.push((await (await scene.phone(`9${i}`)).register()).status);
    expect(statuses.filter((status) => status === 401).length).toBe(65);
    expect(statuses.at(-1)).toBe(503);
    expect((await phone.register()).ok).toBe(true);
  });
});

describe("after a restart", () => {
  /** Closes the switch and starts another on the same store, network and clock. */
  async function restart(): Promise<Scene> {
    await scene.sip.close();
    const { network, clock, shelf, house } = scene;
    const next = new Scene({}, { network, clock, shelf, house });
    await next.sip.restore();
    await next.sip.listen();
    return next;
  }

  test("a UDP phone is reached where it registered from, under the same device id", async () => {
    const { phone, device } = await scene.registered("102");
    const next = await restart();
    expect(next.devices).toMatchObject([{ id: device, isGone: false }]);
    await next.place(device);
    expect(phone.incoming.length).toBe(1);
    await next.close();
  });

  test("a TCP phone is reached by its contact", async () => {
    const { phone, device } = await scene.registered("102", { transport: "tcp" });
    const next = await restart();
    await next.place(device);
    expect(phone.incoming.length).toBe(1);
    await next.close();
  });
});

describe("a phone on a connection", () => {
  /** A phone whose contact leads nowhere but over its connection, as behind a NAT. */
  async function behindNat(): Promise<{ readonly phone: Phone; readonly device: DeviceId }> {
    const phone = await scene.phone("102", { transport: "tcp" });
    const outcome = await phone.agent.send({
      method: "REGISTER",
      uri: "sip:10.0.0.1:5060;transport=tcp",
      from: phone.aor,
      to: phone.aor,
      credentials: phone.credentials,
      headers: [["Contact", "<sip:102@192.168.1.9:5060;transport=tcp>"]],
    });
    expect(outcome.ok).toBe(true);
    return { phone, device: scene.devices.at(-1)?.id ?? expect.fail("no device") };
  }

  test("is not called when that is gone and its contact leads nowhere: nobody waits", async () => {
    const { phone, device } = await behindNat();
    await phone.agent.close();
    await scene.settle();
    const sent = scene.network.sent.length;
    const leg = await scene.place(device);
    expect(scene.fact("ended", leg).reason).toMatchObject({ why: "not-registered", sip: 480 });
    expect(scene.network.sent.length).toBe(sent);
    expect(scene.sip.describe().registrations).toBe(1);
  });

  test("is called again once it is back, as the same device", async () => {
    const { phone, device } = await behindNat();
    await phone.agent.close();
    const back = await behindNat();
    expect(back.device).toBe(device);
    await scene.place(device);
    expect(back.phone.incoming.length).toBe(1);
  });
});

describe("a phone with two flows (RFC 5626)", () => {
  async function open(regId: number): Promise<Phone> {
    const phone = await scene.phone("102", { transport: "tcp" });
    const contactParams = `;reg-id=${regId};+sip.instance="<urn:uuid:1>"`;
    const outcome = await phone.register(300, { headers: [["Supported", "path, outbound"]], contactParams });
    expect(outcome.response?.headers.get("Require")).toBe("outbound");
    expect(outcome.response?.headers.get("Flow-Timer")).toBe("120");
    return phone;
  }
  const device = (): DeviceId => scene.devices.at(-1)?.id ?? expect.fail("no device");

  test("is one device that is rung over one of them", async () => {
    const [first, second] = [await open(1), await open(2)];
    expect(new Set(scene.devices.map(({ id }) => id)).size).toBe(1);
    await scene.place(device());
    expect(first.incoming.length + second.incoming.length).toBe(1);
  });

  test.each([0, 1])("is rung over the other one when flow %i is gone", async (gone) => {
    const phones = [await open(1), await open(2)];
    await phones[gone]?.agent.close();
    await scene.place(device());
    expect(phones[1 - gone]?.incoming.length).toBe(1);
  });

  test("is rung over the other one when the proxy says that the flow has failed", async () => {
    const phones = [await open(1), await open(2)];
    const tried: Phone[] = [];
    for (const phone of phones) {
      phone.onCall = (call) => {
        tried.push(phone);
        if (tried.length === 1) call.reject(430);
        else call.progress(180);
      };
    }
    const leg = await scene.place(device());
    expect(new Set(tried)).toEqual(new Set(phones));
    expect(scene.factsOf(leg)).toEqual(["ringing"]);
  });

  test("is not rung a second time when it has said no", async () => {
    const phones = [await open(1), await open(2)];
    for (const phone of phones) phone.onCall = (call) => void call.reject(486);
    const leg = await scene.place(device());
    expect(phones.flatMap(({ incoming }) => incoming).length).toBe(1);
    expect(scene.fact("ended", leg).reason.sip).toBe(486);
  });
});

test("a phone behind proxies is called by them, in the order of its path (RFC 3327)", async () => {
  const edge = await scene.phone("103");
  const phone = await scene.phone("102");
  const at = `sip:10.0.1.1:6000;lr`;
  const headers: HeaderList = [
    ["Path", `<${at}>, <sip:far.example;lr>`],
    ["Supported", "path"],
  ];
  const outcome = await phone.register(300, { headers });
  expect(outcome.response?.headers.get("Path")).toBe(`<${at}>, <sip:far.example;lr>`);
  await scene.place(scene.devices.at(-1)?.id ?? expect.fail("no device"));
  expect(phone.incoming.length).toBe(0);
  expect(edge.incoming[0]?.request).toMatchObject({ uri: "sip:102@10.0.1.1:6010" });
  expect(edge.incoming[0]?.request.headers.values("Route")).toEqual([`<${at}>`, "<sip:far.example;lr>"]);
});

test("a call to a TCP phone goes over the connection on which it registered", async () => {
  const { phone, device } = await scene.registered("102", { transport: "tcp" });
  expect(scene.sip.describe().sip.connections).toBe(1);
  await scene.place(device);
  expect(phone.incoming.length).toBe(1);
  expect(scene.sip.describe().sip.connections).toBe(1);
});
