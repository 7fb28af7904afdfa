import type { Instant, Result } from "@cordboard/kernel";
import { instant, ok, refused } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { HeaderField, HeaderList } from "../message/header-field.ts";
import { deltaSeconds } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { ownText } from "../message/own-text.ts";
import { parseUri } from "../message/uri.ts";
import type { NameAddr } from "../message/values.ts";
import type { Binding } from "./binding.ts";
import { contactHeaders, isSameContact } from "./binding.ts";
import { flowOf, pathOf, supports } from "./outbound.ts";

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

/** What became of a REGISTER. The caller stores `bindings` and then answers with {@link grantedHeaders}. */
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
      readonly status: 400 | 403 | 423 | 439 | 500;
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
 * only asks. @rfc 3261#10.3 @rfc 5626#6
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
  const wanted: Binding[] = [];
  for (const contact of contacts) {
    const read = readContact(contact, registering, limits);
    if (!read.ok) return read.error;
    wanted.push(read.value);
  }
  const lasting = wanted.filter(({ expiresAt }) => expiresAt > now);
  if (lasting.length > 1 && lasting.some(({ regId }) => regId !== undefined)) return refusal(400, "One Flow at a Time");
  let outcome: RegisterOutcome = { ok: true, bindings: live, added: [], refreshed: [], removed: [] };
  for (const binding of wanted) {
    outcome = applyContact(outcome, binding, now);
    if (!outcome.ok) return outcome;
  }
  outcome = withoutMoved(outcome);
  return outcome.bindings.length > limits.contacts ? refusal(403, "Too Many Contacts") : outcome;
}

function removeAll(live: readonly Binding[], request: SipRequest): RegisterOutcome {
  if (request.headers.expires !== 0) return refusal(400, "Contact * Needs Expires 0");
  if (live.some((binding) => isOutOfOrder(binding, request))) return refusal(500, "Out of Order");
  return { ok: true, bindings: [], added: [], refreshed: [], removed: live };
}

const isOutOfOrder = (binding: Binding, { headers }: SipRequest): boolean =>
  binding.callId === headers.callId && (headers.cseq?.number ?? 0) <= binding.cseq;

/** Longest texts that are kept of a contact, in characters; longer ones are refused. */
const LONGEST = { contact: 512, callId: 256, instance: 256 };

/** Longest User-Agent that is kept, in characters; the rest is cut. */
const LONGEST_USER_AGENT = 256;

/** The binding that a contact asks for; one that expires at once asks for removal. */
function readContact(
  contact: NameAddr,
  { request, flow, now }: Registering,
  limits: RegistrarLimits,
): Result<Binding, Refusal> {
  const { headers } = request;
  if (parseUri(contact.uri) === undefined) return refused(refusal(400, "Contact Is No SIP Address"));
  const asked = lifetime(contact, request, limits);
  const qMilli = readQ(contact.params.get("q"));
  if (asked === undefined || qMilli === undefined) return refused(refusal(400, "Malformed Contact Parameter"));
  const callId = headers.callId ?? "";
  const instance = contact.params.get("+sip.instance") ?? undefined;
  if (
    contact.uri.length > LONGEST.contact ||
    callId.length > LONGEST.callId ||
    (instance?.length ?? 0) > LONGEST.instance
  ) {
    return refused(refusal(400, "Contact Too Long"));
  }
  const path = pathOf(request);
  if (path === undefined) return refused(refusal(400, "Malformed Path"));
  const regId = flowOf(contact, request, path);
  if (regId === "malformed") return refused(refusal(400, "Malformed Contact Parameter"));
  if (regId === "lacking") return refused(refusal(439, "First Hop Lacks Outbound Support"));
  if (asked > 0 && asked < limits.minExpiresSeconds) {
    return refused(refusal(423, "Interval Too Brief", [["Min-Expires", String(limits.minExpiresSeconds)]]));
  }
  const userAgent = headers.get("User-Agent")?.slice(0, LONGEST_USER_AGENT);
  return ok({
    contact: ownText(contact.uri),
    flow,
    path: path.length === 0 ? NO_PATH : path.map(ownText),
    expiresAt: instant(now + Math.min(asked, limits.maxExpiresSeconds) * 1000),
    qMilli,
    callId: ownText(callId),
    cseq: headers.cseq?.number ?? 0,
    instance: instance === undefined ? undefined : ownText(instance),
    regId,
    userAgent: userAgent === undefined ? undefined : ownText(userAgent),
  });
}

