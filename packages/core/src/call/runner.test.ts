import type { ActionId, LegId, Result, TenantId, UserId } from "@cordboard/kernel";
import { PlatformError, randomOf, seconds, silentLog } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../test/call-scene.ts";
import type { EventBus } from "../bus/index.ts";
import type { HistoryBook, Kept } from "../history/index.ts";
import type { LegAction } from "./actions.ts";
import type { LegFact } from "./facts.ts";
import type { CallRunner } from "./runner.ts";
import { createCallRunner } from "./runner.ts";
import { verdictOf } from "./verdict.ts";

/** A runner between a switch that only notes its orders and a book that keeps when it is told. */
class Office {
  readonly clock: ManualClock = manualClock();
  readonly orders: LegAction[] = [];
  readonly told: string[] = [];
  readonly touched: number[] = [];
  readonly opening: PromiseWithResolvers<Kept>[] = [];
  state: ReturnType<HistoryBook["state"]> = "committing";
  isFree = true;
  #hear: (fact: LegFact) => void = () => {};
  readonly runner: CallRunner;

  constructor() {
    const book: HistoryBook = {
      open: () => {
        const opening = Promise.withResolvers<Kept>();
        this.opening.push(opening);
        return opening.promise;
      },
      answered: () => {},
      close: () => Promise.resolve("committed"),
      touch: (calls) => this.touched.push(calls.length),
      interruptOpen: () => Promise.resolve(0),
      list: () => Promise.resolve([]),
      state: () => this.state,
    };
    const bus: Pick<EventBus, "publish"> = {
      publish: (tenant, event, data) => {
        this.told.push(event);
        return { epoch: "e", seq: this.told.length, tenant, at: this.clock.now(), event, data };
      },
    };
    this.runner = createCallRunner({
      clock: this.clock,
      random: randomOf(globalThis),
      log: silentLog,
      directory: new CallScene().world.directory,
      switch: { act: (action) => this.orders.push(action), onFact: (hear) => (this.#hear = hear), onDevice: () => {} },
      book,
      bus: bus as EventBus,
      recordings: { open: () => {}, close: () => {} },
      mailboxes: { mailbox: () => undefined, change: () => Promise.resolve(undefined) },
      isQuiet: () => false,
      admits: () => this.isFree,
    });
  }

  place(extension: string, number: string): Promise<Result<unknown, { readonly code: string }>> {
    const correlation = `act_${this.orders.length}` as ActionId;
    return this.runner.place({ actor: anyKey, correlation, extension, number, device: null, isAutoAnswered: false });
  }

  /** The newest leg that was placed. */
  get placed(): LegId {
    return this.orders.findLast(({ type }) => type === "place")?.leg ?? ("none" as LegId);
  }

  fact(fact: LegFact): void {
    this.#hear(fact);
  }

  /** A phone of 101 calls a number, whose first device answers: who called, and who answered. */
  async talk(caller: LegId, dialled: string): Promise<readonly [LegId, LegId]> {
    const shows = { name: "", number: "101" };
    const user = "usr_101" as UserId;
    this.fact({
      type: "incoming",
      leg: caller,
      tenant: anyKey.tenant,
      user,
      dialled,
      shows,
      sipCallId: caller,
      replaces: null,
    });
    this.opening.at(-1)?.resolve("committed");
    await this.opening.at(-1)?.promise;
    const callee = this.placed;
    this.fact({ type: "answered", leg: callee });
    this.fact({ type: "answered", leg: caller });
    this.switchObeys();
    return [caller, callee];
  }

  ends(leg: LegId): void {
    this.fact({ type: "ended", leg, reason: verdictOf({ kind: "bye", side: "callee" }), quality: undefined });
  }

  /** Every leg whose end was ordered ends. */
  switchObeys(): void {
    for (const { leg, type } of this.orders.splice(0)) if (type === "end") this.ends(leg);
  }
}

test("whoever has moved to another call belongs to that one, whatever still becomes of the first", async () => {
  const office = new Office();
  const [near, bruno] = await office.talk("leg_a" as LegId, "102");
  const [far, chiara] = await office.talk("leg_b" as LegId, "+39045555");
  office.fact({ type: "refer-asked", leg: near, number: "103", replaces: far });
  // The call that was left is the last to change before the end.
  office.ends(near);
  office.ends(far);
  office.ends(chiara);
  expect(office.orders.filter(({ type }) => type === "end").map(({ leg }) => leg)).toContain(bruno);
  office.switchObeys();
  expect(office.runner.count()).toBe(0);
  office.runner.stop();
});

describe("a call placed by command", () => {
  test("is answered at the first sign of life, but not before its row is kept", async () => {
    const office = new Office();
    let answer: unknown;
    const placing = office.place("101", "102").then((result) => {
      answer = result;
    });
    office.fact({ type: "ringing", leg: office.placed, status: 180, hasEarlyMedia: false });
    await office.clock.run(seconds(4));
    expect(answer).toBeUndefined();
    office.opening[0]?.resolve("committed");
    await placing;
    expect(answer).toMatchObject({ ok: true });
    office.runner.stop();
  });

  test("is refused after five seconds without a sign, and leaves nothing", async () => {
    const office = new Office();
    const placing = office.place("101", "102");
    office.opening[0]?.resolve("committed");
    await office.clock.run(seconds(5));
    expect(await placing).toEqual({ ok: false, error: { code: "no-devices" } });
    office.switchObeys();
    expect(office.runner.count()).toBe(0);
    office.runner.stop();
    expect(office.clock.pending).toBe(0);
  });

  test("is refused when the book can keep no row, and its phone is called off", async () => {
    const office = new Office();
    const placing = office.place("101", "102");
    office.opening[0]?.reject(new PlatformError("database-unavailable", "gone"));
    expect(await placing).toEqual({ ok: false, error: { code: "database-away" } });
    expect(office.orders.map(({ type }) => type)).toContain("end");
    office.switchObeys();
    expect(office.runner.count()).toBe(0);
    office.runner.stop();
  });

  test("is answered inside the house when its row waits in memory, but a carrier is not called", async () => {
    const office = new Office();
    const placing = [office.place("101", "102"), office.place("103", "101")];
    office.fact({ type: "ringing", leg: office.placed, status: 180, hasEarlyMedia: false });
    for (const opening of office.opening) opening.resolve("spooled");
    expect(await Promise.all(placing)).toMatchObject([{ ok: true }, { ok: false, error: { code: "database-away" } }]);
    expect(office.orders.flatMap((order) => (order.type === "place" ? [order.target.kind] : []))).toEqual(["device"]);
    office.state = "spooling";
    expect(await office.place("101", "0039045555")).toEqual({ ok: false, error: { code: "database-away" } });
    office.runner.stop();
  });

  test.each([
    ["the book is away", (office: Office) => (office.state = "away"), "database-away"],
    ["the machine is overloaded", (office: Office) => (office.isFree = false), "overloaded"],
    ["the server is draining", (office: Office) => void office.runner.drain(), "shutting-down"],
  ])("is refused at once while %s", async (_when, make, code) => {
    const office = new Office();
    make(office);
    expect(await office.place("101", "102")).toEqual({ ok: false, error: { code } });
    expect(office.orders).toEqual([]);
    office.runner.stop();
  });
});

test("draining settles when the last call has ended", async () => {
  const office = new Office();
  void office.place("101", "102");
  office.opening[0]?.resolve("committed");
  await office.clock.run(seconds(1));
  let isDrained = false;
  const drained = office.runner.drain().then(() => {
    isDrained = true;
  });
  await office.clock.run(seconds(1));
  expect(isDrained).toBe(false);
  office.runner.endAll();
  office.switchObeys();
  await drained;
  expect(office.told).toEqual(expect.arrayContaining(["leg.ended.v1", "call.ended.v1", "history.recorded.v1"]));
  office.runner.stop();
});

test("rows of live calls are touched every ten seconds, and only then", async () => {
  const office = new Office();
  await office.clock.run(seconds(30));
  expect(office.touched).toEqual([]);
  void office.place("101", "102");
  office.opening[0]?.resolve("committed");
  office.fact({ type: "ringing", leg: office.placed, status: 180, hasEarlyMedia: false });
  await office.clock.run(seconds(20));
  expect(office.touched).toEqual([1, 1]);
  office.runner.stop();
});

test("a call that is not the actor's is unknown to it", async () => {
  const office = new Office();
  void office.place("101", "102");
  office.opening[0]?.resolve("committed");
  await office.clock.run(seconds(1));
  const [call] = office.runner.views(anyKey.tenant);
  const stranger = { ...anyKey, roles: [], limits: { ...anyKey.limits, extensions: ["104"] } };
  if (call === undefined) throw new Error("no call is up");
  expect(office.runner.hangUp(stranger, call.id)).toEqual({ ok: false, error: { code: "unknown-call" } });
  const elsewhere = { ...anyKey, tenant: "ten_other" as TenantId };
  expect(office.runner.hangUp(elsewhere, call.id)).toEqual({ ok: false, error: { code: "unknown-call" } });
  expect(office.runner.views(elsewhere.tenant)).toEqual([]);
  expect(office.runner.hangUp(anyKey, call.id)).toEqual({ ok: true, value: undefined });
  office.runner.stop();
});
