import type { Instant, Result } from "@cordboard/kernel";
import { instant, ok, refused } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { HeaderList } from "../message/header-field.ts";
import { deltaSeconds } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { isSameUri, parseUri } from "../message/uri.ts";
import type { NameAddr } from "../message/values.ts";
import type { Binding } from "./binding.ts";

/** Bounds of the registrar. */
export interface RegistrarLimits {
  /** Shortest lifetime granted, in seconds; asked for less (but not 0) gets 423. */
  readonly minExpiresSeconds: number;
  /** Longest lifetime granted, in seconds; more is cut. */
  readonly maxExpiresSeconds: number;
  /** Granted when the phone does not say, in seconds. */
  readonly defaultExpiresSeconds: number;
  /** Contacts of one address of record; more gets 403. */
  readonly contacts: number;
}

/** 60 s to 1 h, 5 min when not said, 10 contacts. */
export const defaultRegistrarLimits: RegistrarLimits = {
  minExpiresSeconds: 60,
  maxExpiresSeconds: 3600,
  defaultExpiresSeconds: 300,
  contacts: 10,
};

/** A REGISTER that was let through. */
export interface Registering {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly now: Instant;
}

/** What became of a REGISTER. The caller stores `bindings` and then answers. */
export type RegisterOutcome =
  | {
      readonly ok: true;
      /** All that is bound now; expired ones are gone. */
      readonly bindings: readonly Binding[];
      readonly added: readonly Binding[];
      readonly refreshed: readonly Binding[];
      /** Removed by this request, or replaced by the same phone's new contact. */
      readonly removed: readonly Binding[];
    }
  | {
      readonly ok: false;
      readonly status: 400 | 403 | 423 | 500;
      /** Reason phrase. */
      readonly why: string;
      /** Min-Expires, with 423. */
      readonly headers: HeaderList;
    };

type Refusal = Extract<RegisterOutcome, { readonly ok: false }>;

const refusal = (status: Refusal["status"], why: string, headers: HeaderList = []): Refusal => ({
  ok: false,
  status,
  why,
  headers,
});

/**
 * What a REGISTER does to the bindings of its address of record: all of it or, refused, nothing. Without a Contact it
 * only asks. @rfc 3261#10.3
 */
export function register(
  current: readonly Binding[],
  registering: Registering,
  limits: RegistrarLimits = defaultRegistrarLimits,
): RegisterOutcome {
  const { request, now } = registering;
  const live = current.filter((binding) => binding.expiresAt > now);
  const { contacts } = request.headers;
  if (contacts === undefined) return refusal(400, "Malformed Contact");
  if (contacts === "*") return removeAll(live, request);
  let outcome: Extract<RegisterOutcome, { readonly ok: true }> = {
    ok: true,
    bindings: live,
    added: [],
    refreshed: [],
    removed: [],
  };
  for (const contact of contacts) {
    const wanted = readContact(contact, registering, limits);
    if (!wanted.ok) return wanted.error;
    const next = applyContact(outcome, wanted.value, now);
    if (!next.ok) return next;
    outcome = next;
  }
  return outcome.bindings.length > limits.contacts ? refusal(403, "Too Many Contacts") : outcome;
}

function removeAll(live: readonly Binding[], request: SipRequest): RegisterOutcome {
  if (request.headers.expires !== 0) return refusal(400, "Contact * Needs Expires 0");
  if (live.some((binding) => isOutOfOrder(binding, request))) return refusal(500, "Out of Order");
  return { ok: true, bindings: [], added: [], refreshed: [], removed: live };
}

const isOutOfOrder = (binding: Binding, { headers }: SipRequest): boolean =>
  binding.callId === headers.callId && (headers.cseq?.number ?? 0) <= binding.cseq;

/** The binding that a contact asks for; one that expires at once asks for removal. */
function readContact(
  contact: NameAddr,
  { request, flow, now }: Registering,
  limits: RegistrarLimits,
): Result<Binding, Refusal> {
  if (parseUri(contact.uri) === undefined) return refused(refusal(400, "Contact Is No SIP Address"));
  const asked = lifetime(contact, request, limits);
  const qMilli = readQ(contact.params.get("q"));
  if (asked === undefined || qMilli === undefined) return refused(refusal(400, "Malformed Contact Parameter"));
  if (asked > 0 && asked < limits.minExpiresSeconds) {
    return refused(refusal(423, "Interval Too Brief", [["Min-Expires", String(limits.minExpiresSeconds)]]));
  }
  const { headers } = request;
  return ok({
    contact: contact.uri,
    flow,
    expiresAt: instant(now + Math.min(asked, limits.maxExpiresSeconds) * 1000),
    qMilli,
    callId: headers.callId ?? "",
    cseq: headers.cseq?.number ?? 0,
    instance: contact.params.get("+sip.instance") ?? undefined,
    userAgent: headers.get("User-Agent")?.slice(0, 256),
  });
}

/** Asked lifetime in seconds: the contact's own, the request's, or the default; undefined when malformed. */
function lifetime(contact: NameAddr, { headers }: SipRequest, limits: RegistrarLimits): number | undefined {
  const own = contact.params.get("expires");
  if (own !== undefined) return own === null ? undefined : deltaSeconds(own);
  return headers.has("Expires") ? headers.expires : limits.defaultExpiresSeconds;
}

function readQ(text: string | null | undefined): number | undefined {
  if (text === undefined) return 1000;
  if (text === null || !/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text)) return undefined;
  return Math.round(Number(text) * 1000);
}

type Accepted = Extract<RegisterOutcome, { readonly ok: true }>;

function applyContact(so: Accepted, wanted: Binding, now: Instant): RegisterOutcome {
  const isRemoval = wanted.expiresAt <= now;
  const old = so.bindings.find((binding) => isSameContact(binding.contact, wanted.contact));
  if (
    old !== undefined &&
    old.callId === wanted.callId &&
    wanted.cseq <= old.cseq &&
    !so.added.includes(old) &&
    !so.refreshed.includes(old)
  ) {
    return refusal(500, "Out of Order");
  }
  if (isRemoval) {
    if (old === undefined) return so;
    return { ...so, bindings: so.bindings.filter((binding) => binding !== old), removed: [...so.removed, old] };
  }
  if (old !== undefined) {
    return {
      ...so,
      bindings: so.bindings.map((each) => (each === old ? wanted : each)),
      refreshed: [...so.refreshed, wanted],
    };
  }
  // The same phone under a new address, as after a restart: its old contact would only ring nobody.
  const moved = so.bindings.filter(
    (each) => wanted.instance !== undefined && each.instance === wanted.instance && !so.added.includes(each),
  );
  return {
    ok: true,
    bindings: [...so.bindings.filter((each) => !moved.includes(each)), wanted],
    added: [...so.added, wanted],
    refreshed: so.refreshed,
    removed: [...so.removed, ...moved],
  };
}

function isSameContact(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [parseUri(a), parseUri(b)];
  return first !== undefined && second !== undefined && isSameUri(first, second);
}
