import type { TrunkId } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { CallScene } from "../../test/call-scene.ts";
import type { Directory, Trunk } from "../directory/index.ts";
import { route } from "./route.ts";

const { directory } = new CallScene().world;
const tenant = directory.defaultTenant().id;
const trunk = (name: string, ...prefixes: readonly string[]): Trunk => ({
  id: `trk_${name}` as TrunkId,
  tenant,
  name,
  address: "192.0.2.1:5060",
  transport: "udp",
  prefixes,
  maxCalls: 1,
});
const several: Directory = {
  ...directory,
  trunks: () => [trunk("all", "00", ""), trunk("italy", "0039"), trunk("mobile", "00393")],
};

test.each([
  ["101", "user 101"],
  ["1-0-1", "user 101"],
  ["9000", "service echo"],
  ["0039 045 55", "trunk italy 003904555"],
  ["0039 333", "trunk mobile 0039333"],
  ["0044 55", "trunk all 004455"],
  ["00393", "trunk italy 00393"],
  ["777", "trunk all 777"],
])("%s leads to %s", (dialled, where) => {
  const way = route(several, tenant, dialled);
  const words = way.ok ? way.value : undefined;
  const text =
    words === undefined
      ? "nowhere"
      : words.kind === "user"
        ? `user ${words.user.extension}`
        : words.kind === "service"
          ? `service ${words.service.kind}`
          : words.kind === "trunk"
            ? `trunk ${words.trunk.name} ${words.number}`
            : words.kind;
  expect(text).toBe(where);
});

test("a number that no trunk takes leads nowhere", () => {
  expect(route(directory, tenant, "777")).toEqual({ ok: false, error: { code: "unknown-number" } });
});
