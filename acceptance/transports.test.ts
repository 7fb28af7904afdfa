import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { connect } from "node:tls";
import type { Dialog, DialogEnd, DialogHandlers, IncomingCall, TransportName } from "@cordboard/sip";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ask } from "./ask.ts";
import type { BareAgent, BareAgentOptions } from "./bare-agent.ts";
import { authorityOf, openBareAgent, portFor } from "./bare-agent.ts";
import { demo, scriptedPhone, withoutVoicemail } from "./company.ts";
import { peer } from "./peers.ts";
import { startServer } from "./server.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const transports = ["udp", "tcp", "tls", "ws", "wss"] as const;
/** A description whose sound nobody listens to: these calls are about signalling. */
const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n";

const OPTIONS = [
  "OPTIONS sip:127.0.0.1 SIP/2.0",
  "Via: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK-1;rport",
  "From: <sip:a@b>;tag=1",
  "To: <sip:127.0.0.1>",
  "Call-ID: 1",
  "CSeq: 1 OPTIONS",
  "Content-Length: 0\r\n\r\n",
].join("\r\n");

/** Calls a number as user 101; resolves when somebody has answered. `onEnd` hears who ended it. */
function call({ agent, way }: BareAgent, number: string, onEnd: DialogHandlers["onEnd"] = () => {}): Promise<Dialog> {
  return new Promise((resolve, reject) => {
    agent.invite(
      {
        uri: `sip:${number}@${demo.domain}`,
        from: `sip:101@${demo.domain}`,
        credentials: { username: "101", password: demo.passwordOf("101") },
        body: SDP,
        ...way,
      },
      {
        onAnswer: (dialog) => {
          resolve(dialog);
          return { handlers: { onEnd } };
        },
        onFailure: (status, response) => reject(new Error(`${status} ${response?.reason ?? ""}`)),
      },
    );
  });
}

describe("a server of a company with a certificate of its own", () => {
  const certificates = new URL("../packages/protocols/sip/test/certificates/", import.meta.url);
  let folder: TestFolder;
  const put = async (name: string): Promise<void> => {
    for (const kind of ["pem", "key"])
      await copyFile(new URL(`${name}.${kind}`, certificates), join(folder.path, `server.${kind}`));
  };
  const server = withServer(async () => {
    folder = await makeTestFolder();
    await put("here");
    const [CORDBOARD_TLS_CERT, CORDBOARD_TLS_KEY] = ["pem", "key"].map((kind) => join(folder.path, `server.${kind}`));
    return { settings: { CORDBOARD_SIP_PORT: "off", CORDBOARD_TLS_CERT, CORDBOARD_TLS_KEY } };
  });
  afterAll(() => folder.remove());

  /** Whom a new connection is shown, with the connection. */
  async function shake(): Promise<{ readonly name: string; readonly socket: TLSSocket }> {
    const ca = await readFile(new URL("authority.pem", certificates));
    const port = portFor(server(), "tls");
    const socket = connect({ host: "127.0.0.1", port, ca, checkServerIdentity: () => undefined });
    await once(socket, "secureConnect");
    return { name: String(socket.getPeerCertificate().subject.CN), socket };
  }

  test("listens by TLS alone, and shows a renewed certificate to new connections", async () => {
    expect(server().ready).toMatchObject({ sipUdp: [], sipTcp: [], sipTls: [expect.any(String)] });
    const before = await shake();
    expect(before.name).toBe("here");
    await put("elsewhere");
    await until("a new connection to be shown the new certificate", async () => {
      const { name, socket } = await shake();
      socket.destroy();
      return name === "elsewhere";
    });
    before.socket.write(OPTIONS);
    expect(String((await once(before.socket, "data"))[0])).toMatch(/^SIP\/2\.0 200 /);
    before.socket.destroy();
  });
});

describe("a machine without IPv6", () => {
  const ip = peer("ip");

  test("is served on all addresses of IPv4", async () => {
    const without = `${ip} link set lo up && sysctl -qw net.ipv6.conf.all.disable_ipv6=1 && exec "$0" "$@"`;
    const inside = ["unshare", "--net", "sh", "-c", without];
    const server = await startServer({ settings: { CORDBOARD_BIND: undefined }, inside });
    try {
      for (const name of ["sipUdp", "sipTcp", "sipTls"])
        expect(server.ready[name]).toEqual([expect.stringMatching(/^0\.0\.0\.0:\d+$/)]);
    } finally {
      await server.stop();
    }
  });
});

