import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { IncomingRequest } from "../src/index.ts";
import { contactHeaders, createDigestServer, makeHa1, register } from "../src/index.ts";
import { nodeHash } from "../src/transport/index.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const settle = ms(100);
const long = ms(200_000);

describe("registering with digest", () => {
  const realm = "example.org";
  const credentials = { username: "101", password: "open sesame" };

  async function house() {
    const world = makeWorld();
    const registrar = await world.agent(SERVER);
    const phone = await world.agent("10.0.0.2");
    const digest = createDigestServer({
      hash: nodeHash,
      clock: world.clock,
      random: world.random,
      key: new Uint8Array(32),
    });
    const proofs = makeHa1(nodeHash, realm, credentials);
    const state = { bindings: [] as Parameters<typeof register>[0], requests: 0 };
    const ask = (incoming: IncomingRequest): boolean => {
      const verdict = digest.check(incoming.request, incoming.flow, {
        realm,
        ha1Of: (name) => (name === "101" ? proofs : undefined),
      });
      if (!verdict.ok) incoming.respond(verdict.error.status, { headers: verdict.error.headers });
      return verdict.ok;
    };
    registrar.handle("REGISTER", (incoming) => {
      state.requests++;
      if (!ask(incoming)) return;
      const outcome = register(state.bindings, {
        request: incoming.request,
        flow: incoming.flow,
        now: world.clock.now(),
      });
      if (!outcome.ok) return void incoming.respond(outcome.status, { headers: outcome.headers, reason: outcome.why });
      state.bindings = outcome.bindings;
      incoming.respond(200, { headers: contactHeaders(outcome.bindings, world.clock.now()) });
    });
    registrar.handle("MESSAGE", (incoming) => void (ask(incoming) && incoming.respond(200)));
    const options = { registrar: `sip:${SERVER}`, aor: "sip:101@example.org", credentials };
    return { world, registrar, phone, state, options };
  }

  test("a phone registers, refreshes in time, is called over its flow, and leaves", async () => {
    const { world, registrar, phone, state, options } = await house();
    const registration = phone.register({ ...options, expiresSeconds: 100 });
    await world.clock.run(settle);
    expect(await registration.first).toMatchObject({ ok: true, status: 200 });
    expect(state.bindings).toMatchObject([
      { contact: "sip:101@10.0.0.2:5060", flow: { remote: { address: "10.0.0.2", port: 5060 } } },
    ]);
    const before = state.requests;
    await world.clock.run(ms(85_000));
    expect(state.requests).toBeGreaterThan(before);

    phone.onCall((call) => void call.reject(486));
    const binding = state.bindings[0] ?? expect.fail();
    const failures: number[] = [];
    registrar.invite(
      { uri: binding.contact, flow: binding.flow, from: "sip:102@example.org" },
      { onAnswer: () => expect.fail("answered"), onFailure: (status) => void failures.push(status) },
    );
    await world.clock.run(settle);
    expect(failures).toEqual([486]);

    const left = registration.unregister();
    await world.clock.run(settle);
    expect(await left).toMatchObject({ ok: true });
    expect(state.bindings).toEqual([]);
    await world.clock.run(long);
    expect(phone.describe()).toMatchObject(nothingAlive);
    expect(registrar.describe()).toMatchObject(nothingAlive);
  });

  test("a refresh proves itself at once, as long as the nonce is good, and once more when it has grown old", async () => {
    const { world, phone, state, options } = await house();
    phone.register({ ...options, expiresSeconds: 100 });
    await world.clock.run(settle);
    expect(state.requests).toBe(2);
    await world.clock.run(ms(85_000));
    expect(state.requests).toBe(3);
    await world.clock.run(ms(240_000));
    expect(state.requests).toBe(7);
    expect(state.bindings).toHaveLength(1);
    await phone.close();
  });

  test("stopping lets the contact lapse without a word", async () => {
    const { world, phone, state, options } = await house();
    const registration = phone.register({ ...options, expiresSeconds: 100 });
    await world.clock.run(settle);
    registration.stop();
    await world.clock.run(long);
    expect(state.requests).toBe(2);
    expect(phone.describe()).toMatchObject(nothingAlive);
    const left = registration.unregister();
    await world.clock.run(settle);
    expect(await left).toMatchObject({ ok: true });
    expect(state.bindings).toEqual([]);
  });

  test("a wrong password is tried once, not for ever", async () => {
    const { world, phone, state, options } = await house();
    const registration = phone.register({ ...options, credentials: { ...credentials, password: "guess" } });
    await world.clock.run(settle);
    expect(await registration.first).toMatchObject({ ok: false, status: 401, cause: "rejected" });
    expect(state.requests).toBe(2);
    await phone.close();
    expect(phone.describe()).toMatchObject(nothingAlive);
  });

  test("too short a lifetime is asked again as the registrar wants it", async () => {
    const { world, phone, state, options } = await house();
    const registration = phone.register({ ...options, expiresSeconds: 10 });
    await world.clock.run(settle);
    expect(await registration.first).toMatchObject({ ok: true });
    expect(state.bindings[0]?.expiresAt).toBeGreaterThan(world.clock.now() + 50_000);
    await phone.close();
  });

  test("other requests answer challenges too, and the trace shows no credentials", async () => {
    const { world, options } = await house();
    const lines: string[] = [];
    const traced = await world.agent("10.0.0.3", {
      trace: ({ text, direction }) => void lines.push(`${direction} ${text}`),
    });
    const outcome = traced.send({
      method: "MESSAGE",
      uri: options.registrar,
      from: options.aor,
      credentials,
      body: "hi",
      contentType: "text/plain",
    });
    await world.clock.run(settle);
    expect(await outcome).toMatchObject({ ok: true });
    const all = lines.join("\n");
    expect(all).toContain("Authorization: ***");
    expect(all).not.toMatch(/response="/);
    expect(lines.map((line) => line.slice(0, 10))).toEqual(["out MESSAG", "in SIP/2.0", "out MESSAG", "in SIP/2.0"]);
  });
});
