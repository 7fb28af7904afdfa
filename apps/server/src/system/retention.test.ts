import type { Instant, TenantId, UserId } from "@cordboard/kernel";
import { seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { RetentionParts } from "./retention.ts";
import { deleteOutdated } from "./retention.ts";

const DAY = 24 * 3600;
const [careful, keeper] = ["ten_careful" as TenantId, "ten_keeper" as TenantId];

function scene() {
  const clock = manualClock();
  const asked: (readonly [string, TenantId, number])[] = [];
  const told: TenantId[] = [];
  const daysAgo = (before: Instant): number => (clock.now() - before) / seconds(DAY);
  const parts: RetentionParts = {
    clock,
    log: silentLog,
    config: {
      tenants: () => Promise.resolve([{ id: careful }, { id: keeper }] as never),
      retention: (tenant) =>
        Promise.resolve(tenant === careful ? { recordings: 30, messages: 7 } : { recordings: null, messages: null }),
    },
    recordings: {
      removeBefore: (tenant, before) => {
        asked.push(["recordings", tenant, daysAgo(before)]);
        return Promise.resolve(2);
      },
    },
    mailboxes: {
      removeBefore: (tenant, before) => {
        asked.push(["messages", tenant, daysAgo(before)]);
        return Promise.resolve([{ user: "usr_1" as UserId, fresh: 0, old: 0 }]);
      },
    },
    onMailbox: (tenant) => told.push(tenant),
  };
  return { parts, asked, told };
}

test("each tenant's recordings and messages go by their own days; who wants to keep them keeps them", async () => {
  const { parts, asked, told } = scene();
  await deleteOutdated(parts);
  expect(asked).toEqual([
    ["recordings", careful, 30],
    ["messages", careful, 7],
  ]);
  expect(told).toEqual([careful]);
});
