import { instant } from "@cordboard/kernel";
import type { SeededRandom } from "@cordboard/testkit";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { stampVia } from "../../src/agent/stamp.ts";
import { tracer } from "../../src/agent/trace.ts";
import { parseAuth } from "../../src/digest/auth-header.ts";
import type { Flow, LocalProtection, MessageFault, SipMessage, SipRequest } from "../../src/index.ts";
import {
  answerOffer,
  buildOffer,
  challengesOf,
  checkMessage,
  createDigestServer,
  defaultFrameLimits,
  makeHa1,
  PCMA,
  PCMU,
  parseMessage,
  parseNameAddr,
  parseSdp,
  parseUri,
  parseVia,
  printMessage,
  printNameAddr,
  printSdp,
  printUri,
  printVia,
  readAnswer,
  register,
  respondTo,
  StreamFramer,
  splitValues,
  TELEPHONE_EVENT,
} from "../../src/index.ts";
import { nodeHash } from "../../src/transport/hash.ts";
import { answerBinding, isStun } from "../../src/transport/stun.ts";

const flow: Flow = {
  transport: "udp",
  local: { address: "192.0.2.9", port: 5060 },
  remote: { address: "192.0.2.1", port: 5060 },
};
const audio = { endpoint: { address: "192.0.2.9", port: 4000 }, codecs: [PCMU, PCMA, TELEPHONE_EVENT] };
const identity = { sessionId: "1", version: 1 };
/** A plain phone's side, one with keys, and a browser's. */
const protections: readonly (LocalProtection | undefined)[] = [
  undefined,
  {
    kind: "sdes",
    keys: [
      { suite: "AEAD_AES_256_GCM", keyAndSalt: new Uint8Array(44).fill(1) },
      { suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt: new Uint8Array(30).fill(1) },
    ],
    isRequired: false,
  },
  {
    kind: "webrtc",
    ice: { usernameFragment: "ours", password: "a/password/of/our/own+" },
    candidates: ["1 1 UDP 2130706431 192.0.2.9 4000 typ host"],
    fingerprint: { hash: "sha-256", value: Array(32).fill("AB").join(":") },
    role: undefined,
  },
];
const clock = manualClock();
const proofs = makeHa1(nodeHash, "demo.localhost", { username: "101", password: "x" });
const digest = createDigestServer({ hash: nodeHash, clock, random: seededRandom(1), key: new Uint8Array(16) });
const trace = tracer(() => {}, clock, "in");

/** Reads a whole input with everything that reads what comes from outside; throws only where something is wrong with us. */
export function exercise(bytes: Uint8Array, random: SeededRandom): void {
  trace?.(bytes, flow);
  if (isStun(bytes)) answerBinding(bytes, flow.remote);
  readBody(bytes);
  frame(bytes, random);
  const parsed = parseMessage(bytes);
  if (!parsed.ok) {
    if (parsed.error.answerable !== undefined) answer(parsed.error.answerable, parsed.error.status);
    return;
  }
  readHeaders(parsed.value);
  const refusal = checkMessage(parsed.value);
  if (refusal?.answerable !== undefined) answer(refusal.answerable, refusal.status);
  if (refusal === undefined) use(parsed.value);
}

/** Every value that a message may be asked for, and every other one by all readers. */
function readHeaders({ headers, body }: SipMessage): void {
  const { via, from, to, contacts } = headers;
  void [headers.fromTag, headers.toTag, headers.callId, headers.cseq, headers.maxForwards, headers.contentLength];
  void [headers.expires, headers.contentType, headers.repeated, headers.size];
  if (via !== undefined) printVia(via);
  for (const party of [from, to, ...(contacts === undefined || contacts === "*" ? [] : contacts)])
    if (party !== undefined) readUri(parseNameAddr(printNameAddr(party))?.uri ?? party.uri);
  const fields = headers.fields();
  for (const name of new Set(fields.map(([each]) => each))) {
    headers.get(name);
    headers.values(name);
  }
  for (const [, value] of fields) {
    splitValues(value);
    parseAuth(value);
    parseVia(value);
    parseNameAddr(value);
    readUri(value);
  }
  readBody(body);
}

function readUri(text: string): void {
  const uri = parseUri(text);
  if (uri === undefined) return;
  if (parseUri(printUri(uri)) === undefined) throw new Error(`a URI that was printed cannot be read: ${printUri(uri)}`);
}

function readBody(body: Uint8Array): void {
  const session = parseSdp(body);
  if (!session.ok) return;
  for (const protection of protections) {
    const answer = answerOffer(session.value, identity, { ...audio, protection });
    if (answer.ok && !parseSdp(printSdp(answer.value.description)).ok)
      throw new Error("an answer that was printed cannot be read");
    readAnswer(session.value, { ...audio, protection });
  }
  if (!parseSdp(printSdp(session.value)).ok) throw new Error("a session description that was printed cannot be read");
}

/** What an agent does with a message that it takes. */
function use(message: SipMessage): void {
  readAgain(printMessage(message), "a message");
  if (message.type === "response") return void challengesOf(message);
  const stamped = stampVia(message, flow);
  digest.check(stamped, flow, { realm: "demo.localhost", ha1Of: () => proofs });
  digest.usernameOf(stamped, "demo.localhost");
  if (message.method === "REGISTER") register([], { request: stamped, flow, now: instant(0) });
  answer(stamped, 200);
}

function answer(request: SipRequest, status: number): void {
  const body = printSdp(buildOffer(identity, audio));
  readAgain(printMessage(respondTo(stampVia(request, flow), status, { toTag: "ours", body })), "a response");
}

/** What is printed can be larger than what was read: by fields of ours, and by three bytes for each that is not UTF-8. */
const LARGER: readonly MessageFault[] = ["too-big", "too-many-headers"];

function readAgain(printed: Uint8Array, what: string): void {
  const again = parseMessage(printed);
  if (!again.ok && !LARGER.includes(again.error.code))
    throw new Error(`${what} that was printed cannot be read: ${again.error.why}`);
}

/** The same bytes on a connection, twice over and in pieces of any size. */
function frame(bytes: Uint8Array, random: SeededRandom): void {
  const framer = new StreamFramer();
  const most = defaultFrameLimits.head + defaultFrameLimits.body;
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < bytes.length; ) {
      const end = at + (random.chance(0.1) ? 1 : random.between(1, 2_000));
      const { isBroken } = framer.push(bytes.subarray(at, end));
      if (framer.held > most + 2_000) throw new Error(`the framer holds ${framer.held} bytes`);
      if (isBroken) return;
      at = end;
    }
  }
}
