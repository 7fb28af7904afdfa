import type { ControlOrder } from "@cordboard/core";
import type { DeviceId, LegId } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import { afterEach, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { scriptedPhone } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { expectSilence } from "./silence.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

describe("in a talk of two", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102" });
  const sides = [
    ["who called", "ada", "bruno"],
    ["who was called", "bruno", "ada"],
  ] as const;

  let chiara: Phone | undefined;
  afterEach(async () => {
    await chiara?.close();
    chiara = undefined;
  });

  const talk = async (): Promise<void> => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
  };
  const mute = (name: string, isMuted: boolean): Promise<void> => all.tell(name, { type: "mute", isMuted });
  /** Digits that a phone has heard since then, each once. */
  const digitsAt = (name: string, since: number): string =>
    all
      .phone(name)
      .events.slice(since)
      .flatMap(({ type, param = "" }) => (type === "CALL_DTMF_START" ? [param] : []))
      .join("");
  const hearsDigits = (name: string, wanted: string, since: number): Promise<true> =>
    until(
      () => `${wanted} at ${name}, which heard ${digitsAt(name, since)}`,
      () => digitsAt(name, since) === wanted,
    );

  test.each(sides)(
    "%s is muted by command: the other hears nothing of it, and it hears the other",
    async (_who, one, other) => {
      await talk();
      for (const _again of [1, 2]) {
        await mute(one, true);
        await expectSilence(all.phone(other), () => all.hear({ [one]: [other] }));
      }
      for (const _again of [1, 2]) {
        await mute(one, false);
        await all.hear({ ada: ["bruno"], bruno: ["ada"] });
      }
      await all.isLeft(other, () => all.hangsUp(one));
    },
  );

  test("who is muted stays so through a hold of its own and one of the other", async () => {
    await talk();
    await mute("ada", true);
    await all.tell("ada", { type: "hold" });
    await all.hear({ bruno: "music" });
    await all.tell("ada", { type: "resume" });
    await expectSilence(all.phone("bruno"), () => all.hear({ ada: ["bruno"] }));
    await all.tell("bruno", { type: "hold" });
    await all.hear({ ada: "music" });
    await all.tell("bruno", { type: "resume" });
    await expectSilence(all.phone("bruno"), () => all.hear({ ada: ["bruno"] }));
    await mute("ada", false);
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  });

  test.each(sides)("digits of %s reach the other, each once, and the talk goes on", async (_who, one, other) => {
    await talk();
    const since = all.phone(other).events.length;
    for (const digit of "147*0#D") await all.phone(one).command("sndcode", digit);
    await hearsDigits(other, "147*0#D", since);
    await all.tell(one, { type: "send-digits", digits: "2589" });
    await hearsDigits(other, "147*0#D2589", since);
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft(other, () => all.hangsUp(one));
  });

  test.each(["info", "rtp"] as const)(
    "digits that a phone sends by %s reach one that takes them by RTP, and the other way",
    async (by) => {
      chiara = await scriptedPhone(server(), "103", { answer: "auto", sound: { frequencyHz: 500 } });
      await all.reaches("ada", "103");
      const call = await chiara.nextCall();
      await call.hears(all.phone("ada").toneHz);
      const since = all.phone("ada").events.length;
      await call.sendDigits("31#", { by });
      await hearsDigits("ada", "31#", since);
      for (const digit of "86*") await all.phone("ada").command("sndcode", digit);
      expect(await call.digitsHeard("86*")).toBe("86*");
      await all.isLeft("ada", () => call.hangUp());
    },
  );

  test.each(sides)("%s is hung up by command, and with it the other", async (_who, one, other) => {
    await talk();
    await all.isLeft(one, () => all.isLeft(other, () => all.tell(one, { type: "hang-up" })));
    expect(await administer(server().data, "call-list")).toEqual([]);
  });

  test("a finger that presses twice does so once: the second command succeeds too, also when the leg has gone with the first", async () => {
    chiara = await scriptedPhone(server(), "103", { answer: "ring" });
    const twice = async (leg: LegId, order: ControlOrder): Promise<void> => {
      const press = (): Promise<unknown> => administer(server().data, "call-control", { leg, order });
      await Promise.all([press(), press()]);
      await press();
    };
    await talk();
    const [first] = await all.legs("bruno");
    await all.isLeft("bruno", () => twice(first as LegId, { type: "transfer", number: "103" }));
    const rung = await chiara.nextCall();
    expect(chiara.describe().calls).toHaveLength(1);
    await all.hangsUp("ada");
    await rung.ended();
    await talk();
    const [second] = await all.legs("ada");
    await all.isLeft("bruno", () => twice(second as LegId, { type: "hang-up" }));
  });

  test("every command on a talk that is over is refused, and so is one on none at all", async () => {
    await talk();
    const [leg] = await all.legs("ada");
    await all.isLeft("bruno", () => all.hangsUp("ada"));
    await server().backToZero();
    const orders: readonly ControlOrder[] = [
      ...(["hold", "resume", "answer", "hang-up"] as const).map((type) => ({ type })),
      ...[true, false].map((isOn) => ({ type: "record", isOn }) as const),
      ...[true, false].map((isMuted) => ({ type: "mute", isMuted }) as const),
      ...(["transfer", "invite"] as const).map((type) => ({ type, number: "103" })),
      ...(["join", "conference"] as const).map((type) => ({ type, other: leg as LegId })),
      { type: "park", number: null },
      { type: "supervise", extension: "103", as: "listen" },
      { type: "pick-up", extension: "103", device: null },
      { type: "hand-over", device: "dev_none" as DeviceId },
      { type: "send-digits", digits: "1" },
    ];
    for (const order of orders) {
      for (const id of [leg, "leg_none"]) {
        await expect(administer(server().data, "call-control", { leg: id, order }), order.type).rejects.toMatchObject({
          cause: { code: "unknown-leg" },
        });
      }
    }
    expect((await server().health()).calls).toBe(0);
  });

  test("what cannot be done while a phone only rings is refused, and it rings on", async () => {
    await all.rings("bruno", () => all.dials("ada", "102"));
    const orders: readonly ControlOrder[] = [
      { type: "hold" },
      { type: "mute", isMuted: true },
      { type: "transfer", number: "103" },
      { type: "park", number: null },
      { type: "send-digits", digits: "1" },
    ];
    for (const order of orders) {
      for (const name of ["ada", "bruno"]) {
        await expect(all.tell(name, order), `${name} ${order.type}`).rejects.toMatchObject({
          cause: { code: "not-now" },
        });
      }
    }
    await all.takes("bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });
});
