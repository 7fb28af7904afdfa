import type { Device } from "@cordboard/core";
import { instant, ms, silentLog } from "@cordboard/kernel";
import type { Binding } from "@cordboard/sip";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { ContactShelf, home, userAt } from "../test/house.ts";
import type { Aor } from "./registered.ts";
import { Registrations } from "./registrations.ts";

const ann: Aor = { tenant: home.id, user: userAt("101").id, aor: "sip:101@home.example" };
const flow = {
  transport: "udp",
  local: { address: "192.0.2.1", port: 5060 },
  remote: { address: "192.0.2.7", port: 5062 },
} as const;

interface Scene {
  readonly clock: ManualClock;
  readonly shelf: ContactShelf;
  readonly registrations: Registrations;
  readonly heard: string[];
}

function scene(shelf = new ContactShelf(), clock = manualClock()): Scene {
  const heard: string[] = [];
  const registrations = new Registrations({
    contacts: shelf,
    clock,
    random: seededRandom(shelf.saves + 3),
    log: silentLog,
    storeDeadline: ms(5000),
    onDevice: (device: Device, isGone) => heard.push(`${isGone ? "gone" : "here"} ${device.contact}`),
  });
  return { clock, shelf, registrations, heard };
}

const bindingOf = (clock: ManualClock, contact: string, more: Partial<Binding> = {}): Binding => ({
  contact,
  flow,
  expiresAt: instant(clock.now() + 300_000),
  path: [],
  qMilli: 1000,
  callId: "call",
  cseq: 1,
  instance: undefined,
  regId: undefined,
  userAgent: "Phone",
  ...more,
});

const desk = "sip:101@192.0.2.7:5062";

describe("a phone that registers", () => {
  test("is known and stored, and is told of", async () => {
    const { clock, registrations, shelf, heard } = scene();
    await registrations.replace(ann, [bindingOf(clock, desk)]);
    expect(registrations.of(ann).flatMap(({ flows }) => flows.map(({ contact }) => contact))).toEqual([desk]);
    expect((await shelf.load()).map(({ aor }) => aor)).toEqual([ann.aor]);
    expect(heard).toEqual([`here ${desk}`]);
  });

  test("is not known before the store has it", async () => {
    const { clock, registrations, shelf } = scene();
    let open = (): void => {};
    shelf.gate = new Promise((resolve) => {
      open = resolve;
    });
    const done = registrations.replace(ann, [bindingOf(clock, desk)]);
    expect(registrations.size).toBe(0);
    open();
    await done;
    expect(registrations.size).toBe(1);
  });

  test("is refused while the store is away, and after a while when it does not answer", async () => {
    const { clock, registrations, shelf } = scene();
    shelf.isAway = true;
    await expect(registrations.replace(ann, [bindingOf(clock, desk)])).rejects.toThrow("away");
    shelf.gate = new Promise(() => {});
    const late = registrations.replace(ann, [bindingOf(clock, desk)]);
    clock.advance(ms(5000));
    await expect(late).rejects.toMatchObject({ code: "deadline-passed" });
    expect([registrations.size, clock.pending]).toEqual([0, 0]);
  });
});

describe("a refresh", () => {
  test("keeps the device, writes nothing while the store covers it, and counts even without the store", async () => {
    const { clock, registrations, shelf } = scene();
    await registrations.replace(ann, [bindingOf(clock, desk)]);
    const device = registrations.of(ann)[0]?.device;
    clock.advance(ms(240_000));
    await registrations.replace(ann, [bindingOf(clock, desk, { cseq: 2 })]);
    expect(shelf.saves).toBe(1);
    shelf.isAway = true;
    clock.advance(ms(240_000));
    await registrations.replace(ann, [bindingOf(clock, desk, { cseq: 3 })]);
    expect(shelf.saves).toBe(2);
    clock.advance(ms(299_999));
    expect(registrations.of(ann).map((each) => each.device)).toEqual([device]);
  });

  test("of one phone is not told of another's", async () => {
    const { clock, registrations, heard } = scene();
    await registrations.replace(ann, [bindingOf(clock, desk), bindingOf(clock, "sip:101@192.0.2.8")]);
    heard.length = 0;
    const [first, second] = registrations.of(ann).map(({ flows }) => flows[0]);
    if (first === undefined || second === undefined) return expect.fail("somebody is missing");
    await registrations.replace(ann, [first, { ...second, cseq: 2 }]);
    expect(heard).toEqual(["here sip:101@192.0.2.8"]);
  });
});

test("a phone that comes back under another address is the same device", async () => {
  const { clock, registrations, heard } = scene();
  const instance = "<urn:uuid:1>";
  await registrations.replace(ann, [bindingOf(clock, desk, { instance })]);
  const device = registrations.of(ann)[0]?.device;
  await registrations.replace(ann, [bindingOf(clock, "sip:101@192.0.2.7:6000", { instance })]);
  expect(registrations.of(ann).map((each) => each.device)).toEqual([device]);
  expect(heard).toEqual([`here ${desk}`, "here sip:101@192.0.2.7:6000"]);
});

