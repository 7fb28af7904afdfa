// A parser alone in its process. Prints one line of JSON: how fast it reads, and what it keeps. Started by sip-parse.ts, with
// --expose-gc.
import { checkMessage, parseMessage } from "@cordboard/sip";

const MESSAGES = 4096;
const ROUND = 200_000;
const ROUNDS = 8;

type Message = Extract<ReturnType<typeof parseMessage>, { readonly ok: true }>["value"];

function accepted(bytes: Uint8Array): Message {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) throw new Error(parsed.error.why);
  return parsed.value;
}

/** Start line, top Via with branch, From, To, tags, Call-ID, CSeq, Max-Forwards, Contact, Content-Length; something of each, so that none is left out. */
function valuesOf(message: Message): number {
  if (message.type !== "request") throw new Error("no request");
  const { method, uri, headers } = message;
  const { via, from, to, fromTag, toTag, callId, cseq, maxForwards, contacts, contentLength } = headers;
  const branch = via?.params.get("branch");
  if (contacts === undefined || contacts === "*" || contentLength === "none") throw new Error("a value is missing");
  return (
    method.length +
    uri.length +
    length(branch) +
    length(from?.uri) +
    length(to?.uri) +
    length(fromTag) +
    length(toTag ?? "") +
    length(callId) +
    (cseq?.number ?? Number.NaN) +
    (maxForwards ?? Number.NaN) +
    length(contacts[0]?.uri) +
    (contentLength ?? Number.NaN)
  );
}

const length = (text: string | null | undefined): number => text?.length ?? Number.NaN;

/** The most that were read in one of several rounds, a second of processor time; others of the machine make rounds slower, never faster. */
function best(messages: readonly Uint8Array[], read: (bytes: Uint8Array) => number): number {
  let most = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    let sum = 0;
    for (let i = 0; i < ROUND; i++) sum += read(messages[i % MESSAGES] ?? new Uint8Array(0));
    const { user, system } = process.cpuUsage(before);
    if (Number.isNaN(sum)) throw new Error("a value is missing");
    most = Math.max(most, (ROUND * 1_000_000) / (user + system));
  }
  return most;
}

/** What a message that is read and kept takes of the heap, beside its own bytes. */
function heapOf(messages: readonly Uint8Array[]): number {
  const before = held();
  const kept = messages.map((bytes) => {
    const message = accepted(bytes);
    valuesOf(message);
    return message;
  });
  return (held() - before) / kept.length;
}

/** Memory that is really held, in bytes. */
function held(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** A phone's INVITE with a description, another for each index. */
function invite(index: number): Uint8Array {
  const host = `192.0.2.${(index % 250) + 1}`;
  const caller = 1000 + ((index * 7) % 9000);
  const callee = 1000 + ((index * 13) % 9000);
  const mark = (index * 2_654_435_761).toString(16).padStart(14, "0");
  const description = [
    "v=0",
    `o=- ${1_000_000 + index} ${1_000_000 + index} IN IP4 ${host}`,
    "s=call",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=audio ${10_000 + 2 * (index % 5000)} RTP/AVP 9 8 0 18 101`,
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:18 G729/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    "a=ptime:20",
    `a=rtcp:${10_001 + 2 * (index % 5000)}`,
    "a=sendrecv",
    "",
  ].join("\r\n");
  const head = [
    `INVITE sip:${callee}@pbx.example.org;transport=udp SIP/2.0`,
    `Via: SIP/2.0/UDP ${host}:5060;branch=z9hG4bK${mark};rport`,
    "Max-Forwards: 70",
    `From: "Extension ${caller}" <sip:${caller}@pbx.example.org>;tag=${mark.slice(2)}`,
    `To: <sip:${callee}@pbx.example.org>`,
    `Contact: <sip:${caller}@${host}:5060;transport=udp>`,
    `Call-ID: ${mark}-${index}@${host}`,
    `CSeq: ${index + 1} INVITE`,
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, UPDATE",
    "Supported: replaces, timer, path",
    "User-Agent: Desk phone 4.2",
    "Accept: application/sdp",
    "Allow-Events: talk, hold, conference, refer",
    "Content-Type: application/sdp",
    `Content-Length: ${description.length}`,
    "",
    "",
  ].join("\r\n");
  return Buffer.from(head + description);
}

const messages = Array.from({ length: MESSAGES }, (_, index) => invite(index));
const said = {
  parse: best(messages, (bytes) => accepted(bytes).body.length),
  parseAndRead: best(messages, (bytes) => valuesOf(accepted(bytes))),
  parseCheckAndRead: best(messages, (bytes) => {
    const message = accepted(bytes);
    if (checkMessage(message) !== undefined) throw new Error("a good message was refused");
    return valuesOf(message);
  }),
  bytes: messages.reduce((sum, { length: each }) => sum + each, 0) / MESSAGES,
  heapBytes: heapOf(messages),
};
process.stdout.write(`${JSON.stringify(said)}\n`);
