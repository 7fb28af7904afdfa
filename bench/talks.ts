import { setTimeout as pause } from "node:timers/promises";
import { ms } from "@cordboard/kernel";
import type { Phone, PhoneCall } from "@cordboard/phone";
import type { Phones } from "./phones.ts";

/** Both ends of an answered call, and which of the pairs of phones has it. */
export interface Talk {
  readonly pair: number;
  readonly call: PhoneCall;
  readonly taken: PhoneCall;
}

/** Calls that are being set up at once. */
const LINES = 8;
const MOST_TRIES = 20;
const OVERLOAD_PAUSE_MS = 500;

/** Lets phones of the first half call those of the second, pairs `from` to before `to`; tells of each talk, and waits for what is done then. */
export async function talk(
  { all }: Phones,
  { from, to }: { readonly from: number; readonly to: number },
  onTalk: (talk: Talk) => Promise<void> | void,
): Promise<void> {
  const missing = Array.from({ length: to - from }, (_, index) => from + index);
  const line = async (): Promise<void> => {
    for (let pair = missing.shift(); pair !== undefined; pair = missing.shift()) {
      const [caller, called] = [all[pair], all[all.length / 2 + pair]];
      if (caller === undefined || called === undefined) throw new Error(`there is no phone for call ${pair}`);
      await onTalk({ pair, ...(await answered(caller, called)) });
    }
  };
  await Promise.all(Array.from({ length: LINES }, line));
}

/** A server that is overloaded just now is asked again. */
async function answered(caller: Phone, called: Phone): Promise<Omit<Talk, "pair">> {
  let taken: PhoneCall | undefined;
  called.onCall((incoming) => {
    taken = incoming;
  });
  for (let tries = 1; ; tries++) {
    const call = caller.call(called.user);
    try {
      await call.answered({ within: ms(20_000) });
    } catch (fault) {
      if (tries === MOST_TRIES) throw fault;
      await call.hangUp();
      await pause(OVERLOAD_PAUSE_MS);
      continue;
    }
    if (taken === undefined) throw new Error(`a call to ${called.user} was answered by somebody else`);
    return { call, taken };
  }
}
