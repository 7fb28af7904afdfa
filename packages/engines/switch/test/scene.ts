import type { EndWhy, LegFact, LegOrder, Party, Trunk } from "@cordboard/core";
import { verdictOf } from "@cordboard/core";
import type { ActionId, CallId, DeviceId, LegId, Log } from "@cordboard/kernel";
import { ms, silentLog } from "@cordboard/kernel";
import type { AudioCodec, Dialog, Endpoint } from "@cordboard/sip";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { expect } from "vitest";
import type { SipSwitch, SwitchOptions } from "../src/index.ts";
import { createSwitch } from "../src/index.ts";
import { ContactShelf, House, hash, home } from "./house.ts";
import { Network } from "./network.ts";
import type { PlacedCall } from "./phone.ts";
import { Phone } from "./phone.ts";
import { ScriptedSound } from "./scripted-sound.ts";

/** Two phones in a call. */
export interface Talk {
  readonly ann: Phone;
  readonly bob: Phone;
  /** The caller's leg and the callee's. */
  readonly a: LegId;
  readonly b: LegId;
  readonly annDialog: Dialog;
  readonly bobDialog: Dialog;
  readonly call: PlacedCall;
}

const connections = ["tcp", "tls", "ws"] as const;
const server = { address: "10.0.0.1", port: 5060 };

/** All that one server run needs from outside itself; a second run may take up the first one's. */
export interface Surroundings {
  readonly network: Network;
  readonly clock: ManualClock;
  readonly shelf: ContactShelf;
  readonly house: House;
}

/** A switch with phones around it, on a network in memory, with a clock that is moved by hand. */
export class Scene {
  readonly network: Network;
  readonly clock: ManualClock;
  readonly shelf: ContactShelf;
  readonly house: House;
  readonly sound = new ScriptedSound();
  readonly sip: SipSwitch;
  readonly facts: LegFact[] = [];
  /** `here` and `gone` with the contact, as core hears it. */
  readonly devices: { readonly id: DeviceId; readonly isGone: boolean; readonly contact: string }[] = [];
  readonly phones: Phone[] = [];
  readonly logged: string[] = [];
  #actions = 0;
  #legs = 0;

  constructor(options: Partial<SwitchOptions> = {}, around: Partial<Surroundings> = {}) {
    this.network = around.network ?? new Network();
    this.clock = around.clock ?? manualClock();
    this.shelf = around.shelf ?? new ContactShelf();
    this.house = around.house ?? new House();
    const note = (message: string): number => this.logged.push(message);
    const log: Log = { ...silentLog, warn: note, error: note };
    this.sip = createSwitch({
      transports: [this.network.udp(server), ...connections.map((name) => this.network.connected(server, name))],
      resolve: async () => [],
      sound: this.sound,
      directory: this.house,
      secrets: this.house,
      tokens: this.house,
      contacts: this.shelf,
      clock: this.clock,
      random: seededRandom(42),
      hash,
      log,
      pathOfRecording: (tenant, recording) => `/recordings/${tenant}/${recording}.wav`,
      ...options,
    });
    this.sip.onFact((fact) => this.facts.push(fact));
    this.sip.onDevice(({ id, contact }, isGone) => this.devices.push({ id, isGone, contact }));
  }

  /** Everything that is under way arrives. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Time passes, in steps short enough for each timer to find what the one before has caused. */
  async pass(duration: number, step = 100): Promise<void> {
    await this.settle();
    for (let left = duration; left > 0; left -= step) {
      this.clock.advance(ms(Math.min(step, left)));
      await this.settle();
    }
  }

  async phone(
    extension: string,
    more: {
      readonly transport?: "udp" | "tcp" | "tls" | "ws";
      readonly domain?: string;
      readonly password?: string;
      readonly address?: Endpoint;
      readonly takes?: readonly string[];
      readonly refreshSeconds?: number;
      readonly isReliable?: boolean;
    } = {},
  ): Promise<Phone> {
    const address = more.address ?? { address: "10.0.1.1", port: 6000 + 10 * this.phones.length };
    const { transport: name = "udp" } = more;
    const transport = name === "udp" ? this.network.udp(address) : this.network.connected(address, name);
    const phone = new Phone({
      extension,
      domain: more.domain ?? home.domain,
      address,
      server: `${server.address}:${server.port}`,
      transport,
      clock: this.clock,
      random: seededRandom(1000 + this.phones.length),
      ...(more.password === undefined ? {} : { password: more.password }),
      isReliable: more.isReliable ?? false,
      ...(more.takes === undefined ? {} : { takes: more.takes }),
      ...(more.refreshSeconds === undefined ? {} : { refreshSeconds: more.refreshSeconds }),
    });
    await phone.agent.listen();
    this.phones.push(phone);
    return phone;
  }

  /** A phone that has registered, and its device. */
  async registered(
    extension: string,
    more: {
      readonly transport?: "udp" | "tcp" | "tls" | "ws";
      readonly takes?: readonly string[];
      readonly isReliable?: boolean;
    } = {},
  ): Promise<{ readonly phone: Phone; readonly device: DeviceId }> {
    const phone = await this.phone(extension, more);
    const outcome = await phone.register();
    if (!outcome.ok) throw new Error(`${extension} could not register: ${outcome.status}`);
    const device = this.devices.at(-1);
    if (device === undefined) throw new Error("core heard of no device");
    return { phone, device: device.id };
  }

  newLeg(): LegId {
    this.#legs += 1;
    return `leg_${this.#legs}` as LegId;
  }

