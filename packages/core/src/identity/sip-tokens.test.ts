import type { TenantId, UserId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { machine, manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { createSipTokens } from "./sip-tokens.ts";

const acme = "ten_a" as TenantId;
const ada = "usr_a" as UserId;
const key = new Uint8Array(32).fill(7);
const tokensOf = (clock = manualClock(), secret = key) => createSipTokens({ hash: machine.hash, clock, key: secret });

test("a token is good until it says, for four to five minutes", () => {
  const clock = manualClock();
  const tokens = tokensOf(clock);
  for (let began = 0; began < 60; began += 7) {
    const { token, expiresAt } = tokens.issue(acme, ada);
    const lasts = expiresAt - clock.now();
    expect(lasts).toBeGreaterThan(240_000);
    expect(lasts).toBeLessThanOrEqual(300_000);
    expect(tokens.accepted(acme, ada)).toContain(token);
    clock.advance(ms(lasts - 1));
    expect(tokens.accepted(acme, ada)).toContain(token);
    clock.advance(ms(1));
    expect(tokens.accepted(acme, ada)).not.toContain(token);
    clock.advance(seconds(7));
  }
});

test("a token is no one else's", () => {
  const tokens = tokensOf();
  const { token } = tokens.issue(acme, ada);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(tokens.accepted(acme, "usr_b" as UserId)).not.toContain(token);
  expect(tokens.accepted("ten_b" as TenantId, ada)).not.toContain(token);
  expect(tokens.accepted("ten_ausr" as TenantId, "_a" as UserId)).not.toContain(token);
});

test("a token outlives a restart, but not another key", () => {
  const { token } = tokensOf().issue(acme, ada);
  expect(tokensOf().accepted(acme, ada)).toContain(token);
  expect(tokensOf(manualClock(), new Uint8Array(32).fill(8)).accepted(acme, ada)).not.toContain(token);
});
