import { ms } from "@cordboard/kernel";
import { seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const encode = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join("\r\n"));

/** Messages that reach every part of an agent: calls, dialogs, cancellations, registrations, responses. */
const valid: readonly Uint8Array[] = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO"].map((method) =>
  encode([
    `${method} sip:bob@${SERVER} SIP/2.0`,
    "Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-m;rport",
    "Max-Forwards: 70",
    'From: "Ann" <sip:ann@example.org>;tag=ann',
    "To: <sip:bob@example.org>",
    "Call-ID: mutant",
    `CSeq: 1 ${method}`,
    "Contact: <sip:ann@10.0.0.2:5060>;expires=60",
    'Authorization: Digest username="101", realm="x", nonce="1.2.3", uri="sip:x", response="0"',
    "Content-Length: 5",
    "",
    "v=0\r\n",
  ]),
);

test("20,000 mutated messages do an agent no harm: nothing is thrown, nothing is left", {
  timeout: 30_000,
}, async () => {
  const world = makeWorld(11);
  const random = seededRandom(12);
  const agent = await world.agent(SERVER);
  agent.onCall((call) => {
    call.progress(180);
    if (random.chance(0.5)) call.answer({ body: "v=0" }, { onEnd() {} });
    else call.reject(486);
  });
  agent.handle("REGISTER", (incoming) => incoming.respond(200));
  const peer = world.network.transport({ address: "10.0.0.2", port: 5060 });
  let answered = 0;
  await peer.open({ onMessage: () => void answered++, onClosed() {} });
  for (let i = 0; i < 20_000; i++) {
    const bytes = [...(valid[random.between(0, valid.length - 1)] ?? [])];
    for (let n = random.between(1, 6); n > 0; n--) {
      const at = random.between(0, bytes.length - 1);
      const kind = random.between(0, 3);
      if (kind === 0) bytes[at] = random.between(0, 255);
      else if (kind === 1) bytes.splice(at, random.between(1, 20));
      else if (kind === 2) bytes.splice(at, 0, random.between(32, 126), random.between(0, 255));
      else bytes.splice(at, 0, ...bytes.slice(at, at + random.between(1, 60)));
    }
    peer.send(Uint8Array.from(bytes), { remote: { address: SERVER, port: 5060 } });
    if (i % 100 === 0) world.clock.advance(ms(100));
  }
  await world.clock.run(ms(4_000_000));
  expect(world.faults).toEqual([]);
  expect(answered).toBeGreaterThan(10_000);
  expect(agent.describe()).toMatchObject(nothingAlive);
});
