import type { LegId } from "@cordboard/kernel";
import type { Dialog, Direction, Replaces } from "@cordboard/sip";
import { OPUS, PCMA, printReplaces, TELEPHONE_EVENT } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { home } from "./house.ts";
import { Office } from "./office.ts";
import type { Phone, PlacedCall } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
let office: Office;
beforeEach(async () => {
  scene = new Scene();
  office = new Office(scene);
  await scene.sip.listen();
});
afterEach(async () => {
  await office.close();
  await scene.close();
});

const music = { kind: "music" };

const asOurs = ({ id }: Pick<Dialog, "id">): Replaces => ({
  callId: id.callId,
  toTag: id.remoteTag,
  fromTag: id.localTag,
  isEarlyOnly: false,
});

const takes = ["UPDATE"];

/** A registered phone that takes news about whom it talks with. */
const phone = async (extension: string): Promise<Phone> => (await scene.registered(extension, { takes })).phone;

/** One phone calls another, which answers. */
async function talk(
  from: Phone,
  to: Phone,
): Promise<{ readonly call: PlacedCall; readonly near: Dialog; readonly far: Dialog }> {
  const call = from.dial(to.extension);
  await scene.settle();
  const far = to.pickUp();
  await scene.settle();
  if (call.dialog === undefined) throw new Error("the caller was not answered");
  return { call, near: call.dialog, far };
}

const areJoined = (a: LegId, b: LegId): boolean => scene.sound.hearing(a) === b && scene.sound.hearing(b) === a;

const shown = (phone: Phone): string | undefined => phone.requests.at(-1)?.headers.get("p-asserted-identity");

describe("a phone that holds lets the other hear music until it resumes", () => {
  const old = (body: string): string => body.replace("c=IN IP4 10.0.1.1", "c=IN IP4 0.0.0.0");
  const ways: { by: string; direction: Direction; change?: (body: string) => string }[] = [
    { by: "sendonly", direction: "sendonly" },
    { by: "inactive", direction: "inactive" },
    { by: "0.0.0.0", direction: "sendrecv", change: old },
  ];
  const cases = ways.flatMap((way) =>
    [true, false].flatMap((isCaller) => ["INVITE", "UPDATE"].map((method) => ({ ...way, isCaller, method }))),
  );

  test.each(cases)(
    "by $by in $method, the caller: $isCaller",
    async ({ direction, change = (body) => body, isCaller, method }) => {
      const [ann, bob] = [await phone("101"), await phone("102")];
      const { near, far } = await talk(ann, bob);
      const [holder, dialog] = isCaller ? [ann, near] : [bob, far];
      const [own, other] = isCaller ? [office.leg("101"), office.leg("102")] : [office.leg("102"), office.leg("101")];
      const send = (body: string) =>
        method === "INVITE" ? dialog.reinvite({ body }) : dialog.request("UPDATE", { body });
      expect(areJoined(own, other)).toBe(true);
      expect((await send(change(holder.offer(direction)))).ok).toBe(true);
      await scene.settle();
      expect(scene.sound.hearing(other)).toEqual(music);
      expect(scene.sound.media(own)?.direction).not.toBe("sendrecv");
      expect((await send(holder.offer())).ok).toBe(true);
      await scene.settle();
      expect(areJoined(own, other)).toBe(true);
      expect(scene.sound.media(own)?.direction).toBe("sendrecv");
    },
  );

  test("even when they talk in a codec that nobody here can make music for, and understand each other again", async () => {
    const [ann, bob] = [await phone("101"), await phone("102")];
    for (const each of [ann, bob]) each.codecs = [OPUS, TELEPHONE_EVENT];
    const { near } = await talk(ann, bob);
    for (const each of [ann, bob]) each.codecs = [OPUS, PCMA, TELEPHONE_EVENT];
    const [a, b] = [office.leg("101"), office.leg("102")];
    await near.reinvite({ body: ann.offer("sendonly") });
    await scene.settle();
    expect(scene.sound.hearing(b)).toEqual(music);
    expect(scene.sound.codecs(b)).toEqual(["PCMA"]);
    await near.reinvite({ body: ann.offer() });
    await scene.settle();
    expect(areJoined(a, b)).toBe(true);
    expect(scene.sound.codecs(a)?.[0]).toBe("PCMA");
  });
});

