import type { OwnStatus } from "@cordboard/core";
import { expect, test } from "vitest";
import { createStatusStore } from "../../src/index.ts";
import { given, later, makeTenant, makeUser, newConfig, setClock } from "../scene.ts";
import type { Databases } from "./databases.ts";

const away: OwnStatus = { status: "away", text: "at lunch", until: later(60_000) };

/** What every store of users' own words does. */
export function statusesContract({ database, reopen }: Databases): void {
  test("what a user says is kept until it says something else, or nothing", async () => {
    const config = newConfig(database());
    const tenant = (await makeTenant(config, "statuses.example")).id;
    const [ada, bert] = [await makeUser(config, tenant, "101"), await makeUser(config, tenant, "102")];
    const store = createStatusStore(database(), setClock());
    const busy: OwnStatus = { status: "do-not-disturb", text: "", until: null };
    await store.save(tenant, ada, away);
    await store.save(tenant, ada, busy);
    await store.save(tenant, bert, away);
    await store.save(tenant, bert, null);
    await store.save(tenant, bert, null);
    const kept = await createStatusStore(await reopen(), setClock()).load();
    expect(kept.filter((each) => each.tenant === tenant)).toEqual([{ tenant, user: ada, ...busy }]);
  });

  test("a status goes when its time is over, and with its user", async () => {
    const config = newConfig(database());
    const tenant = (await makeTenant(config, "brief.example")).id;
    const [ada, bert] = [await makeUser(config, tenant, "101"), await makeUser(config, tenant, "102")];
    const clock = setClock();
    const store = createStatusStore(database(), clock);
    const kept = async (): Promise<readonly unknown[]> =>
      (await store.load()).filter((each) => each.tenant === tenant).map(({ user }) => user);
    await store.save(tenant, ada, { ...away, text: "half a pair \ud800 and \0" });
    await store.save(tenant, bert, { ...away, until: null });
    expect(await kept()).toHaveLength(2);
    clock.pass(60_000);
    expect(await kept()).toEqual([bert]);
    given(await config.removeUser(tenant, bert));
    expect(await kept()).toEqual([]);
  });

  test("a stranger changes nobody's status", async () => {
    const config = newConfig(database());
    const owner = (await makeTenant(config, "said.example")).id;
    const stranger = (await makeTenant(config, "said-stranger.example")).id;
    const ada = await makeUser(config, owner, "101");
    const store = createStatusStore(database(), setClock());
    await store.save(owner, ada, away);
    await store.save(stranger, ada, null);
    await expect(store.save(stranger, ada, away)).rejects.toThrow();
    expect((await store.load()).filter(({ user }) => user === ada)).toEqual([{ tenant: owner, user: ada, ...away }]);
  });
}
