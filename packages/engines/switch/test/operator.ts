import type { LegFact, LegOrder } from "@cordboard/core";
import { verdictOf } from "@cordboard/core";
import type { ActionId, CallId, DeviceId, LegId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { SipSwitch } from "../src/index.ts";
import { home } from "./house.ts";

/** Joins who calls with who is called, as plainly as can be: what core would order for a call between two phones. */
export class Operator {
  readonly facts: LegFact[] = [];
  readonly #sip: SipSwitch;
  /** The device that rings for a number. */
  readonly #devices: ReadonlyMap<string, DeviceId>;
  /** The other leg of each leg. */
  readonly #others = new Map<LegId, LegId>();
  readonly #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  #orders = 0;

  constructor(sip: SipSwitch, devices: ReadonlyMap<string, DeviceId>) {
    this.#sip = sip;
    this.#devices = devices;
    sip.onFact((fact) => {
      this.facts.push(fact);
      this.#decide(fact);
      for (const { isMet, resolve } of this.#waiting) if (isMet()) resolve();
    });
  }

  /** Settles when so many facts of that kind have come. */
  heard(type: LegFact["type"], count = 1): Promise<void> {
    const isMet = (): boolean => this.facts.filter((fact) => fact.type === type).length >= count;
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isMet, resolve }));
  }

  #decide(fact: LegFact): void {
    const other = this.#others.get(fact.leg);
    switch (fact.type) {
      case "incoming":
        return this.#call(fact.leg, fact.dialled);
      case "ringing":
        return this.#order(other, { type: "ring" });
      case "answered":
        // The caller's own answer is of our making.
        if (other === undefined || this.facts.some((each) => each.type === "incoming" && each.leg === fact.leg)) return;
        this.#order(other, { type: "answer", like: fact.leg });
        return this.#order(other, { type: "bridge", to: fact.leg });
      case "ended":
        return this.#order(other, { type: "end", reason: fact.reason });
      default:
        return;
    }
  }

  #call(caller: LegId, number: string): void {
    const device = this.#devices.get(number);
    if (device === undefined) {
      return this.#order(caller, { type: "end", reason: verdictOf({ kind: "ordered", why: "unknown-number" }) });
    }
    const callee = `leg_callee_${caller}` as LegId;
    this.#others.set(caller, callee).set(callee, caller);
    this.#order(callee, {
      type: "place",
      call: "call_1" as CallId,
      tenant: home.id,
      target: { kind: "device", device },
      side: "callee",
      shows: { name: "Ann", number: "101" },
      offerOf: caller,
      isAutoAnswered: false,
    });
  }

  #order(leg: LegId | undefined, order: LegOrder): void {
    if (leg === undefined) return;
    this.#orders += 1;
    this.#sip.act({ id: `act_${this.#orders}` as ActionId, leg, deadline: ms(20_000), ...order });
  }
}
