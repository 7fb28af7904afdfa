import { EventEmitter } from "node:events";
import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import type { IncomingRequest, SipRequest } from "../src/index.ts";
import { createSipAgent, parseMessage } from "../src/index.ts";
import type { ConnectionLimits, WebSocketLike } from "../src/transport/index.ts";
import { nodeHash, udpTransport, webSocketTransport } from "../src/transport/index.ts";
import { closers, openBounded, options } from "./sockets.ts";
import { nothingAlive } from "./world.ts";

/** A browser's WebSocket, seen from the server: what it is told stays in `heard`. */
class Browser extends EventEmitter implements WebSocketLike {
  readyState = 1;
  bufferedAmount = 0;
  readonly heard: (string | Uint8Array)[] = [];
  readonly signs: string[] = [];
  closedWith: number | undefined;

  says(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    this.emit("message", bytes, typeof data !== "string");
  }

  send(data: string | Uint8Array): void {
    this.heard.push(data);
  }

  ping(): void {
    this.signs.push("ping");
  }

  pong(data: Uint8Array): void {
    this.signs.push(`pong ${data.length}`);
  }

  close(code: number): void {
    this.closedWith = code;
    this.terminate();
  }

  terminate(): void {
    if (this.readyState !== 1) return;
    this.readyState = 3;
    queueMicrotask(() => this.emit("close"));
  }
}

const peer = (port: number, isSecure = true) => ({
  remote: { address: "198.51.100.7", port },
  local: { address: "192.0.2.1", port: 8443 },
  isSecure,
});

async function serveBrowsers() {
  const clock = manualClock();
  const webSockets = webSocketTransport({ clock });
  const agent = createSipAgent({
    transports: [udpTransport({ address: "127.0.0.1", port: 0 }), webSockets],
    clock,
    random: seededRandom(1),
    hash: nodeHash,
  });
  closers.push(() => agent.close());
  const listening = await agent.listen();
  const open = (isSecure = true): Browser => {
    const browser = new Browser();
    webSockets.accept(browser, peer(50_000, isSecure));
    return browser;
  };
  return { agent, clock, listening, open };
}

/** The last request that a browser was sent. */
function asked(browser: Browser): SipRequest {
  const parsed = parseMessage(Buffer.from(browser.heard.at(-1) ?? ""));
  return parsed.ok && parsed.value.type === "request" ? parsed.value : expect.fail("it heard no request");
}

