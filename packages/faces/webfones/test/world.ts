import { createHash, createHmac } from "node:crypto";
import type { ApiKey, CallDesk, PlaceCall, PlaceRefusal } from "@cordboard/core";
import { noLimits } from "@cordboard/core";
import type { Admission, Claim, IdempotencyStore, RetryScope, StoredAnswer } from "@cordboard/http";
import { createAuthenticator, createHttpApp, houseVoice, speakerOf, trustedProxies } from "@cordboard/http";
import type { CallId, Hash, KeyId, TenantId } from "@cordboard/kernel";
import { instant, ms, ok, PlatformError, randomOf, refused, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import type { FastifyInstance } from "fastify";
import type { DialerLimits } from "../src/index.ts";
import { dialerLimits, dialerVoice, isDialerPath, webfonesFace } from "../src/index.ts";

const acme = "ten_ACME" as TenantId;

const nodeHash: Hash = {
  hex: (algorithm, text) => createHash(algorithm).update(text).digest("hex"),
  hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};

const key = (id: string, limits: Partial<ApiKey["limits"]> = {}): ApiKey => ({
  id: id as KeyId,
  tenant: acme,
  name: id,
  role: "admin",
  limits: { ...noLimits, ...limits },
});

/** The dialer with a desk that answers as it is told. */
export interface World {
  readonly app: FastifyInstance;
  readonly limits: DialerLimits;
  readonly placed: readonly PlaceCall[];
  /** What the desk says to the next calls: a refusal's code, `fault`, or the default `placed`. */
  says: PlaceRefusal["code"] | "placed" | "fault" | "database-unavailable";
  admission: Admission;
  pass(time: number): void;
  /** Makes the desk keep its next answer back until it is released. */
  hold(): { readonly entered: Promise<void>; release(): void };
}

/** The dialer alone, as on its own port, or among others; with the counters of another port if they are given. */
export async function makeWorld(isAlone = true, shared?: DialerLimits): Promise<World> {
  const clock = manualClock(instant(Date.parse("2025-06-19T10:30:00.000Z")));
  const placed: PlaceCall[] = [];
  let held: (() => Promise<void>) | undefined;
  const keys = new Map([
    [nodeHash.hex("sha256", "good"), key("key_GOOD")],
    [nodeHash.hex("sha256", "slow"), key("key_SLOW", { ratePerMinute: 2 })],
  ]);
  const logIn = createAuthenticator({
    store: { keyByHash: async (sha256) => keys.get(sha256), webLogin: async () => undefined },
    hash: nodeHash,
    clock,
    random: randomOf(globalThis),
    verifyPassword: async () => false,
    dummyHash: "",
  });
  const desk: CallDesk = {
    async place(command) {
      placed.push(command);
      await held?.();
      if (world.says === "placed") return ok({ call: `call_${placed.length}` as CallId });
      if (world.says === "fault") throw new Error("secret of the inside");
      if (world.says === "database-unavailable") throw new PlatformError("database-unavailable", "secret");
      return refused({ code: world.says });
    },
    control: () => Promise.resolve(ok(undefined)),
    hangUp: () => ok(undefined),
  };
  const limits = shared ?? dialerLimits(clock);
  const speaker = speakerOf(clock, (path) => (isAlone || isDialerPath(path) ? dialerVoice : houseVoice));
  const app = createHttpApp({
    doors: {
      publicOrigin: "https://pbx.example.com",
      isTenantDomain: () => false,
      isAllowedOrigin: (origin) => origin === "https://crm.example",
      plainHttp: "loopback",
      httpsPort: () => 8443,
    },
    proxies: trustedProxies(["127.0.0.1"]),
    clock,
    random: randomOf(globalThis),
    log: silentLog,
    speaker,
    admit: () => world.admission,
  });
  await app.register(
    webfonesFace({
      desk,
      logIn,
      retries: retriesInMemory(),
      hash: nodeHash,
      clock,
      log: silentLog,
      speaker,
      isAlone,
      limits,
    }),
  );
  const world: World = {
    app,
    limits,
    placed,
    says: "placed",
    admission: { admitted: true },
    pass: (time) => clock.advance(ms(time)),
    hold() {
      const entered = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held = () => {
        held = undefined;
        entered.resolve();
        return released.promise;
      };
      return { entered: entered.promise, release: released.resolve };
    },
  };
  return world;
}

/** Idempotency keys in memory, without an end. */
function retriesInMemory(): IdempotencyStore {
  const kept = new Map<
    string,
    { readonly bodyHash: string; state: StoredAnswer | "in-progress" | "outcome-unknown" }
  >();
  const nameOf = (scope: RetryScope): string => JSON.stringify(Object.values(scope));
  const settle = (scope: RetryScope, state: StoredAnswer | "outcome-unknown"): void => {
    const found = kept.get(nameOf(scope));
    if (found !== undefined) found.state = state;
  };
  return {
    async claim(scope, bodyHash): Promise<Claim> {
      const found = kept.get(nameOf(scope));
      if (found === undefined) {
        kept.set(nameOf(scope), { bodyHash, state: "in-progress" });
        return { kind: "new" };
      }
      if (found.bodyHash !== bodyHash) return { kind: "key-reused" };
      return typeof found.state === "string" ? { kind: found.state } : { kind: "stored", answer: found.state };
    },
    finish: async (scope, answer) => settle(scope, answer),
    abandon: async (scope) => settle(scope, "outcome-unknown"),
    release: async (scope) => {
      kept.delete(nameOf(scope));
    },
  };
}
