import type { Phone } from "@cordboard/phone";
import { afterEach, describe, expect, test } from "vitest";
import { cordboardJson } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";
import { withRtpengines } from "./with-rtpengines.ts";
import { withServer } from "./with-server.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 900;

/** What `/health` says of each rtpengine. */
async function rtpenginesOf({ addresses }: Server): Promise<Readonly<Record<string, number | "away">>> {
  const answer = await fetch(`${addresses.http}/health`);
  const body = (await answer.json()) as {
    readonly parts: { readonly sound: { readonly rtpengines: Readonly<Record<string, number | "away">> } };
  };
  return body.parts.sound.rtpengines;
}

describe("a server with rtpengines", () => {
  const rtpengines = withRtpengines(2);
  const server = withServer(() => ({ as: "demo", settings: rtpengines.settings() }));
  const phones: Phone[] = [];
  const phone = async (user: string, frequencyHz: number): Promise<Phone> => {
    const made = await scriptedPhone(server(), user, { answer: "auto", sound: { frequencyHz } });
    phones.push(made);
    return made;
  };
  afterEach(async () => {
    for (const each of phones.splice(0)) await each.close();
    await server().backToZero();
  });

  test("lets phones talk through one of them, hold and be held, press digits, and be sent on", async () => {
    const [ada, bruno] = [await phone("101", ADA_HZ), await phone("102", BRUNO_HZ)];
    const clara = await phone("103", 1200);
    const call = ada.call("102");
    await call.answered();
    const taken = await bruno.nextCall();
    await Promise.all([call.hears(BRUNO_HZ), taken.hears(ADA_HZ)]);
    expect(Object.values(await rtpenginesOf(server())).toSorted()).toEqual([0, 1]);
    await taken.sendDigits("42#");
    await call.digitsHeard("42#");
    await taken.hold();
    await taken.resume();
    await Promise.all([call.hears(BRUNO_HZ), taken.hears(ADA_HZ)]);
    expect(await taken.transfer("103")).toBe(200);
    const sentOn = await clara.nextCall();
    await Promise.all([call.hears(1200), sentOn.hears(ADA_HZ)]);
    await call.hangUp();
  });

  test("gives them what the built-in engine makes: their echo, and music", async () => {
    const ada = await phone("101", ADA_HZ);
    const echo = ada.call("9000");
    await echo.hears(ADA_HZ);
    await echo.hangUp();
    const music = ada.call("9001");
    await music.answered();
    await until("music", () => Promise.resolve(music.rtp().received > 25));
    await music.hangUp();
  });

  test("ends the calls of one that dies as the platform's fault, and makes new calls through the other", async () => {
    const [ada, bruno] = [await phone("101", ADA_HZ), await phone("102", BRUNO_HZ)];
    const call = ada.call("102");
    await call.answered();
    const taken = await bruno.nextCall();
    await Promise.all([call.hears(BRUNO_HZ), taken.hears(ADA_HZ)]);
    const had = await rtpenginesOf(server());
    const dying = rtpengines.all[rtpengines.names().findIndex((name) => had[name] === 1)];
    await dying?.kill();
    await Promise.all([call.ended(), taken.ended()]);
    const [row] = await cordboardJson<readonly Readonly<Record<string, unknown>>[]>(server().data, ["history"]);
    expect(row).toMatchObject({ disposition: "ANSWERED" });
    expect(Object.values(await rtpenginesOf(server())).toSorted()).toEqual([0, "away"]);
    const again = ada.call("102");
    await again.answered();
    await again.hears(BRUNO_HZ);
    expect(Object.values(await rtpenginesOf(server())).toSorted()).toEqual([1, "away"]);
    await again.hangUp();
  });
});
