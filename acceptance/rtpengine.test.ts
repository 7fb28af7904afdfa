import type { LegQuality } from "@cordboard/core";
import type { Phone, PhoneCall } from "@cordboard/phone";
import { makeTestFolder } from "@cordboard/testkit";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { cordboard, cordboardJson } from "./command.ts";
import { demo, scriptedPhone } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import { StreamViewer } from "./stream-viewer.ts";
import { until, within } from "./until.ts";
import { withRtpengines } from "./with-rtpengines.ts";
import { withServer } from "./with-server.ts";

const ADA_HZ = 600;
const BRUNO_HZ = 900;
/** One that does not answer any more is noticed by then. */
const NOTICED_MS = 5000;

/**
 * Each phone reports every five seconds. rtpengine takes a report only when it knows the way there and back by it: never the first, and on
 * one machine not all others, as phones round by a millisecond, which is longer than the way.
 */
const REPORTED_MS = 60_000;
/** So long is listened in one go. */
const STRETCH_MS = 4500;

/** What `/health` says of each rtpengine. */
async function rtpenginesOf({ addresses }: Server): Promise<Readonly<Record<string, number | "away">>> {
  const answer = await fetch(`${addresses.http}/health`);
  const body = (await answer.json()) as {
    readonly parts: { readonly sound: { readonly rtpengines: Readonly<Record<string, number | "away">> } };
  };
  return body.parts.sound.rtpengines;
}

/** Two phones that talk, and how it looks from both sides. */
async function talking(ada: Phone, bruno: Phone, number = "102"): Promise<readonly [PhoneCall, PhoneCall]> {
  const call = ada.call(number);
  await call.answered();
  const taken = await bruno.nextCall();
  await Promise.all([call.hears(BRUNO_HZ), taken.hears(ADA_HZ)]);
  return [call, taken];
}

/** What the history says of the last call. */
async function lastRow({ data }: Server): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [row] = await cordboardJson<readonly Readonly<Record<string, unknown>>[]>(data, ["history"]);
  return row;
}

/** The row of a call whose sound was lost: the platform's fault, by cause and status too. */
const PLATFORM_LOST_IT = { disposition: "ANSWERED", ended_by: "platform", cause: 41, sip_status: 500 };

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

  test("hears the digits of phones that talk without it, and sends digits to one of them", async () => {
    const pressed: string[] = [];
    const stream = new StreamViewer(server().addresses.http, { name: "key", headers: { "x-api-key": demo.key } });
    stream.onEvent = (_seq, text) => {
      const { event, data } = JSON.parse(text) as { event: string; data: { leg: string; digit: string } };
      if (event === "leg.digit.v1") pressed.push(`${data.leg} ${data.digit}`);
    };
    const viewer = stream.open();
    onTestFinished(async () => void (await viewer.close()));
    await stream.until(() => stream.seq >= 0);
    const [call, taken] = await talking(await phone("101", ADA_HZ), await phone("102", BRUNO_HZ));
    const [{ legs }] = await administer<readonly [{ legs: readonly [{ id: string }, { id: string }] }]>(
      server().data,
      "call-list",
    );
    await call.sendDigits("7#");
    await taken.sendDigits("*");
    await until(
      () => `the digits to be told; told: ${pressed.join(", ")}`,
      () => pressed.length === 3,
    );
    expect(pressed.toSorted()).toEqual([`${legs[0].id} #`, `${legs[0].id} 7`, `${legs[1].id} *`].toSorted());
    await taken.digitsHeard("7#");
    expect(await cordboard(server().data, ["call", "send-digits", legs[0].id, "159"])).toMatchObject({ code: 0 });
    await taken.digitsHeard("159");
    await Promise.all([call.hears(BRUNO_HZ), taken.hears(ADA_HZ)]);
    await call.hangUp();
  });

  test("ends the calls of one that hangs as the platform's fault, and uses it again when it answers", async () => {
    const [ada, bruno] = [await phone("101", ADA_HZ), await phone("102", BRUNO_HZ)];
    const [call, taken] = await talking(ada, bruno);
    const had = await rtpenginesOf(server());
    const hanging = rtpengines.all[rtpengines.names().findIndex((name) => had[name] === 1)];
    hanging?.freeze();
    await within("the calls to end", NOTICED_MS, Promise.all([call.ended(), taken.ended()]));
    expect(await lastRow(server())).toMatchObject(PLATFORM_LOST_IT);
    expect(Object.values(await rtpenginesOf(server())).toSorted()).toEqual([0, "away"]);
    const [again] = await talking(ada, bruno);
    await again.hangUp();
    hanging?.thaw();
    await until("it to be there again", async () => !Object.values(await rtpenginesOf(server())).includes("away"));
    // What it carried when it hung, it is told to forget.
    await until("its calls to be gone", async () => (await hanging?.calls()) === 0);
    const others = [await phone("103", ADA_HZ), await phone("104", BRUNO_HZ)] as const;
    const calls = [await talking(ada, bruno), await talking(...others, "104")];
    expect(Object.values(await rtpenginesOf(server()))).toEqual([1, 1]);
    for (const [each] of calls) await each.hangUp();
  });

  test("ends the calls of one that dies as the platform's fault, and makes new calls through the other", async () => {
    const [ada, bruno] = [await phone("101", ADA_HZ), await phone("102", BRUNO_HZ)];
    const [call, taken] = await talking(ada, bruno);
    const had = await rtpenginesOf(server());
    const dying = rtpengines.all[rtpengines.names().findIndex((name) => had[name] === 1)];
    await dying?.kill();
    await within("the calls to end", NOTICED_MS, Promise.all([call.ended(), taken.ended()]));
    expect(await lastRow(server())).toMatchObject(PLATFORM_LOST_IT);
    expect(Object.values(await rtpenginesOf(server())).toSorted()).toEqual([0, "away"]);
    const [again] = await talking(ada, bruno);
    expect(Object.values(await rtpenginesOf(server())).toSorted()).toEqual([1, "away"]);
    await again.hangUp();
  });
});

