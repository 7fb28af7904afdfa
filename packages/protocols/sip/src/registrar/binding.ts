import type { Instant } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { HeaderList } from "../message/header-field.ts";

/** One contact of an address of record. Plain data: store it as it is. @rfc 3261#10.3 */
export interface Binding {
  /** The Contact URI as written. */
  readonly contact: string;
  /** Over which this contact registered, and over which it is reached. */
  readonly flow: Flow;
  readonly expiresAt: Instant;
  /** Preference in thousandths, 0 to 1000; 1000 unless the contact says otherwise. */
  readonly qMilli: number;
  readonly callId: string;
  readonly cseq: number;
  /** `+sip.instance`, without its quotes; undefined when the phone gives none. @rfc 5626#4.1 */
  readonly instance: string | undefined;
  readonly userAgent: string | undefined;
}

/** Bindings that are still good, the preferred ones first. */
export const liveBindings = (bindings: readonly Binding[], now: Instant): readonly Binding[] =>
  bindings.filter((binding) => binding.expiresAt > now).toSorted((a, b) => b.qMilli - a.qMilli);

/** The Contact headers that a 200 to REGISTER lists. @rfc 3261#10.3 step 8 */
export const contactHeaders = (bindings: readonly Binding[], now: Instant): HeaderList =>
  liveBindings(bindings, now).map((binding) => {
    const q = binding.qMilli === 1000 ? "" : `;q=${binding.qMilli / 1000}`;
    const instance = binding.instance === undefined ? "" : `;+sip.instance="${binding.instance.replace(/["\\]/g, "")}"`;
    return ["Contact", `<${binding.contact}>${q};expires=${Math.ceil((binding.expiresAt - now) / 1000)}${instance}`];
  });
