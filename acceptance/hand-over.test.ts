import type { DeviceView } from "@cordboard/core";
import type { DeviceId } from "@cordboard/kernel";
import { beforeAll, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

describe("a talk is handed over to another device of the same user", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  // Bruno has two; one of them takes no part in what rings at both.
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", mobile: "102" });
  const devices = new Map<string, DeviceId>();

  beforeAll(async () => {
    const listed = await administer<readonly DeviceView[]>(server().data, "device-list");
    for (const name of ["ada", "bruno", "mobile"]) {
      const found = listed.find(({ contact }) => contact.includes(all.phone(name).listensAt));
      if (found !== undefined) devices.set(name, found.id);
    }
  });

  const deviceOf = (name: string): DeviceId => devices.get(name) ?? ("" as DeviceId);
  const timesRung = (name: string, since: number): number =>
    all
      .phone(name)
      .events.slice(since)
      .filter(({ type }) => type === "CALL_INCOMING").length;

  test.each([
    ["who called", () => all.calls("bruno", "ada")],
    ["who was called", () => all.isLeft("mobile", () => all.calls("ada", "bruno"))],
  ])("by %s: the talk lasts until the new one is taken, and goes on there", async (_who, call) => {
    await call();
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    const since = all.phone("mobile").events.length;
    await all.rings("mobile", async () => {
      for (const _again of [1, 2]) await all.tell("bruno", { type: "hand-over", device: deviceOf("mobile") });
    });
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("bruno", () => all.takes("mobile"));
    expect(timesRung("mobile", since)).toBe(1);
    await all.hear({ ada: ["mobile"], mobile: ["ada"] });
    expect(await all.call("ada")).toMatchObject({ state: "talking" });
    await all.isLeft("mobile", () => all.hangsUp("ada"));
  });

  test("and there is nobody to take it: the talk goes on where it was", async () => {
    await all.calls("bruno", "ada");
    await all.rings("mobile", () => all.tell("bruno", { type: "hand-over", device: deviceOf("mobile") }));
    await all.hangsUp("mobile");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  test("and the talk ends while the new one rings: it stops", async () => {
    await all.calls("bruno", "ada");
    await all.rings("mobile", () => all.tell("bruno", { type: "hand-over", device: deviceOf("mobile") }));
    await all.isLeft("bruno", () => all.isLeft("mobile", () => all.hangsUp("ada")));
  });

  test("but not to somebody else's, nor to one that is not there", async () => {
    await all.calls("bruno", "ada");
    for (const device of [deviceOf("ada"), "dev_none" as DeviceId]) {
      await expect(all.tell("bruno", { type: "hand-over", device })).rejects.toMatchObject({
        cause: { code: "unknown-device" },
      });
    }
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });
});
