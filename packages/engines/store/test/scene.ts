import type { OpenRow, RowEnd, Tenant } from "@cordboard/core";
import type { CallId, Clock, DeviceId, Instant, TenantId, UserId } from "@cordboard/kernel";
import { instant, makeId, ms } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import type { ConfigStore, Database } from "../src/index.ts";
import { createConfigStore, sealerOf } from "../src/index.ts";

/** 09:30 UTC on a winter's day: a moment with a round number of milliseconds. */
export const morning: Instant = instant(Date.UTC(2026, 0, 31, 9, 30));

/** A moment so many milliseconds later. */
export const later = (milliseconds: number): Instant => instant(morning + milliseconds);

/** The machine's clock, set as the test likes. */
export function setClock(): Clock & { pass(milliseconds: number): void } {
  let shift = 0;
  return {
    ...machine.clock,
    now: () => instant(morning + shift),
    monotonic: () => ms(machine.clock.monotonic() + shift),
    pass(milliseconds) {
      shift += milliseconds;
    },
  };
}

export const sealer = sealerOf(new Uint8Array(32).fill(1), machine);

export const newConfig = (database: Database): ConfigStore => createConfigStore({ database, ...machine, sealer });

/** A tenant of that domain, made anew. */
export async function makeTenant(config: ConfigStore, domain: string, isDefault = false): Promise<Tenant> {
  const country = { timeZone: "Europe/Rome", country: "IT", language: "it" };
  const made = await config.addTenant({ domain, realm: domain, ...country, isDefault });
  if (!made.ok) throw new Error(made.error.code);
  return made.value;
}

/** A user of that extension, made anew. */
export async function makeUser(config: ConfigStore, tenant: TenantId, extension: string): Promise<UserId> {
  const made = await config.addUser(tenant, { extension, name: `User ${extension}`, role: "user", mobile: null });
  if (!made.ok) throw new Error(made.error.code);
  return made.value.id;
}

const newCallId = (): CallId => makeId("call", machine.clock.now(), machine.random);
export const newDeviceId = (): DeviceId => makeId("dev", machine.clock.now(), machine.random);

/** A call from 101 to 102. */
export const aCall = (tenant: TenantId, change: Partial<OpenRow> = {}): OpenRow => ({
  id: newCallId(),
  tenant,
  start: morning,
  src: "101",
  dst: "102",
  fromName: "Ada",
  fromNumber: "101",
  toName: "Bert",
  toNumber: "102",
  lastapp: "dial",
  lastdata: "",
  channel: "SIP/101-0000000a",
  ...change,
});

/** The end of that call: answered after 2.5 s, over after 65.999 s. */
export const itsEnd = ({ id, tenant }: OpenRow, change: Partial<RowEnd> = {}): RowEnd => ({
  id,
  tenant,
  answer: later(2_500),
  end: later(65_999),
  disposition: "ANSWERED",
  lastapp: "dial",
  dstchannel: "SIP/102-0000000b",
  cause: 16,
  sipStatus: 200,
  endedBy: "caller",
  quality: {},
  ...change,
});

/** What a step that must not be refused gave. */
export function given<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown },
): Value {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}
