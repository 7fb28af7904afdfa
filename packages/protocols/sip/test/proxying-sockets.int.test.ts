import { EventEmitter, once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { Binding, Dialog, IncomingCall, SipAgent } from "../src/index.ts";
import { createSipAgent, grantedHeaders, liveBindings, ms, register, targetsOf } from "../src/index.ts";
import { nodeParts } from "../src/transport/index.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Transport = "udp" | "tcp";

/** An agent on loopback that listens by UDP and TCP. */
async function agentOn(): Promise<{ readonly agent: SipAgent; readonly ports: Readonly<Record<Transport, number>> }> {
  const agent = createSipAgent(nodeParts({ address: "127.0.0.1", udpPort: 0, tcpPort: 0 }));
  const [udp, tcp] = await agent.listen();
  closers.push(() => agent.close());
  return { agent, ports: { udp: udp?.port ?? 0, tcp: tcp?.port ?? 0 } };
}

/** A proxy with a registrar for everybody. */
async function proxyOn(): Promise<Readonly<Record<Transport, number>>> {
  const { agent, ports } = await agentOn();
  const { clock } = nodeParts({ address: "127.0.0.1" });
  let bindings: readonly Binding[] = [];
  agent.handle("REGISTER", (incoming) => {
    const asked = { request: incoming.request, flow: incoming.flow, now: clock.now() };
    const outcome = register(bindings, asked);
    if (!outcome.ok) return void incoming.respond(outcome.status);
    bindings = outcome.bindings;
    incoming.respond(200, { headers: grantedHeaders(outcome, asked) });
  });
  agent.proxy({ route: () => ({ targets: targetsOf(liveBindings(bindings, clock.now())) }) });
  return ports;
}

/** A phone that has registered over one transport; tells of `call`, `cancel` and `end`. */
async function phoneAt(ports: Readonly<Record<Transport, number>>, transport: Transport) {
  const { agent } = await agentOn();
  const events = new EventEmitter();
  agent.onCall((call) => {
    call.progress(180);
    call.onCancel((cancel) => void events.emit("cancel", cancel?.headers.get("Reason")));
    events.emit("call", call);
  });
  const registrar = `sip:127.0.0.1:${ports[transport]};transport=${transport}`;
  const registration = agent.register({ registrar, aor: "sip:bob@127.0.0.1", transport });
  expect(await registration.first).toMatchObject({ ok: true });
  registration.stop();
  return { agent, events };
}

describe("a proxy on real sockets", () => {
  test.each([
    ["udp", "udp"],
    ["udp", "tcp"],
    ["tcp", "udp"],
    ["tcp", "tcp"],
  ] as const)("carries a call from %s to %s with its ACK, re-INVITE, and a BYE from either side", async (from, to) => {
    const ports = await proxyOn();
    const bob = await phoneAt(ports, to);
    const { agent: ann } = await agentOn();
    for (const ender of ["caller", "callee"]) {
      const rings: Promise<[IncomingCall]> = once(bob.events, "call") as Promise<[IncomingCall]>;
      const answered = Promise.withResolvers<Dialog>();
      const over = Promise.withResolvers<void>();
      const uri = `sip:bob@127.0.0.1:${ports[from]};transport=${from}`;
      ann.invite(
        { uri, from: "sip:ann@127.0.0.1", body: "v=0", deadlineMs: ms(20_000) },
        {
          onAnswer: (dialog) => {
            answered.resolve(dialog);
            return { handlers: { onEnd: () => over.resolve(), onReinvite: (again) => void again.respond(200) } };
          },
          onFailure: (status) => answered.reject(new Error(`failed with ${status}`)),
        },
      );
      const [call] = await rings;
      const acknowledged = Promise.withResolvers<void>();
      const theirs = call.answer(
        { body: "v=0" },
        { onEnd: () => void bob.events.emit("end"), onAck: () => acknowledged.resolve() },
      );
      const ours = await answered.promise;
      await acknowledged.promise;
      expect(await theirs?.reinvite({ body: "v=0" })).toMatchObject({ ok: true });
      const ended = once(bob.events, "end");
      expect(await (ender === "caller" ? ours : theirs)?.bye()).toMatchObject({ ok: true });
      await Promise.all([over.promise, ended]);
    }
  });

  test("rings phones on both transports, and cancels the one that was slower", async () => {
    const ports = await proxyOn();
    const [desk, mobile] = [await phoneAt(ports, "udp"), await phoneAt(ports, "tcp")];
    const { agent: ann } = await agentOn();
    const rings = Promise.all([once(desk.events, "call"), once(mobile.events, "call")]);
    const cancelled = once(desk.events, "cancel");
    const answered = Promise.withResolvers<Dialog>();
    ann.invite(
      { uri: `sip:bob@127.0.0.1:${ports.udp}`, from: "sip:ann@127.0.0.1", body: "v=0" },
      {
        onAnswer: (dialog) => {
          answered.resolve(dialog);
          return { handlers: { onEnd() {} } };
        },
        onFailure: (status) => answered.reject(new Error(`failed with ${status}`)),
      },
    );
    const [, [call]] = (await rings) as [unknown, [IncomingCall]];
    call.answer({ body: "v=0" }, { onEnd() {} });
    expect(await cancelled).toEqual(['SIP;cause=200;text="Call completed elsewhere"']);
    expect(await (await answered.promise).bye()).toMatchObject({ ok: true });
  });
});
