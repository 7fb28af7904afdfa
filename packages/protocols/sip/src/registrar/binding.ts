import type { Instant } from "@cordboard/kernel";
import { addressFamily } from "../agent/address.ts";
import type { Flow } from "../agent/flow.ts";
import type { HeaderList } from "../message/header-field.ts";
import { isSameUri, parseUri } from "../message/uri.ts";

/** One contact of an address of record. Plain data: store it as it is. @rfc 3261#10.3 */
export interface Binding {
  /** The Contact URI as written. */
  readonly contact: string;
  /** Over which this contact registered, and over which it is reached. */
  readonly flow: Flow;
  /** The proxies between us and the phone as Route values, the next hop first; empty when there are none. @rfc 3327#5.3 */
  readonly path: readonly string[];
  readonly expiresAt: Instant;
  /** Preference in thousandths, 0 to 1000; 1000 unless the contact says otherwise. */
  readonly qMilli: number;
  readonly callId: string;
  readonly cseq: number;
  /** `+sip.instance`, without its quotes; undefined when the phone gives none. @rfc 5626#4.1 */
  readonly instance: string | undefined;
  /** Which of the instance's flows this is; undefined when the phone does not ask for outbound. @rfc 5626#4.2 */
  readonly regId: number | undefined;
  readonly userAgent: string | undefined;
}

/** Whether two Contact URIs, as they were written, name one contact; what is no SIP address is only the same as itself. @rfc 3261#10.3 step 7 */
export function isSameContact(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [parseUri(a), parseUri(b)];
  return first !== undefined && second !== undefined && isSameUri(first, second);
}

/** Bindings that are still good, the preferred ones first. */
export const liveBindings = (bindings: readonly Binding[], now: Instant): readonly Binding[] =>
  bindings.filter((binding) => binding.expiresAt > now).toSorted((a, b) => b.qMilli - a.qMilli);

/** The Contact headers that a 200 to REGISTER lists. @rfc 3261#10.3 step 8 */
export const contactHeaders = (bindings: readonly Binding[], now: Instant): HeaderList =>
  liveBindings(bindings, now).map((binding) => {
    const { contact, qMilli, instance, regId } = binding;
    const expires = Math.ceil((binding.expiresAt - now) / 1000);
    const params = [
      qMilli === 1000 ? "" : `;q=${qMilli / 1000}`,
      `;expires=${expires}`,
      instance === undefined ? "" : `;+sip.instance="${instance.replace(/["\\]/g, "")}"`,
      regId === undefined ? "" : `;reg-id=${regId}`,
    ];
    return ["Contact", `<${contact}>${params.join("")}`];
  });

/**
 * Whether a request can be brought to a binding now: over its path or its datagrams always; over its connection while that is open;
 * without one only when it seems to listen at its contact: no browser does, nobody behind a NAT, and nobody at the port that the
 * connection came from (RFC 7118 §5 has browsers give `.invalid` names). An outbound flow is worth nothing without its connection. @rfc 5626#5.3
 */
export function isReachable({ contact, flow, path, regId }: Binding, isOpen: (connection: string) => boolean): boolean {
  const { connection, remote, transport } = flow;
  if (path.length > 0 || connection === undefined || isOpen(connection)) return true;
  if (regId !== undefined || transport === "ws" || transport === "wss") return false;
  const uri = parseUri(contact);
  if (uri === undefined) return false;
  if (addressFamily(uri.host) === 0) return !uri.host.endsWith(".invalid");
  return uri.host === remote.address && uri.port !== remote.port;
}
