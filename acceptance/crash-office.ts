import { ms } from "@cordboard/kernel";
import type { Phone, PhoneBank, PhoneCall } from "@cordboard/phone";
import { createPhoneBank } from "@cordboard/phone";
import type { SeededRandom } from "@cordboard/testkit";
import { machine } from "@cordboard/testkit";
import { administer } from "./admin-socket.ts";
import { ask } from "./ask.ts";
import type { Server } from "./server.ts";

/** How a call goes if nothing comes between. */
const fates = ["rings", "talks", "caller hangs up", "callee hangs up", "busy"] as const;

/** One of {@link fates}. */
export type Fate = (typeof fates)[number];

/** A call that is planned, and what its caller got to know of it. */
export interface Attempt {
  readonly from: string;
  readonly to: string;
  /** Placed by a phone's INVITE or by a request to the dialer. */
  readonly by: "sip" | "http";
  readonly fate: Fate;
  /** Status of the first answer to its caller from 180 on, by SIP or HTTP; 0 without one. */
  status: number;
}

/** Phones that call, phones that are called, phones that are rung for a program, and two for a call after each crash. */
const callers = ["201", "202", "203"];
const callees = ["204", "205", "206", "207"];
const dialled = ["208", "209"];
const checkers = ["210", "211"] as const;
const everybody: readonly string[] = [...callers, ...callees, ...dialled, ...checkers];
const AT_ONCE = 4;
const PATIENCE = { within: ms(10_000) };
const passwordOf = (extension: string): string => `secret-of-${extension}`;

/** An office whose phones register once, for an hour, and never again. */
export class Office {
  readonly size: number = everybody.length;
  readonly #key: string;
  readonly #bank: PhoneBank;
  readonly #phones = new Map<string, Phone>();
  readonly #inHand: PhoneCall[] = [];
  /** Call-IDs of which some server has heard. */
  readonly #heard = new Set<string>();
  #fates = new Map<string, Fate>();
  /** Hears of every SIP message of the phones. */
  onSip: (direction: "in" | "out", text: string) => void = () => {};

  private constructor(bank: PhoneBank, key: string) {
    this.#bank = bank;
    this.#key = key;
  }

  /** Makes users and a key, and registers the phones over UDP. */
  static async open({ data, addresses }: Server): Promise<Office> {
    for (const extension of everybody) {
      await administer(data, "user-add", { extension, name: `User ${extension}`, sipPassword: passwordOf(extension) });
    }
    const { key } = await administer<{ readonly key: string }>(data, "key-create", {});
    const [address = "", port] = addresses.sipUdp.split(":");
    let saw: Office["onSip"] = () => {};
    const bank = await createPhoneBank({
      ...machine,
      server: { address, port: Number(port), transport: "udp" },
      trace: ({ direction, text }) => saw(direction, text),
    });
    const office = new Office(bank, key);
    saw = (direction, text) => office.#saw(direction, text);
    await office.#register();
    return office;
  }

  #saw(direction: "in" | "out", text: string): void {
    if (direction === "in" && text.startsWith("SIP/2.0 1"))
      this.#heard.add(/^Call-ID: (.+)$/im.exec(text)?.[1]?.trim() ?? "");
    this.onSip(direction, text);
  }

  async #register(): Promise<void> {
    for (const user of everybody) {
      const phone = this.#bank.phone({
        user,
        password: passwordOf(user),
        domain: "localhost",
        sound: "nothing",
        expiresSeconds: 3600,
        answer: (call) => this.#behaviourOf(user, call),
      });
      this.#phones.set(user, phone);
      await phone.register();
    }
  }

  /** Every pair of this office in a seeded order, each with a seeded fate. */
  plan(random: SeededRandom): readonly Attempt[] {
    const pairs = [
      ...callers.flatMap((from) => callees.map((to) => ({ from, to, by: "sip" }) as const)),
      ...dialled.flatMap((from) => callees.slice(0, 2).map((to) => ({ from, to, by: "http" }) as const)),
    ];
    return pairs
      .map((pair) => ({ pair, place: random.next() }))
      .toSorted((one, other) => one.place - other.place)
      .map(({ pair }) => ({ ...pair, fate: fates[random.between(0, fates.length - 1)] ?? "talks", status: 0 }));
  }

  /** Places the calls, some at once, until all are placed or `isOver`. Calls that go on are left up. */
  async work(attempts: readonly Attempt[], origin: string, isOver: () => boolean): Promise<void> {
    this.#fates = new Map(attempts.map(({ from, to, fate }) => [`${from} ${to}`, fate]));
    const queue = [...attempts];
    const line = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !isOver(); next = queue.shift()) {
        await (next.by === "sip" ? this.#callByPhone(next) : this.#dial(next, origin)).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, line));
  }

  /** A call between two phones that have not registered again. */
  async checkCall(): Promise<void> {
    const [from, to] = checkers;
    this.#fates = new Map([[`${from} ${to}`, "talks"]]);
    const call = this.#phone(from).call(to);
    await call.answered(PATIENCE);
    await call.hangUp();
  }

  /** Gives up every call, whatever its state. */
  letGo(): void {
    for (const call of this.#inHand.splice(0)) if (call.state !== "over") void call.hangUp().catch(() => {});
  }

  /**
   * Call-IDs of INVITEs that still look for a server. Those that one had heard of stay for 32 s, waiting for the word of a server that
   * is gone, and disturb nobody.
   */
  unheard(): readonly string[] {
    const { calls } = this.#bank.describe();
    const starting = calls.filter(({ direction, state }) => direction === "out" && state === "starting");
    return starting.flatMap(({ callId }) => (this.#heard.has(callId) ? [] : [callId]));
  }

  close(): Promise<void> {
    return this.#bank.close();
  }

  #phone(extension: string): Phone {
    const phone = this.#phones.get(extension);
    if (phone === undefined) throw new Error(`there is no phone of ${extension}`);
    return phone;
  }

  async #callByPhone(attempt: Attempt): Promise<void> {
    const call = this.#phone(attempt.from).call(attempt.to);
    this.#inHand.push(call);
    void call.ended({ within: ms(60_000) }).then(
      ({ cause, status }) => {
        if (cause === "rejected") attempt.status ||= status;
      },
      () => {},
    );
    attempt.status = (await call.ringing(PATIENCE)).status;
    if (attempt.fate === "rings") return;
    await call.answered(PATIENCE);
    if (attempt.fate === "caller hangs up") await call.hangUp();
    if (attempt.fate === "callee hangs up") await call.ended(PATIENCE);
  }

  async #dial(attempt: Attempt, origin: string): Promise<void> {
    const { status } = await ask(`${origin}/dialer/call`, {
      headers: { "x-api-key": this.#key, "content-type": "application/json" },
      body: JSON.stringify({ extension: attempt.from, phonenumber: attempt.to }),
    });
    attempt.status = status;
  }

  #behaviourOf(user: string, call: PhoneCall): ReturnType<Behave> {
    this.#inHand.push(call);
    if (dialled.includes(user)) return "auto";
    switch (this.#fates.get(`${call.peer} ${user}`)) {
      case "rings":
        return "ring";
      case "busy":
        return { does: "reject", status: 486, ringMs: ms(0) };
      case "callee hangs up":
        return { does: "answer", hangUpAfterMs: ms(0) };
      default:
        return "auto";
    }
  }
}

type Behave = Extract<NonNullable<Parameters<PhoneBank["phone"]>[0]["answer"]>, (call: PhoneCall) => unknown>;
