import { join } from "node:path";
import type { CallView, ControlOrder } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { soundLevelDbm0, toneLevelDbm0 } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { administer } from "./admin-socket.ts";
import type { Baresip, BaresipOptions } from "./baresip.ts";
import { startBaresip } from "./baresip.ts";
import { demo } from "./company.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

/** Whom a phone hears: those who say their tones, and nobody else; or the house music. */
export type Heard = readonly string[] | "music";

/** Phones of somebody else on one demo server, each a user with a tone of its own. */
export interface Ensemble {
  /** The phone of that name. */
  phone(name: string): Baresip;
  /** The extension of that name. */
  at(name: string): string;
  /** One calls a number, in a new call; settles when its phone has dialled. */
  dials(name: string, number: string): Promise<unknown>;
  /** One calls a number that answers. */
  reaches(name: string, number: string): Promise<void>;
  /** Settles when a phone rings, which `does` makes it do. */
  rings(name: string, does: () => Promise<unknown>): Promise<void>;
  /** One takes the call that rings, or that `does` makes ring; settles when it is up. */
  takes(name: string, does?: () => Promise<unknown>): Promise<void>;
  /** One calls another, who takes it. */
  calls(name: string, other: string): Promise<void>;
  /** One hangs up its call by hand. */
  hangsUp(name: string): Promise<void>;
  /** Settles when the last call of a phone that was up has ended. */
  isLeft(name: string, does: () => Promise<unknown>): Promise<void>;
  /** Exactly what each of these hears from now on, all at once, by frequency, for `forMs` (500 unless said otherwise) or more. */
  hear(expected: Readonly<Record<string, Heard>>, forMs?: number): Promise<void>;
  /** Who is heard in this. */
  heardIn(sound: Int16Array): Heard | string;
  /** The call that is up with a leg of this one; waits for it. */
  call(name: string): Promise<CallView>;
  /** The legs of this one that are up, the oldest first; waits for one. */
  legs(name: string): Promise<readonly LegId[]>;
  /** Tells the oldest leg of this one what to do, by command. */
  tell(name: string, order: ControlOrder): Promise<void>;
}

/** Tones that no other is a part of: above the house music's, and none is that of the notice of a recording (1,400 Hz). */
const TONES_HZ = [700, 900, 1_100, 1_300, 1_600];
/** Louder than this is heard, quieter than that is not; tones are said at -10 dBm0, and the music at -18. */
const HEARD_DBM0 = -25;
const UNHEARD_DBM0 = -45;

/** Phones that register before the tests and go after them; after each test all calls are over. */
export function withEnsemble(
  program: string,
  server: () => Server,
  extensions: Readonly<Record<string, string>>,
  more: Pick<BaresipOptions, "watches" | "isTraced"> = {},
): Ensemble {
  const phones = new Map<string, Baresip>();
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await makeTestFolder();
    for (const [index, [name, user]] of Object.entries(extensions).entries()) {
      const account = { user, password: demo.passwordOf(user), domain: demo.domain };
      const toneHz = TONES_HZ[index] ?? 0;
      const place = { program, folder: join(folder.path, name), server: server().addresses.sipUdp };
      phones.set(name, await startBaresip({ ...account, ...place, ...more, toneHz }));
    }
  }, 60_000);
  afterEach(async () => {
    // A test that failed may have left calls up, on which the next would stumble.
    for (const call of await administer<readonly CallView[]>(server().data, "call-list"))
      for (const { id, extension } of call.legs)
        if (extension !== null) await order(server(), id, { type: "hang-up" }).catch(() => {});
    await server().backToZero();
    await Promise.all([...phones.values()].map((phone) => phone.forget()));
  });
  afterAll(async () => {
    await Promise.all([...phones.values()].map((phone) => phone.quit()));
    await folder?.remove();
  });
  return ensembleOf(server, extensions, phones);
}