test("a server that is told to stop at once ends a browser's call over its connection before that goes", async () => {
  const server = await startServer({ as: "demo" });
  const phone = await openBareAgent(server, { transport: "wss" });
  try {
    const ended = Promise.withResolvers<DialogEnd>();
    await call(phone, "9000", ended.resolve);
    for (let i = 0; i < 2; i++) {
      server.child.signal("SIGTERM");
      await server.child.line(/stopping: no new calls/);
    }
    expect(await ended.promise).toMatchObject({ by: "remote", cause: "bye" });
    expect(await server.child.ended).toEqual({ code: 0, signal: null });
  } finally {
    await phone.vanish();
    await server.stop();
  }
});

describe("a server of the demo", () => {
  const server = withServer({ as: "demo", settings: { CORDBOARD_BIND: "127.0.0.1,::1" } });
  const open: BareAgent[] = [];
  const agentBy = async (transport: TransportName, options: Partial<BareAgentOptions> = {}): Promise<BareAgent> => {
    const agent = await openBareAgent(server(), { transport, ...options });
    open.push(agent);
    return agent;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((agent) => agent.close()));
    await until("all connections to be gone", async () => (await server().health()).connections === 0);
  });

  describe.each(transports)("over %s", (transport) => {
    test.each(["127.0.0.1", "::1"])("the server at %s tells its options and takes a registration", async (to) => {
      const phone = await agentBy(transport, { to });
      expect(await phone.ask()).toMatchObject({ ok: true, status: 200 });
      await phone.register("101");
      await until("it to be registered", async () => (await server().health()).registrations === 1);
      expect((await server().health()).connections).toBe(transport === "udp" ? 0 : 1);
    });

    test("a phone calls, is called over the way that it came, and hangs up", async () => {
      const phone = await agentBy(transport);
      await phone.register("101");
      const other = await scriptedPhone(server(), "102", { answer: "auto" });
      try {
        const dialog = await call(phone, "102");
        expect(await dialog.bye()).toMatchObject({ ok: true });
        const rings = new Promise<IncomingCall>((resolve) => phone.agent.onCall(resolve));
        const calling = other.call("101");
        const incoming = await rings;
        const ended = new Promise((resolve) => incoming.answer({ body: SDP }, { onEnd: ({ by }) => resolve(by) }));
        await calling.answered();
        await calling.hangUp();
        expect(await ended).toBe("remote");
      } finally {
        await other.close();
      }
      await server().backToZero();
    });
  });

  describe("a phone in a browser", () => {
    test("that has gone is out of reach, and nobody dials the address that it wrote", async () => {
      const phone = await openBareAgent(server(), { transport: "wss" });
      await phone.register("103");
      await phone.vanish();
      await until("its connection to be gone", async () => (await server().health()).connections === 0);
      await withoutVoicemail(server(), "103");
      const other = await scriptedPhone(server(), "102");
      try {
        expect(await other.call("103").ended()).toMatchObject({ status: 480 });
      } finally {
        await other.close();
      }
    });

    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    } as const;
    test.each([
      { name: "without a subprotocol", headers: {}, answer: "400 bad-request" },
      {
        name: "with another subprotocol",
        headers: { "sec-websocket-protocol": "sipp, msrp" },
        answer: "400 bad-request",
      },
      {
        name: "from somebody else's page",
        headers: { "sec-websocket-protocol": "sip", origin: "https://evil.example" },
        answer: "403 foreign-origin",
      },
      {
        name: "for a host that we are not",
        headers: { "sec-websocket-protocol": "sip", host: "evil.example" },
        answer: "421 unknown-host",
      },
    ])("is turned away $name", async ({ headers, answer }) => {
      const { status, text } = await ask(`${server().addresses.http}/sip`, { headers: { ...upgrade, ...headers } });
      expect(`${status} ${(JSON.parse(text) as { error: string }).error}`).toBe(answer);
    });

    test("is let in among other subprotocols, from our own page, and answered by the one that we speak", async () => {
      const url = `wss://localhost:${portFor(server(), "wss")}/sip`;
      const ca = await authorityOf(server());
      const socket = new WebSocket(url, ["msrp", "sip"], { ca, origin: new URL(url.replace("wss:", "https:")).origin });
      await once(socket, "open");
      expect(socket.protocol).toBe("sip");
      socket.terminate();
    });
  });

  test("what is started and checked is named with its address: TLS too", async () => {
    const health = (await (await fetch(`${server().addresses.http}/health`)).json()) as {
      readonly addresses: Readonly<Record<string, readonly string[]>>;
    };
    expect(health.addresses["sipTls"]).toEqual(server().ready["sipTls"]);
    expect(health.addresses["sipTls"]).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^\[::1\]:\d+$/),
    ]);
  });
});
