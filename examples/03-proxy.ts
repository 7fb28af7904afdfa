// A registrar and forking proxy: all phones of a user ring at once, the first that answers has the call.
//
//   node 03-proxy.ts [address] [port]
//
// Try it: two softphones with the domain 127.0.0.1:5060, as users "ann" and "bob", password "secret"; call sip:bob@127.0.0.1.
import type { Binding } from "@cordboard/sip";
import {
  createDigestServer,
  createSipAgent,
  grantedHeaders,
  liveBindings,
  makeHa1,
  parseUri,
  register,
  registrarExtensions,
  targetsOf,
} from "@cordboard/sip";
import { nodeParts } from "@cordboard/sip/node";

const [address = "127.0.0.1", port = "5060"] = process.argv.slice(2);
const realm = "cordboard";
const phonesOf = new Map<string, readonly Binding[]>(["ann", "bob", "carol"].map((user) => [user, []]));

const parts = nodeParts({ address, udpPort: Number(port), tcpPort: Number(port) });
const key = parts.random.bytes(32);
const registrarDigest = createDigestServer({ ...parts, key });
const proxyDigest = createDigestServer({ ...parts, key, isProxy: true });
const agent = createSipAgent({ ...parts, supported: registrarExtensions });

const ha1Of = (username: string) =>
  phonesOf.has(username) ? makeHa1(parts.hash, realm, { username, password: "secret" }) : undefined;
const userOf = (uri = ""): string => parseUri(uri)?.user ?? "";

agent.handle("REGISTER", (incoming) => {
  const asked = { request: incoming.request, flow: incoming.flow, now: parts.clock.now() };
  const proof = registrarDigest.check(asked.request, asked.flow, { realm, ha1Of });
  if (!proof.ok) return void incoming.respond(proof.error.status, { headers: proof.error.headers });
  const user = userOf(asked.request.headers.to?.uri);
  if (proof.value.username !== user) return void incoming.respond(403);
  const outcome = register(phonesOf.get(user) ?? [], asked);
  if (!outcome.ok) return void incoming.respond(outcome.status, { reason: outcome.why, headers: outcome.headers });
  phonesOf.set(user, outcome.bindings);
  incoming.respond(200, { headers: grantedHeaders(outcome, asked) });
});

agent.proxy({
  // Asked about new calls alone: ACK, CANCEL, and everything in a dialog find their way by themselves.
  route({ request, flow, local, onward }) {
    const proof = proxyDigest.check(request, flow, { realm, ha1Of });
    if (!proof.ok) return proof.error;
    if (onward !== undefined || parseUri(request.uri)?.host !== local.address) return { status: 403 }; // no relay
    const phones = phonesOf.get(userOf(request.uri));
    return phones === undefined ? { status: 404 } : { targets: targetsOf(liveBindings(phones, parts.clock.now())) };
  },
});

for (const { transport, address: at, port: real } of await agent.listen()) {
  process.stdout.write(`listening: ${transport} ${at}:${real}\n`);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void agent.close());
