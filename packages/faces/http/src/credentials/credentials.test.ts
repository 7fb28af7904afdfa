import { createHash, createHmac } from "node:crypto";
import type { ApiKey, Credential, User } from "@cordboard/core";
import { noLimits, plainReach } from "@cordboard/core";
import type { Hash, KeyId, TenantId, UserId } from "@cordboard/kernel";
import { randomOf, seconds } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAuthenticator } from "./authenticator.ts";
import { readCredential } from "./read-credential.ts";

const acme = "ten_ACME" as TenantId;
const house = "ten_DEFAULT" as TenantId;
const names = {
  tenantOfDomain: (domain: string) => (domain === "acme.example" ? acme : undefined),
  defaultTenant: () => house,
};
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const logIn = (tenant: TenantId, name: string, password: string) => ({ kind: "password", tenant, name, password });

describe("a credential is read from a request", () => {
  test.each([
    [{}, undefined],
    [{ "x-api-key": "k" }, { kind: "key", token: "k" }],
    [
      { "x-api-key": " k ", authorization: "Bearer b" },
      { kind: "key", token: "k" },
    ],
    [
      { "x-api-key": "", authorization: "bearer  b" },
      { kind: "key", token: "b" },
    ],
    [{ authorization: "Bearer b c" }, undefined],
    [{ authorization: "Digest b" }, undefined],
    [{ "x-api-key": "k".repeat(2049) }, undefined],
    [basic("101@acme.example:p:w"), logIn(acme, "101", "p:w")],
    [basic("101@evil.example:pw"), logIn(house, "101@evil.example", "pw")],
    [basic("101:pÄ"), logIn(house, "101", "pÄ")],
    [basic("101:"), logIn(house, "101", "")],
    [basic(":pw"), undefined],
    [basic("101"), undefined],
  ])("%o", (headers, expected) => expect(readCredential(headers, "localhost", names)).toEqual(expected));

  test("whose log-in belongs to the tenant of Host when it names no domain", () => {
    expect(readCredential(basic("101:pw"), "acme.example:8443", names)).toEqual(logIn(acme, "101", "pw"));
    expect(readCredential(basic("101:pw"), undefined, names)).toEqual(logIn(house, "101", "pw"));
  });

  test("whatever the headers hold", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, authorization) => {
        readCredential({ "x-api-key": key, authorization }, "localhost", names);
        readCredential({ authorization: `Basic ${authorization}` }, authorization, names);
      }),
    );
  });
});

const hash: Hash = {
  hex: (algorithm, text) => createHash(algorithm).update(text).digest("hex"),
  hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};
const anna: User = {
  id: "usr_101" as UserId,
  tenant: acme,
  extension: "101",
  name: "Anna",
  role: "user",
  mobile: null,
  reach: plainReach,
  isAlwaysRecorded: false,
};
const crm: ApiKey = {
  id: "key_1" as KeyId,
  tenant: acme,
  name: "crm",
  role: "admin",
  limits: { ...noLimits, extensions: ["1"] },
};

function makeDesk() {
  const clock = manualClock();
  const account = { user: anna, passwordHash: "right" };
  const state: { account: typeof account | undefined; verified: string[]; gate: Promise<void> } = {
    account,
    verified: [],
    gate: Promise.resolve(),
  };
  const desk = createAuthenticator({
    store: {
      keyByHash: async (sha256) => (sha256 === hash.hex("sha256", "token") ? crm : undefined),
      webLogin: async (tenant, name) => (tenant === acme && name === "101" ? state.account : undefined),
    },
    hash,
    clock,
    random: randomOf(globalThis),
    async verifyPassword(passwordHash, password) {
      state.verified.push(passwordHash);
      await state.gate;
      return passwordHash === password;
    },
    dummyHash: "dummy",
  });
  const attempt = async (password: string, name = "101", address = "192.0.2.1") =>
    (await desk.logIn(logIn(acme, name, password) as Credential, address)).kind;
  return { clock, state, desk, attempt };
}

