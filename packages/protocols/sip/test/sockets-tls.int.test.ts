import { once } from "node:events";
import { createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { connect } from "node:tls";
import type { LogFields } from "@cordboard/kernel";
import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Flow } from "../src/index.ts";
import { createSipAgent } from "../src/index.ts";
import type { TlsPair } from "../src/transport/index.ts";
import { nodeHash, nodeTransports, tlsTransport } from "../src/transport/index.ts";
import {
  authority,
  closers,
  dial,
  elsewhere,
  heard,
  here,
  openBounded,
  options,
  patiently,
  sendOptions,
  serve,
} from "./sockets.ts";

/** A client that has done its handshake; `connect` of TLS tells of it by `secureConnect`. */
async function shake(port: number, more: { readonly maxVersion?: "TLSv1.1" | "TLSv1.2" } = {}): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca: [authority], ...more });
  closers.push(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

describe("SIP over TLS", () => {
  test.each([
    { by: "its address", uri: (port: number) => `sip:x@127.0.0.1:${port};transport=tls` },
    { by: "its name", uri: (port: number) => `sip:x@localhost:${port};transport=tls` },
    { by: "a secure URI", uri: (port: number) => `sips:x@localhost:${port}` },
    { by: "a secure URI over TCP", uri: (port: number) => `sips:x@localhost:${port};transport=tcp` },
  ])("reaches a peer by $by, and asks again over the same connection", async ({ uri }) => {
    const [caller, callee] = [await serve(), await serve()];
    callee.agent.onCall(() => {});
    for (let i = 0; i < 2; i++)
      expect(await sendOptions(caller.agent, uri(callee.tls.port))).toMatchObject({ ok: true });
    expect(callee.agent.describe().connectionList.map(({ flow }) => flow.transport)).toEqual(["tls"]);
    expect(caller.agent.describe().connections).toBe(1);
  });

  test.each([
    { name: "another name", certificate: elsewhere, ca: [authority], why: "ERR_TLS_CERT_ALTNAME_INVALID" },
    { name: "nobody's authority", certificate: here, ca: [here.cert], why: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
  ])("says nothing to a peer whose certificate is of $name, and why", async ({ certificate, ca, why }) => {
    const warnings: LogFields[] = [];
    const log = { ...silentLog, warn: (_message: string, fields: LogFields = {}) => void warnings.push(fields) };
    const [caller, callee] = [await serve({ log, ca }), await serve({ certificate: () => certificate })];
    const messages: string[] = [];
    callee.agent.handle("OPTIONS", ({ request }) => void messages.push(request.uri));
    const outcome = await sendOptions(caller.agent, `sip:x@localhost:${callee.tls.port};transport=tls`);
    expect(outcome).toMatchObject({ ok: false, status: 503, cause: "transport" });
    expect(messages).toEqual([]);
    expect(warnings).toMatchObject([{ host: "localhost", port: callee.tls.port, cause: { code: why } }]);
    await expect.poll(() => callee.agent.describe().connections, patiently).toBe(0);
  });

  test("a URI that wants datagrams and secrecy leads nowhere", async () => {
    const { agent } = await serve();
    expect(await sendOptions(agent, "sips:x@127.0.0.1;transport=udp")).toMatchObject({ ok: false, cause: "transport" });
  });

  test("a connection that was checked for one name serves no other", async () => {
    const [caller, callee] = [await serve(), await serve()];
    callee.agent.onCall(() => {});
    for (const host of ["localhost", "127.0.0.1"])
      await sendOptions(caller.agent, `sip:x@${host}:${callee.tls.port};transport=tls`);
    expect(callee.agent.describe().connections).toBe(2);
  });

  test("new connections get the new certificate, old ones go on", async () => {
    let pair: TlsPair = here;
    const { agent, tls } = await serve({ certificate: () => pair });
    agent.onCall(() => {});
    const before = await shake(tls.port);
    pair = elsewhere;
    const after = connect({ host: "127.0.0.1", port: tls.port, ca: [authority], servername: "elsewhere.example" });
    closers.push(() => void after.destroy());
    await once(after, "secureConnect");
    expect(after.getPeerCertificate().subject).toMatchObject({ CN: "elsewhere" });
    before.write(options(1, "TLS"));
    expect(await heard(before)).toMatch(/^SIP\/2\.0 200 /);
  });

  test("versions of TLS that are broken are refused", async () => {
    const { tls } = await serve();
    const old = connect({
      host: "127.0.0.1",
      port: tls.port,
      ca: [authority],
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
    });
    closers.push(() => void old.destroy());
    await expect(once(old, "secureConnect")).rejects.toThrow();
    expect((await shake(tls.port, { maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
  });

  test("what is no handshake ends the connection, and nothing else", async () => {
    const { agent, tls } = await serve();
    agent.onCall(() => {});
    const socket = await dial(tls.port);
    socket.resume().write(options(1));
    await once(socket, "close");
    await expect.poll(() => agent.describe().connections, patiently).toBe(0);
    const good = await shake(tls.port);
    good.write(options(1, "TLS"));
    expect(await heard(good)).toMatch(/^SIP\/2\.0 200 /);
  });

  test("an agent without a certificate asks, and is asked, over its own connection", async () => {
    const callee = await serve();
    const caller = createSipAgent({
      transports: nodeTransports({ address: "127.0.0.1", tlsPort: 0, ca: [authority] }),
      clock: clockOf(globalThis),
      random: randomOf(globalThis),
      hash: nodeHash,
    });
    expect(await caller.listen()).toEqual([]);
    closers.push(() => caller.close());
    const came = new Promise<Flow>((resolve) => {
      callee.agent.handle("MESSAGE", (incoming) => {
        resolve(incoming.flow);
        incoming.respond(200);
      });
    });
    caller.handle("INFO", (incoming) => incoming.respond(200));
    const uri = `sip:x@127.0.0.1:${callee.tls.port};transport=tls`;
    expect(await caller.send({ method: "MESSAGE", uri, from: "sip:a@b" })).toMatchObject({ ok: true });
    const back = { method: "INFO", uri: "sip:a@192.0.2.1", from: "sip:x@y", flow: await came };
    expect(await callee.agent.send(back)).toMatchObject({ ok: true });
    expect(callee.agent.describe().connections).toBe(1);
  });
});

describe("the bounds of TLS", () => {
  const bounded = (limits: NonNullable<Parameters<typeof tlsTransport>[0]["limits"]>) =>
    openBounded((parts) => tlsTransport({ ...parts, certificate: () => here, ca: [authority] }), limits);

  test("a handshake that is never finished is silence: it has a deadline", async () => {
    const { port, clock, transport, nextClosed } = await bounded({ firstMessageMs: 10_000 });
    const [mute, shaken] = [await dial(port), await shake(port)];
    await expect.poll(() => transport.connections().length, patiently).toBe(2);
    const both = [once(mute, "close"), once(shaken, "close"), nextClosed()];
    clock.advance(ms(10_000));
    await Promise.all(both);
    expect(transport.connections()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("unfinished handshakes of one source are few: the oldest makes room", async () => {
    const { port, transport } = await bounded({ silentPerSource: 2 });
    const oldest = await dial(port);
    const dropped = once(oldest, "close");
    await dial(port);
    await dial(port);
    await dropped;
    expect(transport.connections()).toHaveLength(2);
    expect((await shake(port)).authorized).toBe(true);
  });

  test("a peer that never answers our handshake is given up in time, and the sender is told", async () => {
    const { clock, transport, counted } = await bounded({ dialMs: 5_000 });
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    closers.push(() => void silent.close());
    const address = silent.address();
    const remote = { address: "127.0.0.1", port: typeof address === "object" && address !== null ? address.port : 0 };
    const told = new Promise((resolve) => void transport.send(new Uint8Array(3), { remote }, resolve));
    expect(transport.connections()).toMatchObject([{ isDialled: true, waitingBytes: 3 }]);
    clock.advance(ms(5_000));
    expect(await told).toBe("unreachable");
    expect(counted).toEqual(["dial-failed"]);
  });
});
