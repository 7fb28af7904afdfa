import type { SoundEngineState } from "@cordboard/core";
import type { Health } from "@cordboard/http";
import { addressText } from "../address-text.ts";
import type { OverloadGuard } from "../overload.ts";
import type { Listeners } from "../web/listeners.ts";
import type { Foundation } from "./foundation.ts";
import type { Telephony } from "./telephony.ts";

/** What the server's health is read from. */
export interface HealthParts {
  readonly foundation: Foundation;
  readonly telephony: Telephony;
  readonly overload: OverloadGuard;
  readonly listeners: Listeners | undefined;
  readonly selfCheck: string | undefined;
}

/** Up while the database answers, a media worker lives, and the machine keeps up. */
export function healthOf({ foundation, telephony, overload, listeners, selfCheck }: HealthParts): Health {
  const { sip, legs, registrations, sound } = telephony.switch.describe();
  const database = foundation.database.state();
  const book = foundation.book.state();
  const hasSound = sound.workers.some(({ isAlive }) => isAlive);
  return {
    isUp: database === "up" && hasSound && overload.admits() && listeners !== undefined,
    selfCheck,
    parts: {
      database,
      history: book,
      sound: {
        legs: sound.legs,
        portsInUse: sound.portsInUse,
        portsDraining: sound.portsDraining,
        workers: sound.workers.length,
        isAlive: hasSound,
        ...(sound.relays === undefined ? {} : { rtpengines: rtpenginesOf(sound.relays) }),
      },
      sip: {
        legs: legs.length,
        registrations,
        transactions: sip.clientTransactions + sip.serverTransactions,
        dialogs: sip.dialogs,
        connections: sip.connections,
        timers: sip.timers,
      },
      calls: telephony.calls.count(),
      ...overload.describe(),
    },
    addresses: listeners === undefined ? {} : addressesOf(telephony, listeners),
  };
}

/** Each rtpengine by its address: how many calls it carries, or that it is away. The built-in engine carries on while all are. */
const rtpenginesOf = (relays: NonNullable<SoundEngineState["relays"]>): Readonly<Record<string, number | "away">> =>
  Object.fromEntries(relays.map(({ name, calls, isAlive }) => [name, isAlive ? calls : "away"]));

/** Every open port, by what it serves. */
export function addressesOf({ sip }: Telephony, { addresses }: Listeners): Readonly<Record<string, readonly string[]>> {
  const at = (wanted: string): readonly string[] =>
    sip.filter(({ transport }) => transport === wanted).map(addressText);
  return { ...addresses, sipUdp: at("udp"), sipTcp: at("tcp"), sipTls: at("tls") };
}
