// A server that lets phones register and answers every call with a tone of 1 kHz until the caller hangs up.
//
//   node 02-server-that-answers-and-plays.ts [address] [port]
//
// Try it: a softphone with the domain 127.0.0.1:5060, any user name and the password "secret"; then call any number.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { IncomingCall } from "@cordboard/sip";
import {
  answerOffer,
  createDigestServer,
  createSipAgent,
  grantedHeaders,
  makeHa1,
  PCMA,
  parseSdp,
  printSdp,
  register,
  registrarExtensions,
} from "@cordboard/sip";
import { nodeParts } from "@cordboard/sip/node";

const [address = "127.0.0.1", port = "5060"] = process.argv.slice(2);
const realm = "cordboard";
const parts = nodeParts({ address, udpPort: Number(port), tcpPort: Number(port) });
const digest = createDigestServer({ ...parts, key: parts.random.bytes(32) });
const server = createSipAgent({ ...parts, supported: registrarExtensions });

server.handle("REGISTER", (incoming) => {
  const asked = { request: incoming.request, flow: incoming.flow, now: parts.clock.now() };
  const ha1Of = (username: string) => makeHa1(parts.hash, realm, { username, password: "secret" });
  const proof = digest.check(asked.request, asked.flow, { realm, ha1Of });
  if (!proof.ok) return void incoming.respond(proof.error.status, { headers: proof.error.headers });
  // Nobody is called here, so nothing is kept: see 03 for a registrar that remembers.
  const outcome = register([], asked);
  if (!outcome.ok) return void incoming.respond(outcome.status, { reason: outcome.why, headers: outcome.headers });
  incoming.respond(200, { headers: grantedHeaders(outcome, asked) });
});

server.onCall((call) => void answer(call));

async function answer(call: IncomingCall): Promise<void> {
  const offer = parseSdp(call.request.body);
  if (!offer.ok) return void call.reject(488, { reason: "No SDP Offer" });
  const sound = createSocket("udp4");
  sound.bind(0, call.local.address);
  await once(sound, "listening");
  const endpoint = { address: call.local.address, port: sound.address().port };
  const agreed = answerOffer(offer.value, { sessionId: "1", version: 1 }, { endpoint, codecs: [PCMA] });
  if (!agreed.ok) {
    call.reject(488, { reason: agreed.error.why });
    return void sound.close();
  }
  const { description, agreed: audio } = agreed.value;
  const stop = playMilliwatt((packet) => sound.send(packet, audio.remote.port, audio.remote.address));
  sound.once("close", stop);
  const dialog = call.answer({ body: printSdp(description) }, { onEnd: () => void sound.close() });
  if (dialog === undefined) sound.close(); // cancelled meanwhile
}

/** Hands out 50 RTP packets a second of the digital milliwatt: eight A-law codes are one wave of 1 kHz (ITU-T G.711, table 5). */
function playMilliwatt(send: (packet: Buffer) => void): () => void {
  const wave = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
  const packet = Buffer.alloc(12 + 160);
  packet.writeUInt16BE(0x8008, 0); // RTP version 2, payload type 8 (PCMA)
  packet.set(parts.random.bytes(4), 8); // the source's number
  for (let at = 12; at < packet.length; at += wave.length) packet.set(wave, at);
  let count = 0;
  const timer = setInterval(() => {
    packet.writeUInt16BE(count & 0xffff, 2);
    packet.writeUInt32BE((count * 160) >>> 0, 4);
    count++;
    send(packet);
  }, 20);
  return () => clearInterval(timer);
}

for (const { transport, address: at, port: real } of await server.listen()) {
  process.stdout.write(`listening: ${transport} ${at}:${real}\n`);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void server.close());