describe("SIP over WebSockets", () => {
  test("has no listener of its own", async () => {
    expect((await serveBrowsers()).listening.map(({ transport }) => transport)).toEqual(["udp"]);
  });

  test.each([
    { name: "text", as: (text: string) => text },
    { name: "binary", as: (text: string) => Buffer.from(text) },
  ])("answers a message that came as $name by text", async ({ as }) => {
    const { agent, open } = await serveBrowsers();
    agent.onCall(() => {});
    const browser = open();
    browser.says(as(options(1, "WSS").replace("127.0.0.1:9", "df7jal23ls0d.invalid")));
    expect(browser.heard).toEqual([
      expect.stringMatching(/^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/WSS df7jal23ls0d\.invalid/),
    ]);
  });

  test.each([
    { isSecure: true, transport: "wss" },
    { isSecure: false, transport: "ws" },
  ])("asks over the connection that the browser opened by $transport", async ({ isSecure, transport }) => {
    const { agent, open } = await serveBrowsers();
    const came = new Promise<IncomingRequest>((resolve) => agent.handle("MESSAGE", resolve));
    const browser = open(isSecure);
    browser.says(options(1, transport.toUpperCase()).replaceAll("OPTIONS", "MESSAGE"));
    const { flow, local } = await came;
    expect([flow.transport, local]).toEqual([transport, { address: "192.0.2.1", port: 8443 }]);
    const uri = "sip:abc@df7jal23ls0d.invalid;transport=ws";
    agent.invite(
      { uri, flow, from: "sip:x@y", body: "v=0" },
      { onAnswer: () => ({ handlers: { onEnd() {} } }), onFailure() {} },
    );
    const invite = asked(browser);
    expect(invite.uri).toBe(uri);
    expect(invite.headers.get("Via")).toMatch(new RegExp(`^SIP/2.0/${transport.toUpperCase()} 192.0.2.1:8443;`));
    expect(invite.headers.get("Contact")).toBe("<sip:192.0.2.1:8443;transport=ws>");
  });

  test("when the connection is gone the browser is out of reach, and what waits for it fails", async () => {
    const { agent, open } = await serveBrowsers();
    const came = new Promise<IncomingRequest>((resolve) => agent.handle("MESSAGE", resolve));
    const browser = open();
    browser.says(options(1, "WSS").replaceAll("OPTIONS", "MESSAGE"));
    const incoming = await came;
    incoming.respond(200);
    const { flow } = incoming;
    const ask = { method: "OPTIONS", uri: "sip:abc@df7jal23ls0d.invalid;transport=ws", from: "sip:x@y", flow };
    const waiting = agent.send(ask);
    browser.terminate();
    expect(await waiting).toMatchObject({ ok: false, cause: "transport" });
    expect(await agent.send(ask)).toMatchObject({ ok: false, cause: "transport" });
    const { flow: _gone, ...byName } = ask;
    expect(await agent.send(byName)).toMatchObject({ ok: false, cause: "transport" });
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("a body that is no text goes as binary", async () => {
    const { agent, open } = await serveBrowsers();
    agent.handle("MESSAGE", (incoming) => incoming.respond(200, { body: new Uint8Array([0xff]), contentType: "x/y" }));
    const browser = open();
    browser.says(options(1, "WSS").replaceAll("OPTIONS", "MESSAGE"));
    expect(browser.heard).toEqual([expect.any(Uint8Array)]);
  });

  test("two line ends get one back, a ping a pong, unless pongs pile up", async () => {
    const browser = (await serveBrowsers()).open();
    browser.says("\r\n\r\n");
    browser.says("\r\n");
    expect(browser.heard).toEqual(["\r\n"]);
    browser.emit("ping", Buffer.from("abc"));
    browser.bufferedAmount = 5;
    browser.emit("ping", Buffer.from("abc"));
    expect(browser.signs).toEqual(["pong 3"]);
  });
});

describe("the bounds of WebSockets", () => {
  const bounded = async (limits: Partial<ConnectionLimits>) => {
    const { transport, ...rest } = await openBounded(webSocketTransport, limits);
    const open = (): Browser => {
      const browser = new Browser();
      transport.accept(browser, peer(50_000));
      return browser;
    };
    return { ...rest, transport, open };
  };

  test("who never speaks is dropped by the deadline", async () => {
    const { open, clock, nextClosed } = await bounded({ firstMessageMs: 10_000 });
    const browser = open();
    const gone = nextClosed();
    clock.advance(ms(9_999));
    browser.says("\r\n\r\n");
    expect(browser.readyState).toBe(1);
    clock.advance(ms(1));
    await gone;
    expect(clock.pending).toBe(0);
  });

  test("of too many that never spoke the oldest makes room, of too many that did the new one goes", async () => {
    const { open, transport } = await bounded({ silentPerSource: 1, perSource: 2 });
    const [first, second] = [open(), open()];
    expect([first.readyState, second.readyState]).toEqual([3, 1]);
    second.says(options(1));
    open().says(options(2));
    expect(open().closedWith).toBe(1013);
    expect(transport.connections()).toMatchObject([{ hasSpoken: true }, { hasSpoken: true }]);
  });

  test("a quiet browser is asked for a sign, and dropped when none comes", async () => {
    const { open, clock, nextClosed } = await bounded({ probeMs: 30_000 });
    const browser = open();
    browser.says(options(1));
    for (let i = 0; i < 3; i++) {
      clock.advance(ms(30_000));
      browser.emit("pong");
    }
    expect(browser.signs).toEqual(["ping", "ping", "ping"]);
    const gone = nextClosed();
    clock.advance(ms(30_000));
    expect(browser.readyState).toBe(1);
    clock.advance(ms(30_000));
    expect(browser.readyState).toBe(3);
    await gone;
  });

  test("a frame that is too long ends the connection", async () => {
    const { open } = await bounded({});
    const browser = open();
    browser.says("x".repeat(65_536));
    expect(browser.closedWith).toBe(1009);
  });

  test("a browser that takes nothing is sent no more", async () => {
    const { open, transport } = await bounded({ backlogBytes: 1_000 });
    const browser = open();
    browser.bufferedAmount = 900;
    const [state] = transport.connections();
    const to = state?.flow ?? expect.fail("no connection");
    expect(transport.send(new Uint8Array(101), to)).toEqual({ ok: false, error: "backlog" });
    expect(transport.send(new Uint8Array(100), to).ok).toBe(true);
  });

  test("closing ends all", async () => {
    const { open, transport } = await bounded({});
    const browser = open();
    await transport.close();
    expect(browser.readyState).toBe(3);
    expect(open().closedWith).toBe(1013);
  });
});
