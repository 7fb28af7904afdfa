import type { KeyId, TenantId, UserId } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Ability } from "./may.ts";
import { may } from "./may.ts";
import type { Actor } from "./types.ts";
import { noLimits } from "./types.ts";

const tenant = "ten_a" as TenantId;
const actor = (change: Partial<Actor>): Actor => ({
  tenant,
  kind: "user",
  user: "usr_101" as UserId,
  extension: "101",
  key: undefined,
  roles: ["user"],
  limits: noLimits,
  ...change,
});
const key = (extensions: readonly string[] | null, roles: Actor["roles"] = ["admin"]): Actor =>
  actor({
    kind: "key",
    key: "key_1" as KeyId,
    user: undefined,
    extension: undefined,
    roles,
    limits: { ...noLimits, extensions },
  });

const who = {
  "a user": actor({}),
  "an administrator": actor({ roles: ["admin"], extension: "admin" }),
  "a key of the tenant": key(null),
  "a key of the tenant without the role": key(null, ["user"]),
  "a key of 101": key(["101"]),
  "the system": actor({ kind: "system", roles: [], extension: undefined }),
} as const;

const own: Ability = { type: "place-call", extension: "101" };
const other: Ability = { type: "place-call", extension: "102" };
const endOwn: Ability = { type: "end-call", extensions: ["102", "101"] };
const endOther: Ability = { type: "end-call", extensions: ["102"] };
const internals: Ability = { type: "see-internals" };
const book: Ability = { type: "see-history-of-all" };

describe.each([
  ["a user", [true, false, true, false, false, false]],
  ["an administrator", [true, true, true, true, true, true]],
  ["a key of the tenant", [true, true, true, true, true, true]],
  ["a key of the tenant without the role", [true, true, false, false, false, false]],
  ["a key of 101", [true, false, true, false, false, false]],
  ["the system", [true, true, true, true, true, true]],
] as const)("%s", (name, [placeOwn, placeOther, ends, endsOther, looksInside, readsBook]) => {
  test.each([
    ["places a call for 101", own, placeOwn],
    ["places a call for 102", other, placeOther],
    ["is a phone of 101", { type: "be-phone", extension: "101" }, placeOwn],
    ["is a phone of 102", { type: "be-phone", extension: "102" }, placeOther],
    ["ends a call of 101", endOwn, ends],
    ["ends a call of 102", endOther, endsOther],
    ["sees the inside", internals, looksInside],
    ["reads the whole history", book, readsBook],
  ] as const)("%s", (_what, ability, expected) => {
    expect(may(who[name], ability)).toBe(expected);
  });
});