describe("a phone that sends its call on", () => {
  test("hears that somebody rings there, and leaves; the others talk, and are shown to each other", async () => {
    const [ann, bob, carol] = [await phone("101"), await phone("102"), await phone("103")];
    const { far } = await talk(ann, bob);
    const referral = far.refer("sip:103@home.example");
    await scene.settle();
    expect(await referral.result).toBe(200);
    expect(bob.ends.length).toBe(1);
    carol.pickUp();
    await scene.settle();
    expect(areJoined(office.leg("101"), office.leg("103"))).toBe(true);
    expect(shown(ann)).toBe('"Phone 103" <sip:103@home.example>');
    expect(office.legs().length).toBe(2);
  });

  test("to a number that leads nowhere hears that, and goes on", async () => {
    const [ann, bob] = [await phone("101"), await phone("102")];
    const { near } = await talk(ann, bob);
    const referral = near.refer("sip:999@home.example");
    await scene.settle();
    expect(await referral.result).toBe(404);
    expect(areJoined(office.leg("101"), office.leg("102"))).toBe(true);
  });

  test("to whom it talks with already leaves them to each other", async () => {
    const [ann, bob, carol] = [await phone("101"), await phone("102"), await phone("103")];
    const first = await talk(ann, bob);
    const second = await talk(bob, carol);
    const referral = first.far.refer("sip:103@home.example", { replaces: asOurs(second.near) });
    await scene.settle();
    expect(await referral.result).toBe(200);
    expect(areJoined(office.leg("101"), office.leg("103"))).toBe(true);
    expect([bob.ends.length, office.legs("102").length]).toEqual([2, 0]);
    expect([shown(ann), shown(carol)]).toEqual([
      '"Phone 103" <sip:103@home.example>',
      '"Phone 101" <sip:101@home.example>',
    ]);
  });

  test("may hang up without waiting", async () => {
    const [ann, bob, carol] = [await phone("101"), await phone("102"), await phone("103")];
    const { far } = await talk(ann, bob);
    far.refer("sip:103@home.example");
    await far.bye();
    await scene.settle();
    carol.pickUp();
    await scene.settle();
    expect(areJoined(office.leg("101"), office.leg("103"))).toBe(true);
  });
});

test("a phone takes the place of another of the same user by Replaces, and nobody else's does", async () => {
  const [ann, bob, carol] = [await phone("101"), await phone("102"), await phone("103")];
  const { far } = await talk(ann, bob);
  const replacing = { headers: [["Replaces", printReplaces(asOurs(far))]] } as const;
  const stranger = carol.dial("102", replacing);
  await scene.settle();
  expect([stranger.failure, bob.ends.length]).toEqual([403, 0]);
  const call = (await phone("102")).dial("101", replacing);
  await scene.settle();
  expect(call.dialog).toBeDefined();
  expect([bob.ends.length, ann.ends.length]).toEqual([1, 0]);
  expect(scene.sip.describe().legs.length).toBe(2);
});

test("three meet in a room, and two that are left hear each other directly again", async () => {
  const [ann, bob, carol] = [await phone("101"), await phone("102"), await phone("103")];
  await talk(ann, bob);
  await office.command(office.leg("101"), { type: "invite", number: "103" });
  const third = carol.pickUp();
  await scene.settle();
  const [a, b, c] = [office.leg("101"), office.leg("102"), office.leg("103")];
  const seats = [a, b, c].map((leg) => scene.sound.seat(leg)?.speaksTo);
  expect(seats).toEqual(["all", "all", "all"]);
  await third.bye();
  await scene.settle();
  expect(areJoined(a, b)).toBe(true);
  expect(scene.sound.seat(a)).toBeUndefined();
});

test("a command that a ringing phone should take its call is answered by what the phone does", async () => {
  const [ann, bob] = [await phone("101"), await phone("102")];
  bob.onCall = (call) => {
    call.onRequest((incoming) => {
      incoming.respond(200);
      bob.pickUp(call);
    });
    call.progress(180, { headers: [["Allow-Events", "talk"]] });
  };
  ann.dial("102");
  await scene.settle();
  await office.command(office.leg("102"), { type: "answer" });
  expect(areJoined(office.leg("101"), office.leg("102"))).toBe(true);
});

test("whoever is parked hears music, and after two minutes in which nobody came goes back to who parked it", async () => {
  scene.house.served.push({ tenant: home.id, number: "9011", kind: "park" });
  const [ann, bob] = [await phone("101"), await phone("102")];
  await talk(ann, bob);
  await office.command(office.leg("102"), { type: "park", number: null });
  expect(scene.sound.hearing(office.leg("101"))).toEqual(music);
  expect(office.legs().length).toBe(1);
  await scene.pass(119_000, 1_000);
  expect(office.legs("102")).toEqual([]);
  await scene.pass(2_000);
  bob.pickUp();
  await scene.settle();
  expect(areJoined(office.leg("101"), office.leg("102"))).toBe(true);
});
