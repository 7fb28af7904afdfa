import { randomHex } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { RepeatableRequest } from "../../src/index.ts";
import { createIdempotencyStore, createMarkStore, wholeSystem } from "../../src/index.ts";
import { makeTenant, newConfig, setClock } from "../scene.ts";
import type { Databases } from "./databases.ts";

const answer = { status: 200, headers: { "content-type": "application/json" }, body: '{"status":"200"}' };
const DAY = 24 * 3600 * 1000;

/** How requests become safe to send again, and what is marked in a database. */
export function idempotencyContract(databases: Databases): void {
  repeating(databases);
  ending(databases);
}

/** Incarnations of a server, and requests to them. */
function requestsOf({ database }: Databases) {
  const scene = async (domain: string) => {
    const clock = setClock();
    const tenant = (await makeTenant(newConfig(database()), domain)).id;
    const incarnation = (epoch: string) => createIdempotencyStore({ database: database(), clock, epoch });
    return { clock, tenant, store: incarnation("one"), incarnation };
  };
  const post = (change: Partial<RepeatableRequest> = {}): RepeatableRequest => ({
    credential: "key_1",
    method: "POST",
    path: "/dialer/call",
    key: randomHex(machine.random, 8),
    bodyHash: "hash",
    ...change,
  });
  return { scene, post };
}

/** The same request again. */
function repeating(databases: Databases): void {
  const { scene, post } = requestsOf(databases);
  test("the same key and body get the stored answer", async () => {
    const { tenant, store } = await scene("replay.example");
    const request = post();
    expect(await store.claim(tenant, request)).toEqual({ outcome: "claimed" });
    expect(await store.claim(tenant, request)).toEqual({ outcome: "in-progress" });
    await store.settle(tenant, request, answer);
    expect(await store.claim(tenant, request)).toEqual({ outcome: "replay", answer });
    expect(await store.claim(tenant, { ...request, bodyHash: "other" })).toEqual({ outcome: "key-reused" });
  });

  test("a request that failed midway has an unknown outcome, whoever asks", async () => {
    const { tenant, store, incarnation } = await scene("midway.example");
    const request = post();
    await store.claim(tenant, request);
    await store.abandon(tenant, request);
    expect(await store.claim(tenant, request)).toEqual({ outcome: "outcome-unknown" });
    expect(await incarnation("two").claim(tenant, request)).toEqual({ outcome: "outcome-unknown" });
  });

  test("of many that come at once, one is carried out", async () => {
    const { tenant, store } = await scene("once.example");
    const request = post();
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(tenant, request)));
    expect(claims.filter(({ outcome }) => outcome === "claimed")).toHaveLength(1);
    expect(claims.filter(({ outcome }) => outcome === "in-progress")).toHaveLength(19);
  });

  test.each([
    { name: "credential", change: { credential: "key_2" } },
    { name: "method", change: { method: "PUT" } },
    { name: "path", change: { path: "/dailer/call" } },
  ])("another $name is another request", async ({ name, change }) => {
    const { tenant, store } = await scene(`${name}.example`);
    const request = post();
    await store.claim(tenant, request);
    expect(await store.claim(tenant, { ...request, ...change })).toEqual({ outcome: "claimed" });
  });
}

/** Crashes, failures, age; and marks. */
function ending(databases: Databases): void {
  const { database } = databases;
  const { scene, post } = requestsOf(databases);
  test("what an earlier incarnation left running has an unknown outcome, and stays so", async () => {
    const { tenant, store, incarnation } = await scene("unknown.example");
    const request = post();
    await store.claim(tenant, request);
    const next = incarnation("two");
    expect(await next.claim(tenant, request)).toEqual({ outcome: "outcome-unknown" });
    await next.release(tenant, request);
    await expect(next.settle(tenant, request, answer)).rejects.toMatchObject({ code: "internal" });
    expect(await incarnation("three").claim(tenant, request)).toEqual({ outcome: "outcome-unknown" });
  });

  test("an answer outlives the incarnation that gave it", async () => {
    const { tenant, store, incarnation } = await scene("outlives.example");
    const request = post();
    await store.claim(tenant, request);
    await store.settle(tenant, request, { ...answer, status: 499 });
    expect(await incarnation("two").claim(tenant, request)).toMatchObject({
      outcome: "replay",
      answer: { status: 499 },
    });
  });

  test("an answer of 500 is not kept, nor one that never came", async () => {
    const { tenant, store } = await scene("freed.example");
    const [failed, dropped] = [post(), post()];
    await store.claim(tenant, failed);
    await store.settle(tenant, failed, { ...answer, status: 500 });
    expect(await store.claim(tenant, failed)).toEqual({ outcome: "claimed" });
    await store.claim(tenant, dropped);
    await store.release(tenant, dropped);
    expect(await store.claim(tenant, dropped)).toEqual({ outcome: "claimed" });
  });

  test("a key is free again after 24 hours, and swept away", async () => {
    const { tenant, store, clock } = await scene("day.example");
    const [asked, forgotten] = [post(), post()];
    for (const request of [asked, forgotten]) {
      await store.claim(tenant, request);
      await store.settle(tenant, request, answer);
    }
    clock.pass(DAY - 1);
    expect(await store.claim(tenant, asked)).toMatchObject({ outcome: "replay" });
    clock.pass(1);
    expect(await store.claim(tenant, asked)).toEqual({ outcome: "claimed" });
    expect(await store.sweep()).toBeGreaterThanOrEqual(1);
    const left = await database().pool.query("select key from idempotency where tenant_id = $1", [tenant]);
    expect(left.rows).toEqual([{ key: asked.key }]);
  });

  test("a mark is kept, replaced and removed", async () => {
    const marks = createMarkStore(database(), machine.clock);
    expect(await marks.get(wholeSystem, "demo")).toBeUndefined();
    await marks.set(wholeSystem, "demo", { since: 1 });
    await marks.set(wholeSystem, "demo", { since: 2 });
    expect(await marks.get(wholeSystem, "demo")).toEqual({ since: 2 });
    await marks.remove(wholeSystem, "demo");
    expect(await marks.get(wholeSystem, "demo")).toBeUndefined();
  });
}
