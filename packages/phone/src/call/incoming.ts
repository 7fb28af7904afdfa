import type { HeaderList, IncomingCall, IncomingRequest } from "@cordboard/sip";
import { parseEvent, parseUri, reasonPhrase } from "@cordboard/sip";
import { PhoneError } from "../conditions.ts";
import type { Line } from "../line.ts";
import type { SoundSource } from "../sound/sound-source.ts";
import type { DeclineOptions } from "./ending.ts";
import { LiveCall } from "./live-call.ts";

/** What a call to us is taken with. */
export interface Taking {
  readonly sound: SoundSource;
  /** Takes the call when it is told to, and says so while it rings. */
  readonly obeysTalk?: boolean;
  readonly onOver: (call: LiveCall) => void;
}

/** Takes a call that comes in; nothing is sent until somebody rings, answers or declines it. */
export function takeCall(line: Line, incoming: IncomingCall, { sound, onOver, obeysTalk = false }: Taking): LiveCall {
  const invite = incoming.request;
  const peer = userOf(invite.headers.from?.uri);
  const call = new LiveCall(line, { direction: "in", peer, number: userOf(invite.uri), invite, sound, onOver });
  const refuse = (status: number, { phrase = reasonPhrase(status), reason }: DeclineOptions = {}): void => {
    const headers: HeaderList = reason === undefined ? [] : [["Reason", reason]];
    if (!incoming.reject(status, { reason: phrase, headers })) return;
    call.finish({ by: "local", status, reason: reason ?? phrase, cause: "rejected" });
  };
  const describe = describer(call, incoming, refuse);
  call.begin({
    async ring(isEarlyMedia) {
      const hasSound = isEarlyMedia && invite.body.length > 0;
      const headers: HeaderList = obeysTalk ? [["Allow-Events", "talk"]] : [];
      const sent = hasSound
        ? incoming.progress(183, { body: await describe(), headers })
        : incoming.progress(180, { headers });
      if (!sent) throw new PhoneError("call-over", "the caller gave up");
      if (hasSound) call.sound.start();
      call.rang({ status: hasSound ? 183 : 180, hasSound });
    },
    async answer() {
      const dialog = incoming.answer({ body: await describe() }, call.handlers);
      if (dialog === undefined) throw new PhoneError("call-over", "the caller gave up");
      call.talks(dialog);
    },
    refuse,
    giveUp: (reason) => refuse(603, reason === undefined ? {} : { reason }),
  });
  incoming.onRequest((asked) => notified(call, asked, obeysTalk));
  incoming.onCancel((cancel) => {
    const reason = cancel?.headers.get("Reason") ?? reasonPhrase(487);
    call.finish({ by: "remote", status: 487, reason, cause: "cancelled" });
  });
  return call;
}

/** A request before the answer: the server may tell the phone to take the call. */
function notified(call: LiveCall, asked: IncomingRequest, obeysTalk: boolean): void {
  const { method, headers } = asked.request;
  if (method !== "NOTIFY") return void asked.respond(method === "OPTIONS" ? 200 : 405);
  const event = parseEvent(headers.get("Event") ?? "")?.event.toLowerCase();
  if (event !== undefined) call.notified(event);
  if (event !== "talk" || !obeysTalk) return void asked.respond(489);
  asked.respond(200);
  // A call that is over by now needs no answer.
  call.answer().catch(() => {});
}

const userOf = (uri: string | undefined): string => parseUri(uri ?? "")?.user ?? "";

type Refuse = (status: number, options: DeclineOptions) => void;

/** Makes our description once: the answer to the INVITE's offer, or an offer when it has none. 488 when they do not meet. */
function describer(call: LiveCall, incoming: IncomingCall, refuse: Refuse): () => Promise<string> {
  const offer = incoming.request.body;
  let description: Promise<string> | undefined;
  const make = async (): Promise<string> => {
    const terms = await call.terms().catch((error: unknown) => {
      refuse(500, { phrase: "No port or no sound for this call" });
      throw error;
    });
    if (offer.length === 0) {
      call.offered();
      return terms.offer();
    }
    const answer = terms.answer(offer);
    if (answer.ok) return answer.value;
    refuse(488, { phrase: answer.error.why });
    throw new PhoneError("not-possible", answer.error.why);
  };
  return () => {
    description ??= make();
    return description;
  };
}