describe("phones of somebody else", () => {
  const program = peer("baresip");
  const rtpengines = withRtpengines(1);
  const server = withServer(() => ({ as: "demo", settings: rtpengines.settings() }));
  const all = withEnsemble(program, server, { ada: "101", bruno: "102" });

  test("report to each other how they hear, and the history has it of a call that rtpengine carries alone", async () => {
    await all.calls("ada", "bruno");
    const isReported = async (): Promise<boolean> => {
      await all.hear({ ada: ["bruno"], bruno: ["ada"] }, STRETCH_MS);
      return (await rtpengines.all[0]?.reporting()) === 2;
    };
    await until("reports of both", isReported, { withinMs: REPORTED_MS });
    expect(Object.values(await rtpenginesOf(server()))).toEqual([1]);
    await all.isLeft("bruno", () => all.hangsUp("ada"));
    await server().backToZero();
    const { quality = {} } = (await lastRow(server())) ?? {};
    const legs = Object.values(quality as Readonly<Record<string, LegQuality>>);
    expect(legs).toHaveLength(2);
    for (const { mos, roundTripMs, remoteLossRatio, packetsReceived } of legs) {
      expect(packetsReceived).toBeGreaterThan(STRETCH_MS / 25);
      expect(mos).toBeGreaterThan(3.5);
      expect(remoteLossRatio).toBeLessThan(0.05);
      expect(roundTripMs).toBeLessThan(1000);
    }
  });
});

describe("a server that is killed", () => {
  const rtpengines = withRtpengines(1);

  test("leaves no calls in its rtpengine: the next start ends them", async () => {
    const folder = await makeTestFolder();
    onTestFinished(() => folder.remove());
    const options = { as: "demo", data: `${folder.path}/data`, settings: rtpengines.settings() } as const;
    const [rtpengine] = rtpengines.all;
    const first = await startServer(options);
    const phones = [
      await scriptedPhone(first, "101", { sound: { frequencyHz: ADA_HZ } }),
      await scriptedPhone(first, "102", { answer: "auto", sound: { frequencyHz: BRUNO_HZ } }),
    ] as const;
    onTestFinished(async () => {
      for (const each of phones) await each.close();
    });
    await talking(...phones);
    await first.kill();
    // The phones go on talking there, and know of nothing.
    expect(await rtpengine?.calls()).toBe(1);
    const second = await startServer(options);
    onTestFinished(async () => void (await second.stop()));
    await until("rtpengine to be rid of them", async () => (await rtpengine?.calls()) === 0);
    await second.backToZero();
  });
});
