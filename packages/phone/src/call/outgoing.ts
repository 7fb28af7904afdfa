import type { Flow, HeaderList, InviteHandlers, OutgoingCall, SipResponse } from "@cordboard/sip";
import { printReplaces } from "@cordboard/sip";
import { PhoneError } from "../conditions.ts";
import type { Line } from "../line.ts";
import type { SoundSource } from "../sound/sound-source.ts";
import type { CallOptions } from "../types.ts";
import { LiveCall } from "./live-call.ts";
import type { MediaTerms } from "./media-terms.ts";

/** The phone that a call of ours comes from. */
export interface Caller {
  readonly line: Line;
  /** From, as name-addr without tag. */
  readonly from: string;
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** The way to the server. */
  readonly flow: Flow;
}

/** What a call of ours is placed with. */
export interface Placing extends CallOptions {
  readonly sound: SoundSource;
  readonly onOver: (call: LiveCall) => void;
}

/** Places a call to a number of the caller's domain, or to a whole `sip:` URI. Throws `not-possible` when it asks for a place that nobody has. */
export function placeCall(caller: Caller, number: string, options: Placing): LiveCall {
  const { sound, onOver } = options;
  const headers = [...placeOf(options), ...(options.headers ?? [])];
  const origin = { direction: "out", peer: number, number, invite: undefined, sound, onOver } as const;
  const call = new LiveCall(caller.line, origin);
  let outgoing: OutgoingCall | undefined;
  const giveUp = (reason: string | undefined): void => {
    if (outgoing !== undefined) outgoing.cancel(reason);
    else call.finish({ by: "local", status: 487, reason: reason ?? "Request Terminated", cause: "cancelled" });
  };
  call.begin({
    ring: () => Promise.reject(new PhoneError("not-possible", "a call of our own is rung by the other side")),
    answer: () => Promise.reject(new PhoneError("not-possible", "a call of our own is answered by the other side")),
    refuse: (_status, { reason }) => giveUp(reason),
    giveUp,
  });
  const send = (terms: MediaTerms): void => {
    if (call.state === "over") return;
    outgoing = invite(caller, { call, terms, number, headers, options });
    call.sent(outgoing.callId);
  };
  call.terms().then(send, (error: unknown) => {
    call.finish({ by: "local", status: 503, reason: String(error), cause: "transport" });
  });
  return call;
}

interface Invitation {
  readonly call: LiveCall;
  readonly terms: MediaTerms;
  readonly number: string;
  readonly headers: HeaderList;
  readonly options: Placing;
}

function invite(caller: Caller, { call, terms, number, headers, options }: Invitation): OutgoingCall {
  const { line, from, user, password, domain, flow } = caller;
  return line.agent.invite(
    {
      uri: number.startsWith("sip:") ? number : `sip:${number.replaceAll("#", "%23")}@${domain}`,
      from,
      flow,
      contactUser: user,
      credentials: { username: user, password },
      body: terms.offer(),
      headers,
      ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
    },
    handlersOf(call, terms),
  );
}

/** What asks for another call's place, by a server that can give it. @rfc 3891#6.1 */
function placeOf({ replaces: call }: Placing): HeaderList {
  if (call === undefined) return [];
  if (call.replaces === undefined)
    throw new PhoneError("not-possible", "the call whose place is asked for is not answered");
  return [
    ["Require", "replaces"],
    ["Replaces", printReplaces(call.replaces)],
  ];
}

function handlersOf(call: LiveCall, terms: MediaTerms): InviteHandlers {
  return {
    onProgress(status, response) {
      const hasSound = response.body.length > 0 && terms.settle(response.body).ok;
      call.rang({ status, hasSound });
    },
    onAnswer(dialog, response) {
      const settled = response.body.length > 0 ? terms.settle(response.body) : undefined;
      call.heardFrom(response.headers);
      call.talks(dialog);
      // The dialog tells nothing before this has returned.
      if (settled?.ok === false || call.sound.agreed === undefined) queueMicrotask(() => call.part(488));
      return { handlers: call.handlers };
    },
    onFailure(status, response, cause) {
      const by = cause === "cancelled" || cause === "closed" ? "local" : "remote";
      call.finish({ by, status, reason: reasonOf(response) ?? cause, cause });
    },
  };
}

/** The Reason header's value, else the reason phrase. */
const reasonOf = (response: SipResponse | undefined): string | undefined =>
  response?.headers.get("Reason") ?? response?.reason;
