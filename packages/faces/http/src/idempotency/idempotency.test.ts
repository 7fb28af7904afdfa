import { createHash, createHmac } from "node:crypto";
import type { Hash, TenantId } from "@cordboard/kernel";
import { PlatformError, silentLog } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Claim, IdempotencyStore, RetryOutcome, StoredAnswer } from "./idempotency.ts";
import { runOnce } from "./idempotency.ts";

const hash: Hash = {
  hex: (algorithm, text) => createHash(algorithm).update(text).digest("hex"),
  hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};
const scope = { tenant: "ten_a" as TenantId, credential: "key_1", method: "POST", path: "/dialer/call", key: "k" };
const answer: StoredAnswer = { status: 200, contentType: "text/plain", body: "done" };

/** A store whose claim is settled by hand, and a list of what was done in which order. */
class Desk {
  readonly claiming: PromiseWithResolvers<Claim> = Promise.withResolvers();
  readonly done: string[] = [];
  readonly #store: IdempotencyStore = {
    claim: () => {
      this.done.push("claim");
      return this.claiming.promise;
    },
    finish: async (_scope, { body }) => void this.done.push(`finish ${body}`),
    release: async () => void this.done.push("release"),
    abandon: async () => void this.done.push("abandon"),
  };

  run(effect: () => Promise<StoredAnswer>): Promise<RetryOutcome> {
    return runOnce({ store: this.#store, hash, log: silentLog, scope, body: "b" }, () => {
      this.done.push("effect");
      return effect();
    });
  }
}

describe("a request with a key", () => {
  test("has no effect before its claim is committed", async () => {
    const desk = new Desk();
    const running = desk.run(async () => answer);
    await Promise.resolve();
    expect(desk.done).toEqual(["claim"]);
    desk.claiming.resolve({ kind: "new" });
    expect(await running).toEqual({ kind: "answer", answer, isReplay: false });
    expect(desk.done).toEqual(["claim", "effect", "finish done"]);
  });

  test("has none when the claim cannot be committed", async () => {
    const desk = new Desk();
    desk.claiming.reject(new PlatformError("database-unavailable", "away"));
    await expect(desk.run(async () => answer)).rejects.toMatchObject({ code: "database-unavailable" });
    expect(desk.done).toEqual(["claim"]);
  });

  test.each<Claim>([
    { kind: "stored", answer },
    { kind: "in-progress" },
    { kind: "key-reused" },
    { kind: "outcome-unknown" },
  ])("has none when the key is found $kind", async (claim) => {
    const desk = new Desk();
    desk.claiming.resolve(claim);
    await desk.run(async () => answer);
    expect(desk.done).toEqual(["claim"]);
  });

  test.each([
    { status: 404, settled: "finish done" },
    { status: 503, settled: "release" },
    { status: 500, settled: "abandon" },
  ])("that is answered with $status ends by $settled", async ({ status, settled }) => {
    const desk = new Desk();
    desk.claiming.resolve({ kind: "new" });
    await desk.run(async () => ({ ...answer, status }));
    expect(desk.done).toEqual(["claim", "effect", settled]);
  });

  test("that fails midway is never run again under this key", async () => {
    const desk = new Desk();
    desk.claiming.resolve({ kind: "new" });
    await expect(desk.run(() => Promise.reject(new Error("midway")))).rejects.toThrow("midway");
    expect(desk.done).toEqual(["claim", "effect", "abandon"]);
  });
});