/** One for all that have none. */
const NO_PATH: readonly string[] = [];

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
  const isNew = (each: Binding): boolean => so.added.includes(each) || so.refreshed.includes(each);
  const olds = so.bindings.filter((each) => isReplacedBy(each, wanted));
  if (olds.some((old) => old.callId === wanted.callId && wanted.cseq <= old.cseq && !isNew(old))) {
    return refusal(500, "Out of Order");
  }
  if (wanted.expiresAt <= now) return without(so, olds);
  const [first, ...others] = olds;
  if (first === undefined) return { ...so, bindings: [...so.bindings, wanted], added: [...so.added, wanted] };
  const left = without(so, others);
  return {
    ...left,
    bindings: left.bindings.map((each) => (each === first ? wanted : each)),
    refreshed: [...so.refreshed, wanted],
  };
}

const without = (so: Accepted, gone: readonly Binding[]): Accepted => ({
  ...so,
  bindings: so.bindings.filter((each) => !gone.includes(each)),
  removed: [...so.removed, ...gone],
});

/** Takes away the old contacts of phones that are under a new address, as after a restart: they would only ring nobody. */
function withoutMoved(so: Accepted): Accepted {
  const fresh = [...so.added, ...so.refreshed];
  const moved = so.bindings.filter((each) => !fresh.includes(each) && fresh.some((wanted) => isMovedTo(each, wanted)));
  return moved.length === 0 ? so : without(so, moved);
}

/** Whether two bindings are one: flows by instance and number, the rest by their contact. @rfc 5626#6 */
function isReplacedBy(old: Binding, wanted: Binding): boolean {
  if (wanted.regId !== undefined) return old.instance === wanted.instance && old.regId === wanted.regId;
  return isSameContact(old.contact, wanted.contact);
}

/** Whether a phone is now reached by `wanted` instead: all of its flows are kept, but no other contact of the same instance. */
const isMovedTo = (old: Binding, wanted: Binding): boolean =>
  wanted.instance !== undefined &&
  old.instance === wanted.instance &&
  (old.regId === undefined || wanted.regId === undefined);

/** How often a phone sends something to keep its flow open, in seconds: within a NAT's patience, and before we close a connection. @rfc 5626#4.4 */
const FLOW_TIMER = { udp: 30, connection: 120 };

/** Extensions of a registrar; an agent that serves REGISTER by {@link register} lists them as supported. */
export const registrarExtensions: readonly string[] = ["path", "outbound"];

/** The headers of the 200: all contacts, and what of path and outbound was applied. @rfc 3261#10.3 @rfc 3327#5.3 @rfc 5626#6 */
export function grantedHeaders(outcome: Accepted, { request, flow, now }: Registering): HeaderList {
  const isFlow = [...outcome.added, ...outcome.refreshed].some(({ regId }) => regId !== undefined);
  const timer = flow.connection === undefined ? FLOW_TIMER.udp : FLOW_TIMER.connection;
  const path = supports(request, "path") ? request.headers.all("Path") : [];
  return [
    ...contactHeaders(outcome.bindings, now),
    ...path.map((value): HeaderField => ["Path", value]),
    ["Supported", registrarExtensions.join(", ")],
    ...(isFlow
      ? ([
          ["Require", "outbound"],
          ["Flow-Timer", String(timer)],
        ] as const)
      : []),
  ];
}