describe("a credential becomes an actor", () => {
  test("by key", async () => {
    const { desk } = makeDesk();
    expect(await desk.authenticate({ kind: "key", token: "token" })).toEqual({
      tenant: acme,
      kind: "key",
      user: undefined,
      extension: undefined,
      key: "key_1",
      roles: ["admin"],
      limits: crm.limits,
    });
    expect(await desk.authenticate({ kind: "key", token: "other" })).toBeUndefined();
    expect(await desk.authenticate({ kind: "key", token: "token".repeat(1000) })).toBeUndefined();
  });

  test("by password", async () => {
    const { desk } = makeDesk();
    const actor = await desk.authenticate(logIn(acme, "101", "right") as Credential);
    expect(actor).toMatchObject({ kind: "user", user: "usr_101", extension: "101", roles: ["user"], limits: noLimits });
    expect(await desk.authenticate(logIn(acme, "101", "wrong") as Credential)).toBeUndefined();
    expect(await desk.authenticate(logIn(house, "101", "right") as Credential)).toBeUndefined();
  });

  test("and somebody who does not exist costs as much as a wrong password, even with the dummy's", async () => {
    const { state, attempt } = makeDesk();
    expect(await attempt("dummy", "999")).toBe("wrong");
    expect(await attempt("dummy", "999")).toBe("wrong");
    expect(state.verified).toEqual(["dummy", "dummy"]);
  });
});

describe("a password that was found right is remembered", () => {
  test("for a minute", async () => {
    const { clock, state, attempt } = makeDesk();
    await attempt("right");
    clock.advance(seconds(59));
    expect(await attempt("right")).toBe("actor");
    expect(state.verified).toHaveLength(1);
    clock.advance(seconds(1));
    expect(await attempt("right")).toBe("actor");
    expect(state.verified).toHaveLength(2);
  });

  test("but not beyond its change, nor its user's end", async () => {
    const { state, attempt } = makeDesk();
    await attempt("right");
    state.account = { user: anna, passwordHash: "new" };
    expect(await attempt("right")).toBe("wrong");
    state.account = undefined;
    expect(await attempt("right")).toBe("wrong");
  });

  test("and checked once when it comes ten times at once", async () => {
    const { state, attempt } = makeDesk();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => attempt("right")));
    expect(outcomes).toEqual(new Array(10).fill("actor"));
    expect(state.verified).toHaveLength(1);
  });
});

describe("guessing is slow", () => {
  test("an account is not looked at again from that address before its time, whoever it is", async () => {
    for (const name of ["101", "999"]) {
      const { clock, attempt } = makeDesk();
      const outcomes: string[] = [];
      for (let guess = 0; guess < 8; guess++) outcomes.push(await attempt(`guess ${guess}`, name));
      expect(outcomes).toEqual([...new Array(6).fill("wrong"), "wait", "wait"]);
      expect(await attempt("right", "101", "198.51.100.7")).toBe("actor");
      clock.advance(seconds(1));
      expect(await attempt("one more", name)).toBe("wrong");
      clock.advance(seconds(1));
      expect(await attempt("one more", name)).toBe("wait");
    }
  });

  test("one who is known comes in while another guesses", async () => {
    const { attempt } = makeDesk();
    await attempt("right");
    for (let guess = 0; guess < 10; guess++) await attempt(`guess ${guess}`);
    expect(await attempt("right")).toBe("actor");
  });

  test("one address that tries many accounts has to wait as well", async () => {
    const { attempt } = makeDesk();
    for (let guess = 0; guess < 31; guess++) await attempt("guess", String(200 + guess));
    expect(await attempt("guess", "300")).toBe("wait");
    expect(await attempt("guess", "300", "198.51.100.7")).toBe("wrong");
  });

  test("no more passwords are checked at once than the machine can bear", async () => {
    const { state, desk, attempt } = makeDesk();
    const { promise, resolve } = Promise.withResolvers<void>();
    state.gate = promise;
    const crowd = Array.from({ length: 20 }, (_, i) => attempt("guess", String(i), `192.0.2.${i}`));
    const turnedAway = await Promise.all(crowd.slice(16));
    expect(turnedAway).toEqual(new Array(4).fill("wait"));
    resolve();
    expect(await Promise.all(crowd.slice(0, 16))).toEqual(new Array(16).fill("wrong"));
    expect(desk.describe().verifying).toBe(0);
  });
});
