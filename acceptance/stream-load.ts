import { ms } from "@cordboard/kernel";
import type { Phone, PhoneBank } from "@cordboard/phone";
import { createPhoneBank } from "@cordboard/phone";
import { machine } from "@cordboard/testkit";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

/** Waits until the server takes new calls: one that is overloaded, or whose machine is, refuses them for some seconds. */
export const keepingUp = (server: Server): Promise<true> =>
  until("the server to keep up", async () => (await server.health()).status === "ok", { withinMs: 30_000 });

const PATIENCE = { within: ms(20_000) };

/** Phones of one company that call each other. */
export interface LoadPhones {
  readonly bank: PhoneBank;
  readonly server: Server;
  phone(extension: string): Phone;
}

/** Registers a phone for each extension, all behind one port; they answer at once and send no sound. */
export async function openLoadPhones(
  server: Server,
  {
    domain,
    extensions,
    passwordOf,
  }: {
    readonly domain: string;
    readonly extensions: readonly string[];
    readonly passwordOf: (extension: string) => string;
  },
): Promise<LoadPhones> {
  const [address = "", port] = server.addresses.sipUdp.split(":");
  const bank = await createPhoneBank({ ...machine, server: { address, port: Number(port), transport: "udp" } });
  const phones = new Map<string, Phone>();
  for (const user of extensions) {
    const account = { user, password: passwordOf(user), domain, sound: "nothing", answer: "auto" } as const;
    phones.set(user, bank.phone(account));
  }
  await Promise.all([...phones.values()].map((phone) => phone.register()));
  return {
    bank,
    server,
    phone(extension) {
      const phone = phones.get(extension);
      if (phone === undefined) throw new Error(`no phone of ${extension} was opened`);
      return phone;
    },
  };
}

/** Calls that follow each other for as long as it runs. */
export interface CallLoad {
  /** Calls that were answered and hung up. */
  readonly completed: number;
  /** Calls that were not, by SIP status or by what the phone says. */
  readonly failed: Readonly<Record<string, number>>;
  /** Completed calls a second since the start. */
  rate(): number;
  /** Lets running calls end. */
  stop(): Promise<void>;
}

/** Between each pair, call after call: answered, and hung up at once. */
export function startLoad(phones: LoadPhones, pairs: readonly (readonly [string, string])[]): CallLoad {
  const startedAt = machine.clock.monotonic();
  const failed: Record<string, number> = {};
  let completed = 0;
  let isOn = true;
  const callOn = async ([from, to]: readonly [string, string]): Promise<void> => {
    while (isOn) {
      const why = await talkOnce(phones.phone(from), to);
      if (why === undefined) completed++;
      else {
        failed[why] = (failed[why] ?? 0) + 1;
        await keepingUp(phones.server);
      }
    }
  };
  const lines = pairs.map(callOn);
  return {
    get completed() {
      return completed;
    },
    failed,
    rate: () => completed / ((machine.clock.monotonic() - startedAt) / 1000),
    async stop() {
      isOn = false;
      await Promise.all(lines);
    },
  };
}

/** Waits for the answer and hangs up; says what went wrong. */
async function talkOnce(phone: Phone, to: string): Promise<string | undefined> {
  const call = phone.call(to);
  try {
    await call.answered(PATIENCE);
    await call.hangUp();
    return undefined;
  } catch (fault) {
    const end = await call.hangUp().catch(() => undefined);
    return end === undefined ? String(fault) : String(end.status);
  }
}
