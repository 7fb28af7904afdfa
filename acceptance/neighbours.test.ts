import type { CallView, ControlOrder } from "@cordboard/core";
import type { DeviceId, LegId } from "@cordboard/kernel";
import type { Phone, PhoneCall } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { beforeStart } from "./before-start.ts";
import { scriptedPhone } from "./company.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const HERE = "here.localhost";
const THERE = "there.localhost";
const password = "one-two-three";
/** Both companies have these numbers; what each phone says. */
const TONES_HZ = { [HERE]: { "201": 500, "202": 650 }, [THERE]: { "201": 800, "202": 1_000 } } as const;

/** Somebody of a company, in a call. */
interface Person {
  readonly phone: Phone;
  readonly call: PhoneCall;
}

describe("two companies with the same numbers on one server", () => {
  let folder: TestFolder;
  const server = withServer(async () => {
    folder = await makeTestFolder();
    const data = `${folder.path}/data`;
    const place = { timeZone: "Europe/Rome", country: "IT", language: "en" };
    await beforeStart(
      data,
      async ({ config }) => {
        for (const domain of [HERE, THERE])
          await config.addTenant({ ...place, domain, realm: domain, isDefault: domain === HERE });
      },
      { isBare: true },
    );
    return { data };
  });
  let phones: Phone[] = [];
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.close();
    await server().backToZero();
  });
  afterAll(() => folder.remove());

  const ask = <Value>(domain: string, command: string, input: object = {}): Promise<Value> =>
    administer(server().data, command, { domain, ...input });
  const phoneOf = async (domain: keyof typeof TONES_HZ, user: "201" | "202"): Promise<Phone> => {
    const sound = { frequencyHz: TONES_HZ[domain][user] };
    const phone = await scriptedPhone(server(), user, { domain, password, answer: "auto", sound });
    phones = [...phones, phone];
    return phone;
  };
  /** 201 of a company calls 202 of the same. */
  const talk = async (domain: keyof typeof TONES_HZ): Promise<{ readonly caller: Person; readonly callee: Person }> => {
    const [caller, callee] = [await phoneOf(domain, "201"), await phoneOf(domain, "202")];
    const call = caller.call("202");
    await call.answered();
    return { caller: { phone: caller, call }, callee: { phone: callee, call: await callee.nextCall() } };
  };
  const upAt = (domain: string): Promise<CallView> =>
    until(`a talk at ${domain}`, async () =>
      (await ask<readonly CallView[]>(domain, "call-list")).find(({ state }) => state === "talking"),
    );
  const addPeople = async (): Promise<void> => {
    for (const domain of [HERE, THERE]) {
      for (const extension of ["201", "202"])
        await ask(domain, "user-add", { extension, name: `${extension} at ${domain}`, sipPassword: password });
    }
  };

  test("talk among themselves, and nobody can touch, hear of or send on what belongs to the other", async () => {
    await addPeople();
    const [here, there] = [await talk(HERE), await talk(THERE)];
    const hearEachOther = async (): Promise<void> => {
      for (const [domain, { caller, callee }] of [[HERE, here] as const, [THERE, there] as const]) {
        await caller.call.hears(TONES_HZ[domain]["202"]);
        await callee.call.hears(TONES_HZ[domain]["201"]);
      }
    };
    await hearEachOther();
    const [ours, theirs] = [await upAt(HERE), await upAt(THERE)];
    expect(ours.id).not.toBe(theirs.id);
    expect(await ask<readonly CallView[]>(HERE, "call-list")).toHaveLength(1);
    const [own, foreign] = [ours.legs[0]?.id as LegId, theirs.legs[0]?.id as LegId];
    const device = (await ask<readonly { readonly id: DeviceId }[]>(HERE, "device-list"))[0]?.id as DeviceId;
    const orders: readonly ControlOrder[] = [
      ...(["hold", "resume", "answer", "hang-up"] as const).map((type) => ({ type })),
      { type: "mute", isMuted: true },
      { type: "record", isOn: true },
      { type: "transfer", number: "202" },
      { type: "invite", number: "202" },
      { type: "join", other: own },
      { type: "conference", other: own },
      { type: "park", number: null },
      { type: "supervise", extension: "202", as: "listen" },
      { type: "pick-up", extension: "202", device: null },
      { type: "hand-over", device },
      { type: "send-digits", digits: "1" },
    ];
    // The answer is that to what is not there at all.
    for (const order of orders) {
      for (const leg of [foreign, "leg_none"]) {
        await expect(ask(HERE, "call-control", { leg, order }), order.type).rejects.toMatchObject({
          cause: { code: "unknown-leg" },
        });
      }
    }
    for (const type of ["join", "conference"] as const) {
      await expect(ask(HERE, "call-control", { leg: own, order: { type, other: foreign } })).rejects.toMatchObject({
        cause: { code: "unknown-leg" },
      });
    }
    const [theirDevice] = await ask<readonly { readonly id: DeviceId }[]>(THERE, "device-list");
    await expect(
      ask(HERE, "call-control", { leg: own, order: { type: "hand-over", device: theirDevice?.id } }),
    ).rejects.toMatchObject({ cause: { code: "unknown-device" } });
    await hearEachOther();
    expect(await upAt(THERE)).toEqual(theirs);
    expect(there.caller.call.digits + there.callee.call.digits).toBe("");
    await Promise.all([here.caller.call.hangUp(), there.callee.call.hangUp()]);
  });
});
