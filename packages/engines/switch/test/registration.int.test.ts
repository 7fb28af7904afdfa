import type { SipMessage } from "@cordboard/sip";
import { parseMessage } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { home, other, userAt } from "./house.ts";
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

test("a call to a TCP phone goes over the connection on which it registered", async () => {
  const { phone, device } = await scene.registered("102", { transport: "tcp" });
  expect(scene.sip.describe().sip.connections).toBe(1);
  await scene.place(device);
  expect(phone.incoming.length).toBe(1);
  expect(scene.sip.describe().sip.connections).toBe(1);
});
