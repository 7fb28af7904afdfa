import type { CallId } from "@cordboard/kernel";
import type { CallView } from "../call/index.ts";

/** The calls that are up, by the numbers at which they are: each event of a call is looked at once, however many watch. */
export class CallIndex {
  readonly #numbersOf: (call: CallView) => ReadonlySet<string>;
  readonly #places = new Map<CallId, { readonly call: CallView; readonly numbers: ReadonlySet<string> }>();
  readonly #atNumber = new Map<string, Map<CallId, CallView>>();

  /** `numbersOf`: where a call is that is up. */
  constructor(numbersOf: (call: CallView) => ReadonlySet<string>) {
    this.#numbersOf = numbersOf;
  }

  at(number: string): readonly CallView[] {
    return [...(this.#atNumber.get(number)?.values() ?? [])];
  }

  /** Takes up a call as it is now; the numbers whose watchers see something else than before. */
  note(call: CallView): ReadonlySet<string> {
    const before = this.#places.get(call.id);
    if (before !== undefined && isSameCall(before.call, call)) return new Set();
    const numbers = call.state === "ended" ? new Set<string>() : this.#numbersOf(call);
    const left = before?.numbers ?? new Set<string>();
    for (const number of left) if (!numbers.has(number)) this.#leave(number, call.id);
    for (const number of numbers) this.#enter(number, call);
    if (numbers.size === 0) this.#places.delete(call.id);
    else this.#places.set(call.id, { call, numbers });
    return new Set([...left, ...numbers]);
  }

  #enter(number: string, call: CallView): void {
    const calls = this.#atNumber.get(number) ?? new Map<CallId, CallView>();
    this.#atNumber.set(number, calls.set(call.id, call));
  }

  #leave(number: string, id: CallId): void {
    const calls = this.#atNumber.get(number);
    calls?.delete(id);
    if (calls?.size === 0) this.#atNumber.delete(number);
  }
}

/** Whether watchers see no difference. The view of a leg that has not changed is the same object in each view of its call. */
const isSameCall = (a: CallView, b: CallView): boolean =>
  a.state === b.state &&
  a.parkedAt === b.parkedAt &&
  a.from === b.from &&
  a.to === b.to &&
  a.legs.length === b.legs.length &&
  a.legs.every((leg, i) => leg === b.legs[i]);
