import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { clockOf, randomOf } from "@cordboard/kernel";
import { nodeHash } from "@cordboard/sip/node";
import { expect } from "vitest";
import type {
  Carrier,
  CarrierOptions,
  Phone,
  PhoneAccount,
  PhoneBank,
  PhoneBankOptions,
  PhoneHost,
  PhoneServer,
} from "../src/index.ts";
import { createCarrier, createPhone, createPhoneBank } from "../src/index.ts";

/** What every test phone stands on. */
export const host: PhoneHost = { clock: clockOf(globalThis), random: randomOf(globalThis), hash: nodeHash };

/** Another clock, with a count of the timers that have neither run nor been cancelled. */
export class CountingClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<object>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get running(): number {
    return this.#timers.size;
  }

  now(): ReturnType<Clock["now"]> {
    return this.#clock.now();
  }

  monotonic(): Millis {
    return this.#clock.monotonic();
  }

  after(delay: Millis, task: () => void): Timer {
    const mark = {};
    this.#timers.add(mark);
    const timer = this.#clock.after(delay, () => {
      this.#timers.delete(mark);
      task();
    });
    return {
      cancel: () => {
        this.#timers.delete(mark);
        timer.cancel();
      },
    };
  }
}

/** A server that is never asked. */
const nobody = { address: "127.0.0.1", port: 9 };

/** Opens phones and carriers, and closes them all when the test is over. */
export class Place {
  readonly #open: { close(): Promise<void>; describe(): unknown }[] = [];

  async phone(
    user: string,
    server: Partial<PhoneServer> = {},
    more: Partial<PhoneBankOptions & PhoneAccount> = {},
  ): Promise<Phone> {
    const way = { ...nobody, transport: "udp", ...server } as const;
    return this.#keep(
      await createPhone({ ...host, server: way, user, password: "secret", domain: "example.org", ...more }),
    );
  }

  /** Two phones, of which the first calls the second directly. */
  async pair(
    transport: "udp" | "tcp",
    more: {
      readonly ann?: Partial<PhoneBankOptions & PhoneAccount>;
      readonly bob?: Partial<PhoneBankOptions & PhoneAccount>;
    } = {},
  ): Promise<readonly [Phone, Phone]> {
    const bob = await this.phone("102", { transport }, { sound: { frequencyHz: 850 }, ...more.bob });
    const ann = await this.phone("101", { ...bob.listening, transport }, { sound: { frequencyHz: 440 }, ...more.ann });
    return [ann, bob];
  }

  async bank(server: PhoneServer): Promise<PhoneBank> {
    return this.#keep(await createPhoneBank({ ...host, server }));
  }

  async carrier(options: Partial<CarrierOptions> = {}): Promise<Carrier> {
    return this.#keep(await createCarrier({ ...host, ...options }));
  }

  /** Closes everything; each must then have nothing left. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map((each) => each.close()));
    for (const each of this.#open.splice(0)) expect(each.describe()).toEqual(nothingLeft);
  }

  #keep<Opened extends Phone | PhoneBank | Carrier>(opened: Opened): Opened {
    this.#open.push(opened);
    return opened;
  }
}

const nothingLeft = {
  isRegistered: false,
  calls: [],
  waits: 0,
  rtpSockets: 0,
  senders: 0,
  sip: { dialogs: 0, transactions: 0, connections: 0, timers: 0 },
};