test("a phone that comes back under another address is brought back there after a restart", async () => {
  const { clock, registrations, shelf } = scene();
  await registrations.replace(ann, [bindingOf(clock, desk)]);
  const elsewhere = { ...flow, remote: { ...flow.remote, port: 7000 } };
  await registrations.replace(ann, [bindingOf(clock, desk, { cseq: 2, flow: elsewhere })]);
  const after = scene(shelf, clock);
  await after.registrations.restore(() => true);
  expect(after.registrations.of(ann)[0]?.flows[0].flow.remote.port).toBe(7000);
});

describe("a phone with several flows", () => {
  const flows = (clock: ManualClock, ...ids: readonly number[]): readonly Binding[] =>
    ids.map((regId, i) =>
      bindingOf(clock, desk, {
        instance: "<urn:uuid:1>",
        regId,
        expiresAt: instant(clock.now() + 300_000 - i * 60_000),
      }),
    );
  const idsOf = ({ registrations }: Scene) =>
    registrations.of(ann).map(({ flows: all }) => all.map(({ regId }) => regId));

  test("is one device, the flow that was refreshed last is its first", async () => {
    const it = scene();
    await it.registrations.replace(ann, flows(it.clock, 1));
    const device = it.registrations.of(ann)[0]?.device;
    await it.registrations.replace(ann, flows(it.clock, 2, 1).toReversed());
    expect([idsOf(it), it.registrations.size]).toEqual([[[2, 1]], 1]);
    expect(it.registrations.of(ann)[0]?.device).toBe(device);
  });

  test("loses them one by one, and is gone with the last", async () => {
    const it = scene();
    await it.registrations.replace(ann, flows(it.clock, 1, 2));
    it.clock.advance(ms(240_000));
    expect([idsOf(it), it.heard.at(-1)]).toEqual([[[1]], `here ${desk}`]);
    it.clock.advance(ms(60_000));
    expect([it.registrations.size, it.heard.at(-1), it.clock.pending]).toEqual([0, `gone ${desk}`, 0]);
  });

  test("has all of them after a restart", async () => {
    const before = scene();
    await before.registrations.replace(ann, flows(before.clock, 1));
    await before.registrations.replace(ann, flows(before.clock, 1, 2));
    const after = scene(before.shelf, before.clock);
    await after.registrations.restore(() => true);
    expect(idsOf(after)).toEqual([[1, 2]]);
    expect(after.registrations.of(ann)[0]?.device).toBe(before.registrations.of(ann)[0]?.device);
  });

  test("is another device than a phone of the same user", async () => {
    const it = scene();
    const [mine] = flows(it.clock, 1);
    if (mine === undefined) return expect.fail();
    await it.registrations.replace(ann, [mine, { ...mine, instance: "<urn:uuid:2>" }]);
    expect(idsOf(it)).toEqual([[1], [1]]);
  });
});

test("a phone that does not come back is gone when its time is over", async () => {
  const { clock, registrations, heard } = scene();
  await registrations.replace(ann, [bindingOf(clock, desk)]);
  clock.advance(ms(299_999));
  expect(registrations.size).toBe(1);
  clock.advance(ms(1));
  expect([registrations.size, heard.at(-1), clock.pending]).toEqual([0, `gone ${desk}`, 0]);
});

describe("after a restart", () => {
  test("everybody is there under the same device id, and the flow still leads to a phone behind NAT", async () => {
    const before = scene();
    await before.registrations.replace(ann, [bindingOf(before.clock, desk)]);
    const [known] = before.registrations.of(ann);
    before.registrations.close();
    expect(before.clock.pending).toBe(0);
    const after = scene(before.shelf, before.clock);
    await after.registrations.restore(() => true);
    expect(after.registrations.of(ann)).toMatchObject([{ device: known?.device, flows: [{ contact: desk, flow }] }]);
    expect(after.heard).toEqual([`here ${desk}`]);
  });

  test("a phone that had only just refreshed is still there when its first lifetime would be over", async () => {
    const before = scene();
    await before.registrations.replace(ann, [bindingOf(before.clock, desk)]);
    before.clock.advance(ms(290_000));
    await before.registrations.replace(ann, [bindingOf(before.clock, desk, { cseq: 2 })]);
    before.clock.advance(ms(200_000));
    const after = scene(before.shelf, before.clock);
    await after.registrations.restore(() => true);
    expect(after.registrations.size).toBe(1);
  });

  test("the phones of users who are gone are not, and neither is what cannot be read", async () => {
    const before = scene();
    await before.registrations.replace(ann, [bindingOf(before.clock, desk)]);
    await before.shelf.save(home.id, "sip:102@home.example", [
      {
        ...ann,
        aor: "sip:102@home.example",
        device: userAt("102").id as never,
        binding: "old",
        expiresAt: instant(9e15),
      },
    ]);
    const after = scene(before.shelf, before.clock);
    await after.registrations.restore(({ user }) => user !== ann.user);
    expect(after.registrations.size).toBe(0);
  });
});

test("changes of one address of record wait for each other, and not without end", async () => {
  const { registrations } = scene();
  const order: number[] = [];
  const turns = Array.from({ length: 20 }, (_, i) => registrations.inTurn(ann, async () => void order.push(i)));
  expect(turns.filter((turn) => turn === undefined).length).toBe(4);
  await Promise.all(turns.map(async (turn) => turn));
  expect(order).toEqual(Array.from({ length: 16 }, (_, i) => i));
  expect(registrations.inTurn(ann, async () => {})).toBeDefined();
});
