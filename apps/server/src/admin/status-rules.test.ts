import type { Directory, OwnStatus, OwnStatusStore, User } from "@cordboard/core";
import { openOwnStatuses, plainReach } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import { instant, isoText, seconds } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import type { StatusRules } from "./status-rules.ts";
import { statusRules } from "./status-rules.ts";

const tenant = "ten_a" as TenantId;
const user: User = {
  id: "usr_101" as UserId,
  tenant,
  extension: "101",
  name: "Ada",
  role: "user",
  mobile: null,
  reach: plainReach,
  isAlwaysRecorded: false,
};
const directory = {
  user: (_tenant: TenantId, id: UserId) => (id === user.id ? user : undefined),
  userAt: (_tenant: TenantId, extension: string) => (extension === user.extension ? user : undefined),
} as Directory;

let clock: ReturnType<typeof manualClock>;
let kept: (OwnStatus | null)[];
let rules: StatusRules;
beforeEach(async () => {
  clock = manualClock();
  kept = [];
  const store: OwnStatusStore = {
    load: () => Promise.resolve([]),
    save: async (_tenant, _user, status) => void kept.push(status),
  };
  const statuses = await openOwnStatuses({ store, directory, clock });
  rules = statusRules({ directory, clock, statuses, shownOf: () => "away" });
});
const inOneHour = (): string => isoText(instant(clock.now() + 3_600_000));

test("a status that is not named is shown, and nothing is changed", async () => {
  expect(await rules.status(tenant, "101", {})).toEqual({
    ok: true,
    value: { extension: "101", name: "Ada", status: "available", text: "", until: null, shown: "away" },
  });
  expect(kept).toEqual([]);
});

test("a new status begins without the text and the end of the last, which go on when only another is named", async () => {
  const until = inOneHour();
  await rules.status(tenant, "101", { status: "away", text: "lunch", until });
  expect(await rules.status(tenant, "101", { text: "long lunch" })).toMatchObject({
    value: { status: "away", text: "long lunch", until },
  });
  expect(await rules.status(tenant, "101", { status: "do-not-disturb" })).toMatchObject({
    value: { status: "do-not-disturb", text: "", until: null },
  });
});

test("who is available and has nothing to say has said nothing", async () => {
  await rules.status(tenant, "101", { status: "away" });
  await rules.status(tenant, "101", { status: "available" });
  expect(kept.at(-1)).toBeNull();
});

test("what has run out is not gone on with", async () => {
  await rules.status(tenant, "101", { status: "away", text: "lunch", until: inOneHour() });
  clock.advance(seconds(3_600));
  expect(await rules.status(tenant, "101", {})).toMatchObject({ value: { status: "available", text: "" } });
  expect(await rules.status(tenant, "101", { text: "back" })).toMatchObject({ value: { until: null } });
});

test.each([
  ["199", {}, { code: "unknown-user", why: "there is no user 199" }],
  ["101", { text: "x".repeat(201) }, { code: "text-too-long", why: "the text has at most 200 characters" }],
  [
    "101",
    { status: "away", until: "1970-01-01T00:00:00Z" },
    { code: "until-is-past", why: "that time is over already" },
  ],
] as const)("%s with %o is refused", async (extension, change, error) => {
  expect(await rules.status(tenant, extension, change)).toEqual({ ok: false, error });
  expect(kept).toEqual([]);
});
