import type { Headers } from "./headers.ts";
import type { SipMessage } from "./message.ts";
import type { MessageFault, MessageRefusal } from "./parse.ts";
import { answerableRequest } from "./parse.ts";

/**
 * Reads the headers that every message needs and says what is wrong with the first bad one: Via, From, To, Call-ID,
 * CSeq, and, where present, Max-Forwards, Contact, Expires, Content-Type. Undefined when all is well.
 */
export function checkMessage(message: SipMessage): MessageRefusal | undefined {
  const fault = faultOf(message.headers) ?? methodFault(message);
  if (fault === undefined) return undefined;
  const answerable = message.type === "request" ? answerableRequest(message) : undefined;
  const status = fault.code === "method-mismatch" && !isKnownMethod(message) ? 501 : 400;
  return { ...fault, status, answerable };
}

interface Fault {
  readonly code: MessageFault;
  readonly why: string;
}

const bad = (name: string): Fault => ({ code: "bad-header", why: `Malformed ${name}` });

function faultOf(headers: Headers): Fault | undefined {
  const { repeated } = headers;
  if (repeated !== undefined) return { code: "repeated-header", why: `Repeated ${repeated}` };
  if (headers.via === undefined) return badOrMissing(headers, "Via");
  if (headers.from === undefined) return badOrMissing(headers, "From");
  if (headers.to === undefined) return badOrMissing(headers, "To");
  if (!isCallId(headers.callId ?? "")) return badOrMissing(headers, "Call-ID");
  if (headers.cseq === undefined) return badOrMissing(headers, "CSeq");
  if (headers.maxForwards === undefined && headers.has("Max-Forwards")) return bad("Max-Forwards");
  if (headers.contacts === undefined) return bad("Contact");
  if (headers.expires === undefined && headers.has("Expires")) return bad("Expires");
  return headers.contentType === undefined && headers.has("Content-Type") ? bad("Content-Type") : undefined;
}

/** What is wrong with a header that every message needs. @rfc 3261#8.1.1 */
const badOrMissing = (headers: Headers, name: string): Fault =>
  headers.has(name) ? bad(name) : { code: "missing-header", why: `Missing ${name}` };

function methodFault(message: SipMessage): Fault | undefined {
  if (message.type === "response" || message.headers.cseq?.method === message.method) return undefined;
  return { code: "method-mismatch", why: "CSeq names another method" };
}

/** Anything visible without blanks; the RFC's `word` characters are many. */
function isCallId(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) <= 32) return false;
  return text.length > 0 && text.length <= 512;
}

/** Methods of the RFCs; what is not among them gets 501 rather than 405. */
export const knownMethods: ReadonlySet<string> = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "REGISTER",
  "OPTIONS",
  "INFO",
  "PRACK",
  "UPDATE",
  "SUBSCRIBE",
  "NOTIFY",
  "REFER",
  "MESSAGE",
  "PUBLISH",
]);

const isKnownMethod = (message: SipMessage): boolean => message.type === "response" || knownMethods.has(message.method);