function ensembleOf(
  server: () => Server,
  extensions: Readonly<Record<string, string>>,
  phones: ReadonlyMap<string, Baresip>,
): Ensemble {
  const phone = (name: string): Baresip => {
    const found = phones.get(name);
    if (found === undefined) throw new Error(`there is no phone ${name}`);
    return found;
  };
  const at = (name: string): string => extensions[name] ?? "";
  const callsUp = async (name: string): Promise<readonly CallView[]> => {
    const calls = await administer<readonly CallView[]>(server().data, "call-list");
    return calls.filter(({ legs }) => legs.some((leg) => isUpAt(leg, at(name))));
  };
  const legs = (name: string): Promise<readonly LegId[]> =>
    until(`a leg of ${name}`, async () => {
      const all = (await callsUp(name)).flatMap((call) => call.legs).filter((leg) => isUpAt(leg, at(name)));
      return all.length > 0 && all.map(({ id }) => id);
    });
  /** Does something, and waits for the event of the phone that comes of it. */
  const seeing = async (name: string, event: string, does: () => Promise<unknown>): Promise<void> => {
    const since = phone(name).events.length;
    await does();
    await phone(name).event(event, { after: since });
  };
  const dials = (name: string, number: string): Promise<unknown> =>
    phone(name).command("dial", `sip:${number}@${demo.domain}`);
  const rings = (name: string, does: () => Promise<unknown>): Promise<void> => seeing(name, "CALL_INCOMING", does);
  const takes = async (name: string, does?: () => Promise<unknown>): Promise<void> => {
    if (does !== undefined) await rings(name, does);
    await seeing(name, "CALL_ESTABLISHED", () => phone(name).command("accept"));
  };
  const isLeft = (name: string, does: () => Promise<unknown>): Promise<void> => seeing(name, "CALL_CLOSED", does);
  return {
    phone,
    at,
    dials,
    reaches: (name, number) => seeing(name, "CALL_ESTABLISHED", () => dials(name, number)),
    rings,
    takes,
    calls: (name, other) => seeing(name, "CALL_ESTABLISHED", () => takes(other, () => dials(name, at(other)))),
    hangsUp: (name) => isLeft(name, () => phone(name).command("hangup")),
    isLeft,
    hear: (expected, forMs) => hear(phones, expected, forMs),
    heardIn: (sound) => heardIn(sound, phones),
    call: (name) => until(`a call of ${name}`, async () => (await callsUp(name))[0]),
    legs,
    tell: async (name, what) => order(server(), (await legs(name))[0] as LegId, what),
  };
}

const isUpAt = ({ extension, state }: CallView["legs"][number], at: string): boolean =>
  extension === at && state !== "ended";

async function order({ data }: Server, leg: LegId, what: ControlOrder): Promise<void> {
  await administer(data, "call-control", { leg, order: what });
}

async function hear(
  phones: ReadonlyMap<string, Baresip>,
  expected: Readonly<Record<string, Heard>>,
  forMs?: number,
): Promise<void> {
  const listeners = [...phones].filter(([name]) => expected[name] !== undefined);
  const found = await Promise.all(
    listeners.map(async ([name, phone]) => [name, heardIn(await (await phone.listen()).heard(forMs), phones)] as const),
  );
  expect(Object.fromEntries(found), "who hears whom").toEqual(expected);
}

/** Who is heard in it; music when nobody is, and it is not silent. What is neither loud nor quiet is nothing that we know. */
function heardIn(sound: Int16Array, phones: ReadonlyMap<string, Baresip>): Heard | string {
  const levels = [...phones].map(([name, { toneHz }]) => ({ name, levelDbm0: toneLevelDbm0(sound, toneHz) }));
  const odd = levels.filter(({ levelDbm0 }) => levelDbm0 <= HEARD_DBM0 && levelDbm0 >= UNHEARD_DBM0);
  if (odd.length > 0) return odd.map(({ name, levelDbm0 }) => `${name} at ${levelDbm0.toFixed(0)} dBm0`).join(", ");
  const heard = levels.filter(({ levelDbm0 }) => levelDbm0 > HEARD_DBM0).map(({ name }) => name);
  return heard.length === 0 && soundLevelDbm0(sound) > HEARD_DBM0 ? "music" : heard;
}
