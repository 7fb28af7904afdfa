import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { LogFields } from "@cordboard/kernel";
import { silentLog } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Dialog, SipTransport } from "../src/index.ts";
import { createSipAgent } from "../src/index.ts";
import { isPrivate, nodeParts, tcpTransport, udpTransport } from "../src/transport/index.ts";
import { closers, dial, heard, NOBODY, options, patiently, sendOptions, serve } from "./sockets.ts";
import { nothingAlive } from "./world.ts";

describe("agents over real sockets", () => {
  test.each([
    { name: "UDP over IPv4", address: "127.0.0.1", transport: "udp" },
    { name: "TCP over IPv4", address: "127.0.0.1", transport: "tcp" },
    { name: "UDP over IPv6", address: "::1", transport: "udp" },
    { name: "TCP over IPv6", address: "::1", transport: "tcp" },
    { name: "TLS over IPv4", address: "127.0.0.1", transport: "tls" },
    { name: "TLS over IPv6", address: "::1", transport: "tls" },
  ] as const)("place, answer and end a call by $name", async ({ address, transport }) => {
    const [caller, callee] = [await serve({ address }), await serve({ address })];
    const ended = new Promise<string>((resolve) => {
      callee.agent.onCall((call) => {
        call.progress(180);
        call.answer({ body: "v=0" }, { onEnd: ({ by }) => resolve(by) });
      });
    });
    const { port } = callee[transport];
    const host = address.includes(":") ? `[${address}]` : address;
    const dialog = await new Promise<Dialog>((resolve, reject) => {
      caller.agent.invite(
        { uri: `sip:bob@${host}:${port};transport=${transport}`, from: "sip:ann@example.org", body: "v=0" },
        {
          onAnswer: (answered) => {
            resolve(answered);
            return { handlers: { onEnd() {} } };
          },
          onFailure: (status) => reject(new Error(`failed with ${status}`)),
        },
      );
    });
    expect(dialog.local.address).toBe(address);
    expect(await dialog.bye()).toMatchObject({ ok: true });
    expect(await ended).toBe("remote");
    expect(callee.agent.describe().dialogs).toBe(0);
  });

  test("a name is looked up, and one that is not there fails", async () => {
    const { agent, tcp } = await serve();
    const other = await serve();
    agent.onCall(() => {});
    expect(await sendOptions(other.agent, `sip:x@localhost:${tcp.port};transport=tcp`)).toMatchObject({ ok: true });
    expect(await sendOptions(other.agent, "sip:x@nowhere.invalid")).toMatchObject({ ok: false, cause: "transport" });
  });

  test("of the addresses of a name the first counts to which the transport leads", async () => {
    const callee = await serve();
    callee.agent.onCall(() => {});
    const { clock, random, hash } = nodeParts({ address: "127.0.0.1" });
    const transports = [udpTransport({ address: "::1", port: 0 }), tcpTransport({ address: "127.0.0.1", port: 0 })];
    const agent = createSipAgent({ transports, clock, random, hash, resolve: async () => ["::1", "127.0.0.1"] });
    closers.push(() => agent.close());
    await agent.listen();
    const uri = `sip:x@callee.example:${callee.tcp.port};transport=tcp`;
    expect(await sendOptions(agent, uri)).toMatchObject({ ok: true });
  });

  test("a refused connection fails the request at once", async () => {
    const { agent } = await serve();
    expect(await sendOptions(agent, `sip:x@127.0.0.1:${NOBODY};transport=tcp`)).toMatchObject({
      ok: false,
      cause: "transport",
      status: 503,
    });
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a request fails with the connection that it went over", async () => {
    const { agent, tcp } = await serve();
    const came = new Promise<string | undefined>((resolve) => {
      agent.handle("MESSAGE", (incoming) => {
        resolve(incoming.flow.connection);
        incoming.respond(200);
      });
    });
    const socket = await dial(tcp.port);
    socket.write(options(1).replaceAll("OPTIONS", "MESSAGE"));
    const connection = (await came) ?? expect.fail("no connection");
    await heard(socket);
    const flow = { transport: "tcp", local: tcp, remote: { address: "127.0.0.1", port: NOBODY }, connection } as const;
    const outcome = agent.send({ method: "INFO", uri: "sip:x@127.0.0.1", from: "sip:a@b", flow });
    expect(await heard(socket)).toMatch(/^INFO /);
    socket.destroy();
    expect(await outcome).toMatchObject({ ok: false, cause: "transport" });
  });

  test("requests to one peer share a connection, and its requests come back over it", async () => {
    const [first, second] = [await serve(), await serve()];
    first.agent.onCall(() => {});
    second.agent.onCall(() => {});
    const flows: string[] = [];
    first.agent.handle("MESSAGE", (incoming) => {
      flows.push(incoming.flow.connection ?? "none");
      incoming.respond(200);
    });
    const uri = `sip:x@127.0.0.1:${first.tcp.port};transport=tcp`;
    for (let i = 0; i < 3; i++) await second.agent.send({ method: "MESSAGE", uri, from: "sip:a@b" });
    expect(new Set(flows).size).toBe(1);
    expect([first.agent.describe().connections, second.agent.describe().connections]).toEqual([1, 1]);
    const flow = {
      transport: "tcp",
      local: first.tcp,
      remote: { address: "127.0.0.1", port: 9 },
      connection: flows[0] ?? "",
    } as const;
    expect(await first.agent.send({ method: "OPTIONS", uri: "sip:a@192.0.2.1", from: "sip:x@y", flow })).toMatchObject({
      ok: true,
    });
  });

  test.each(["tcp", "tls"] as const)("a connection by %s comes from the address that is listened on", async (name) => {
    const [caller, callee] = [await serve({ address: "127.0.0.2" }), await serve()];
    callee.agent.onCall(() => {});
    await sendOptions(caller.agent, `sip:x@127.0.0.1:${callee[name].port};transport=${name}`);
    expect(callee.agent.describe().connectionList.map(({ flow }) => flow.remote.address)).toEqual(["127.0.0.2"]);
  });

  test("over TCP messages may come in pieces or together; a ping gets a pong", async () => {
    const { agent, tcp } = await serve();
    agent.onCall(() => {});
    const socket = await dial(tcp.port);
    socket.write("\r\n\r\n");
    expect(await heard(socket)).toBe("\r\n");
    const text = options(1);
    socket.write(text.slice(0, 40));
    socket.write(text.slice(40));
    expect(await heard(socket)).toMatch(/^SIP\/2\.0 200 /);
    expect(agent.describe().connections).toBe(1);
  });

  test("a stream that cannot be followed is answered and closed", async () => {
    const { agent, tcp } = await serve();
    const socket = await dial(tcp.port);
    socket.write(options(1).replace("Content-Length: 0", "Content-Length: lots"));
    expect(await heard(socket)).toMatch(/^SIP\/2\.0 400 /);
    await once(socket, "close");
    await expect.poll(() => agent.describe().connections, patiently).toBe(0);
  });

  test("a listener's port is not shared with a second server", async () => {
    const { udp, tcp } = await serve();
    const events = { onMessage() {}, onClosed() {} };
    const second: SipTransport[] = [
      udpTransport({ address: "127.0.0.1", port: udp.port }),
      tcpTransport({ address: "127.0.0.1", port: tcp.port }),
    ];
    for (const transport of second) await expect(transport.open(events)).rejects.toMatchObject({ code: "bind-failed" });
  });

  test("bound to every address, it tells each peer the one that the kernel would use", async () => {
    const { agent, udp } = await serve({ address: "0.0.0.0" });
    const local = new Promise((resolve) =>
      agent.handle("MESSAGE", (incoming) => {
        resolve(incoming.local);
        incoming.respond(200);
      }),
    );
    const other = await serve();
    await other.agent.send({ method: "MESSAGE", uri: `sip:x@127.0.0.1:${udp.port}`, from: "sip:a@b" });
    expect(await local).toEqual({ address: "127.0.0.1", port: udp.port });
  });

  test("a public address is told to peers outside private ranges alone", async () => {
    const transport = udpTransport({ address: "127.0.0.1", port: 0, publicAddress: "203.0.113.5" });
    const port = (await transport.open({ onMessage() {}, onClosed() {} }))?.port;
    closers.push(() => transport.close());
    expect(await transport.localTowards({ address: "198.51.100.7", port: 5060 })).toEqual({
      address: "203.0.113.5",
      port,
    });
    expect(await transport.localTowards({ address: "192.168.1.7", port: 5060 })).toEqual({
      address: "127.0.0.1",
      port,
    });
  });

  test("the receive buffer is asked for, and what was got is logged", async () => {
    const lines: [string, LogFields | undefined][] = [];
    const log = { ...silentLog, info: (message: string, fields?: LogFields) => void lines.push([message, fields]) };
    const transport = udpTransport({ address: "127.0.0.1", port: 0, log });
    closers.push(() => transport.close());
    await transport.open({ onMessage() {}, onClosed() {} });
    expect(lines).toEqual([
      [
        "SIP over UDP listens",
        { address: "127.0.0.1", port: expect.any(Number), receiveBufferBytes: expect.any(Number) },
      ],
    ]);
  });

  test("datagrams of a few bytes get no answer, garbage does no harm", async () => {
    const { agent, udp } = await serve();
    agent.onCall(() => {});
    const socket = createSocket("udp4");
    closers.push(() => void socket.close());
    const replies: string[] = [];
    socket.on("message", (bytes) => void replies.push(String(bytes).slice(0, 11)));
    for (const text of ["\r\n", "\r\n\r\n", "x", "nonsense without end", options(7, "UDP")])
      socket.send(text, udp.port, "127.0.0.1");
    await once(socket, "message");
    expect(replies).toEqual(["SIP/2.0 200"]);
    expect(() => socket.send("x".repeat(100), udp.port, "127.0.0.1")).not.toThrow();
  });

  test.each([
    { address: "127.0.0.1", family: "udp4", length: 32 },
    { address: "::1", family: "udp6", length: 44 },
  ] as const)("a STUN request to $address on the SIP port is told where it comes from", async (way) => {
    const counted: string[] = [];
    const { udp } = await serve({ address: way.address, count: (what) => void counted.push(what) });
    const socket = createSocket(way.family);
    closers.push(() => void socket.close());
    const id = "2112a442b7e7a701bc34d686fa87dfae";
    const answers: Buffer[] = [];
    socket.on("message", (bytes: Buffer) => void answers.push(bytes));
    // What is no request gets no answer: the first that comes is to the second.
    for (const header of ["01010000", "00010000"]) socket.send(Buffer.from(header + id, "hex"), udp.port, way.address);
    await once(socket, "message");
    expect(answers.map((bytes) => bytes.length)).toEqual([way.length]);
    expect(counted).toEqual(["stun-answered"]);
    expect(answers[0]?.subarray(4, 20).toString("hex")).toBe(id);
    expect((answers[0]?.readUInt16BE(26) ?? 0) ^ 0x2112).toBe(socket.address().port);
  });

  test.each(["127.0.0.1", "::1"])(
    "a phone at %s that asks by rport is answered where it asked from",
    async (address) => {
      const { agent, udp } = await serve({ address });
      agent.onCall(() => {});
      const socket = createSocket(address === "::1" ? "udp6" : "udp4");
      closers.push(() => void socket.close());
      socket.send(options(1, "UDP"), udp.port, address);
      const [bytes] = await once(socket, "message");
      expect(String(bytes)).toContain(`;rport=${socket.address().port};received=${address}\r\n`);
    },
  );

  test("closing leaves no socket and no timer", async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /^(UDP|TCP)/.test(name)).length;
    await expect.poll(sockets, patiently).toBe(0);
    const { agent, tcp } = await serve({ address: "0.0.0.0" });
    agent.onCall(() => {});
    const other = await serve();
    expect(await sendOptions(other.agent, `sip:x@127.0.0.1:${tcp.port};transport=tcp`)).toMatchObject({ ok: true });
    expect(sockets()).toBeGreaterThanOrEqual(6);
    await Promise.all([agent.close(), other.agent.close()]);
    expect(agent.describe()).toMatchObject(nothingAlive);
    await expect.poll(sockets, patiently).toBe(0);
  });
});

describe("private addresses", () => {
  test.each([
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.1",
    "192.168.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:10.0.0.1",
  ])("%s is private", (address) => expect(isPrivate(address)).toBe(true));
  test.each(["8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8"])(
    "%s is public",
    (address) => expect(isPrivate(address)).toBe(false),
  );
});
