import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { NotifierLimits, RegistrarLimits } from "@cordboard/sip";
import { defaultRegistrarLimits } from "@cordboard/sip";
import type { AttemptLimits } from "./failed-attempts.ts";
import { defaultAttemptLimits } from "./failed-attempts.ts";
import type { SrtpPolicy } from "./protection.ts";

/** What can be set about the switch. */
export interface SwitchSettings {
  /** What session descriptions, Via and Contact say to peers outside private ranges; null: the local address. */
  readonly publicAddress: string | null;
  /** What is asked of phones and carriers over TLS, as to SRTP with keys in the description. */
  readonly srtp: SrtpPolicy;
  readonly registrar: RegistrarLimits;
  readonly attempts: AttemptLimits;
  /** How long a registration may take to be stored before the phone is told to try later. */
  readonly storeDeadline: Millis;
  /** How long legs get to say goodbye when the switch closes. */
  readonly farewell: Millis;
  /** Bounds of each event package's subscriptions. */
  readonly subscriptions: Partial<NotifierLimits>;
  /** Legs at once; beyond, new calls get 503. */
  readonly legs: number;
}

/**
 * Local addresses, SRTP for who can, the registrar's and the attempts' own defaults, 5 s for the store, 2 s for goodbyes, the notifiers'
 * own bounds, 10,000 legs.
 */
export const defaultSwitchSettings: SwitchSettings = {
  publicAddress: null,
  srtp: "offered",
  registrar: defaultRegistrarLimits,
  attempts: defaultAttemptLimits,
  storeDeadline: ms(5000),
  farewell: ms(2000),
  subscriptions: {},
  legs: 10_000,
};
