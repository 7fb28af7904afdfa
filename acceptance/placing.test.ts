import type { DeviceView } from "@cordboard/core";
import type { Phone } from "@cordboard/phone";
import { isToneHeard } from "@cordboard/sound";
import { afterEach, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { scriptedPhone } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

/** What the scripted phone says; no phone of the ensemble says that. */
const CHIARA_HZ = 500;

describe("a call placed by command", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", desk: "101", bruno: "102" });
  const scripted: Phone[] = [];
  afterEach(async () => {
    for (const phone of scripted.splice(0)) await phone.close();
  });

  const chiara = async (does: Parameters<typeof scriptedPhone>[2]): Promise<Phone> => {
    const phone = await scriptedPhone(server(), "103", { ...does, sound: { frequencyHz: CHIARA_HZ } });
    scripted.push(phone);
    return phone;
  };
  const place = (call: { readonly extension: string; readonly number: string; readonly [more: string]: unknown }) =>
    administer(server().data, "call-place", call);
  const hasRung = (name: string, since: number): boolean =>
    all
      .phone(name)
      .events.slice(since)
      .some(({ type }) => type === "CALL_INCOMING");

  test("rings the chosen device alone, and calls the number when that one has been taken", async () => {
    const devices = await administer<readonly DeviceView[]>(server().data, "device-list");
    const device = devices.find(({ contact }) => contact.includes(all.phone("desk").listensAt))?.id;
    const [ada, bruno] = [all.phone("ada").events.length, all.phone("bruno").events.length];
    await all.rings("desk", () => place({ extension: "101", number: "102", device }));
    expect(all.phone("desk").events.findLast(({ type }) => type === "CALL_INCOMING")).toMatchObject({
      peeruri: "sip:102@demo.localhost",
      peerdisplayname: "Bruno Conti",
    });
    expect(hasRung("bruno", bruno), "nobody is called before there is somebody to talk with").toBe(false);
    await all.rings("bruno", () => all.takes("desk"));
    await all.takes("bruno");
    await all.hear({ desk: ["bruno"], bruno: ["desk"] });
    expect(hasRung("ada", ada), "the device that was not chosen").toBe(false);
    await all.isLeft("bruno", () => all.hangsUp("desk"));
  });

  test("rings all devices when none is chosen; those that are not taken stop", async () => {
    await all.rings("ada", () => all.rings("desk", () => place({ extension: "101", number: "102" })));
    await all.isLeft("desk", () => all.rings("bruno", () => all.takes("ada")));
    await all.takes("bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  test("is over when who was to call does not want to, and nobody else has rung", async () => {
    const since = all.phone("ada").events.length;
    await all.rings("bruno", () => place({ extension: "102", number: "101" }));
    await all.hangsUp("bruno");
    await server().backToZero();
    expect(hasRung("ada", since)).toBe(false);
  });

  test.each([true, false])(
    "asks the device to answer by itself when the command says so: %s",
    async (isAutoAnswered) => {
      const phone = await chiara({ answer: "ring", answersWhenAsked: true });
      await place({ extension: "103", number: "102", isAutoAnswered });
      const call = await phone.nextCall();
      expect(call.asksToBeAnswered).toBe(isAutoAnswered);
      await all.takes("bruno", async () => {
        if (!isAutoAnswered) await call.answer();
        await call.answered();
      });
      await call.hears(all.phone("bruno").toneHz);
      expect(isToneHeard(await (await all.phone("bruno").listen()).heard(), CHIARA_HZ)).toBe(true);
      await all.isLeft("bruno", () => call.hangUp());
    },
  );

  test("rings on at a phone that does not know how to answer by itself", async () => {
    await all.rings("bruno", () => place({ extension: "102", number: "101", isAutoAnswered: true }));
    await all.rings("ada", () => all.takes("bruno"));
    await all.takes("ada");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  describe("a phone that rings is answered from outside", () => {
    test("when it says that it takes that word", async () => {
      const phone = await chiara({ answer: "ring", obeysTalk: true });
      await all.dials("bruno", "103");
      const call = await phone.nextCall();
      await call.ringing();
      const [leg] = (await all.call("bruno")).legs.filter(({ extension }) => extension === "103");
      for (const _again of [1, 2])
        await administer(server().data, "call-control", { leg: leg?.id, order: { type: "answer" } });
      await call.answered();
      expect(call.events).toEqual(["talk"]);
      await call.hears(all.phone("bruno").toneHz);
      expect(isToneHeard(await (await all.phone("bruno").listen()).heard(), CHIARA_HZ)).toBe(true);
      await all.isLeft("bruno", () => call.hangUp());
    });

    test("else that is refused, and it rings on until a hand takes it", async () => {
      await all.rings("bruno", () => all.dials("ada", "102"));
      await expect(all.tell("bruno", { type: "answer" })).rejects.toMatchObject({ cause: { code: "not-supported" } });
      await all.takes("bruno");
      await all.hear({ ada: ["bruno"], bruno: ["ada"] });
      await all.isLeft("ada", () => all.hangsUp("bruno"));
    });
  });
});