  /** Gives an order, and lets it have its effect. */
  async order(leg: LegId, order: LegOrder, deadline = 40_000): Promise<ActionId> {
    const id = this.say(leg, order, deadline);
    await this.settle();
    return id;
  }

  /** Gives an order without waiting. */
  say(leg: LegId, order: LegOrder, deadline = 40_000): ActionId {
    this.#actions += 1;
    const id = `act_${this.#actions}` as ActionId;
    this.sip.act({ id, leg, deadline: ms(deadline), ...order });
    return id;
  }

  /** Calls a device; the leg's id. */
  async place(
    device: DeviceId,
    more: {
      readonly offerOf?: LegId;
      readonly shows?: Party;
      readonly deadline?: number;
      readonly side?: "caller";
      readonly isAutoAnswered?: boolean;
    } = {},
  ): Promise<LegId> {
    const leg = this.newLeg();
    await this.order(
      leg,
      {
        type: "place",
        call: "call_1" as CallId,
        tenant: home.id,
        target: { kind: "device", device },
        side: more.side ?? "callee",
        shows: more.shows ?? { name: "Phone 101", number: "101" },
        offerOf: more.offerOf ?? null,
        isAutoAnswered: more.isAutoAnswered ?? false,
      },
      more.deadline ?? 180_000,
    );
    return leg;
  }

  /** Calls a number over a trunk; the leg's id. */
  async placeOut(trunk: Trunk, number: string): Promise<LegId> {
    const leg = this.newLeg();
    await this.order(leg, {
      type: "place",
      call: "call_1" as CallId,
      tenant: home.id,
      target: { kind: "trunk", trunk: trunk.id, number },
      side: "callee",
      shows: { name: "Ann", number: "101" },
      offerOf: null,
      isAutoAnswered: true,
    });
    return leg;
  }

  /** Two phones that talk: the first called, the second answered, their legs are bridged. */
  async talking(
    options: {
      readonly offer?: readonly AudioCodec[];
      readonly answer?: readonly AudioCodec[];
      readonly takes?: readonly string[];
    } = {},
  ): Promise<Talk> {
    const phones = options.takes === undefined ? {} : { takes: options.takes };
    const ann = await this.registered("101", phones);
    const bob = await this.registered("102", phones);
    if (options.offer !== undefined) ann.phone.codecs = options.offer;
    if (options.answer !== undefined) bob.phone.codecs = options.answer;
    const call = ann.phone.dial("102");
    await this.settle();
    const a = this.caller;
    const b = await this.place(bob.device, { offerOf: a });
    const dialog = bob.phone.pickUp();
    await this.settle();
    await this.order(a, { type: "answer", like: b });
    await this.order(a, { type: "bridge", to: b });
    if (call.dialog === undefined) throw new Error("the caller was not answered");
    return { ann: ann.phone, bob: bob.phone, a, b, annDialog: call.dialog, bobDialog: dialog, call };
  }

  /** Ends a leg as core would. */
  end(leg: LegId, why: EndWhy = "normal-clearing", deadline = 40_000): Promise<ActionId> {
    return this.order(leg, { type: "end", reason: verdictOf({ kind: "ordered", why }) }, deadline);
  }

  factsOf(leg: LegId): readonly string[] {
    return this.facts.filter((fact) => fact.leg === leg).map(({ type }) => type);
  }

  /** The last fact of that kind, of that leg if one is named. */
  fact<Type extends LegFact["type"]>(type: Type, leg?: LegId): Extract<LegFact, { type: Type }> {
    const found = this.facts.findLast(
      (fact): fact is Extract<LegFact, { type: Type }> => fact.type === type && (leg === undefined || fact.leg === leg),
    );
    if (found === undefined) throw new Error(`no ${type} among ${this.facts.map((fact) => fact.type).join(", ")}`);
    return found;
  }

  /** The leg of the last call from outside. */
  get caller(): LegId {
    return this.fact("incoming").leg;
  }

  /** After what repetitions need, nothing of any call is left anywhere, and every leg ended once, as its last fact. */
  async expectNothingLeft(): Promise<void> {
    await this.pass(70_000, 500);
    const { legs, sip, sound, timers } = this.sip.describe();
    expect({
      legs,
      dialogs: sip.dialogList,
      calls: sip.calls,
      transactions: sip.transactions,
      sound: sound.legs,
    }).toEqual({
      legs: [],
      dialogs: [],
      calls: 0,
      transactions: [],
      sound: 0,
    });
    // The one timer is the registrations' own.
    expect(timers).toBe(this.sip.describe().registrations > 0 ? 1 : 0);
    expect(sip.timers).toBe(0);
    for (const phone of this.phones) {
      const { dialogs, calls } = phone.agent.describe();
      expect({ phone: phone.extension, dialogs, calls }).toEqual({ phone: phone.extension, dialogs: 0, calls: 0 });
    }
    for (const leg of new Set(this.facts.map((fact) => fact.leg))) {
      const facts = this.factsOf(leg);
      expect(facts.filter((type) => type === "ended").length).toBe(1);
      expect(facts.at(-1)).toBe("ended");
    }
  }

  /** Closes phones and switch; no timer is left. */
  async close(): Promise<void> {
    const closed = this.sip.close();
    await this.pass(3000, 500);
    await closed;
    await Promise.all(this.phones.map((phone) => phone.agent.close()));
    expect(this.sip.describe()).toMatchObject({ legs: [], timers: 0, sip: { timers: 0, connections: 0 } });
  }
}
