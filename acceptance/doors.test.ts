import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "./ask.ts";
import { ask } from "./ask.ts";
import { run } from "./child.ts";
import { cordboardJson } from "./command.ts";
import { demo } from "./company.ts";
import type { OtherMachine } from "./network-namespace.ts";
import { makeOtherMachine } from "./network-namespace.ts";
import { peer } from "./peers.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import { withServer } from "./with-server.ts";

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
} as const;
const errorOf = ({ status, text }: Answer): string => `${status} ${(JSON.parse(text) as { error: string }).error}`;

describe("on this machine", () => {
  const server = withServer({ as: "demo" });
  const dial = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
    ask(`${server().addresses.http}/dialer/call`, {
      headers: { "x-api-key": demo.key, "content-type": "application/json", ...headers },
      body: '{"extension":"101","phonenumber":"102"}',
    });
  const NO_DEVICES = '400 {"message":"no devices"}';

  test.each(["evil.example", "localhost.evil.example", "127.0.0.2", "demo.localhost@evil.example"])(
    "a request for the host %s is misdirected",
    async (host) => {
      expect(errorOf(await dial({ host }))).toBe("421 unknown-host");
      expect(errorOf(await ask(`${server().addresses.http}/health`, { headers: { host } }))).toBe("421 unknown-host");
    },
  );

  test.each(["localhost", "demo.localhost", "LOCALHOST:1"])("a request for the host %s is let in", async (host) => {
    const { status, text } = await dial({ host });
    expect(`${status} ${text}`).toBe(NO_DEVICES);
  });

  test.each(["https://evil.example", "null", "http://localhost"])(
    "a page of %s may neither dial nor open the stream, whatever key it has",
    async (origin) => {
      expect(errorOf(await dial({ origin }))).toBe("403 foreign-origin");
      const headers = { ...UPGRADE, origin, "x-api-key": demo.key };
      expect(errorOf(await ask(`${server().addresses.http}/events`, { headers }))).toBe("403 foreign-origin");
    },
  );

  test("a page of our own may", async () => {
    const { status, text } = await dial({ origin: server().addresses.http });
    expect(`${status} ${text}`).toBe(NO_DEVICES);
  });
});

describe("from another machine", () => {
  const ip = peer("ip");
  const curl = peer("curl");
  let other: OtherMachine;
  let server: Server;
  let key: string;
  beforeAll(async () => {
    other = await makeOtherMachine(ip);
    server = await startServer({ settings: { CORDBOARD_BIND: `127.0.0.1,${other.ours}` } });
    const { data } = server;
    await cordboardJson(data, ["user", "add", "101", "--name", "Ada"]);
    key = (await cordboardJson<{ readonly key: string }>(data, ["key", "create", "--rate", "1"])).key;
  });
  afterAll(async () => {
    const ended = await server?.stop();
    await other?.remove();
    expect(ended).toEqual({ code: 0, signal: null });
  });

  /** Where the server listens for the other machine. */
  const at = (name: "http" | "https"): string => {
    const listening = server.ready[name] as readonly string[];
    return listening.find((address) => address.startsWith(other.ours)) ?? "";
  };
  const publicUrl = (): string => String(server.ready["publicUrl"]);
  /** Asks by curl, over there. */
  async function askFromThere(
    url: string,
    ...words: readonly string[]
  ): Promise<Answer & { readonly location: string }> {
    const [program = "", ...there] = other.there;
    const shown = ["-sS", "--max-time", "10", "-w", "\n%{http_code} %{redirect_url}"];
    const { code, text } = await run(program, [...there, curl, ...shown, ...words, url]);
    if (code !== 0) throw new Error(`curl ended with ${code}: ${text}`);
    const lines = text.split("\n");
    const [status, location = ""] = (lines.pop() ?? "").split(" ");
    return { status: Number(status), location, headers: {}, text: lines.join("\n") };
  }
  const order = ["-d", '{"extension":"101","phonenumber":"101"}', "-H", "content-type: application/json"];

  test("a key without TLS is refused before anybody looks at it", async () => {
    const plain = `http://${at("http")}/dialer/call`;
    const right = await askFromThere(plain, ...order, "-H", `x-api-key: ${key}`);
    expect(errorOf(right)).toBe("403 tls-required");
    expect(await askFromThere(plain, ...order, "-H", `authorization: Bearer ${key}`)).toEqual(right);
    expect(await askFromThere(plain, ...order, "-H", "x-api-key: wrong")).toEqual(right);
    // The key may be used once a minute: none of the above has used it.
    const trust = ["--cacert", join(server.data, "tls", "ca.pem")];
    const secure = at("https");
    const port = secure.slice(secure.lastIndexOf(":") + 1);
    const byName = ["--resolve", `localhost:${port}:${other.ours}`];
    const words = [...order, ...trust, ...byName, "-H", `x-api-key: ${key}`];
    const answer = await askFromThere(`https://localhost:${port}/dialer/call`, ...words);
    expect(`${answer.status} ${answer.text}`).toBe('400 {"message":"no devices"}');
    expect((await askFromThere(`https://localhost:${port}/dialer/call`, ...words)).status).toBe(429);
  });

  test("neither is a password, nor a stream", async () => {
    for (const words of [
      ["-u", "admin:whatever"],
      Object.entries(UPGRADE).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    ])
      expect(errorOf(await askFromThere(`http://${at("http")}/events`, ...words))).toBe("403 tls-required");
  });

  test("health is told without TLS, but not what is inside", async () => {
    const { status, text } = await askFromThere(`http://${at("http")}/health`);
    expect(`${status} ${text}`).toBe('200 {"status":"ok"}');
    expect(errorOf(await askFromThere(`http://${at("http")}/metrics`))).toBe("403 tls-required");
  });

  test("a page is sent on to TLS", async () => {
    const { status, location } = await askFromThere(`http://${at("http")}/admin/?a=1`);
    expect([status, location]).toEqual([308, `https://${at("https")}/admin/?a=1`]);
    const byName = await askFromThere(`http://${at("http")}/`, "-H", `host: ${new URL(publicUrl()).hostname}`);
    expect([byName.status, byName.location]).toEqual([308, `${publicUrl()}/`]);
    expect(publicUrl()).toMatch(/:[1-9]\d*$/);
  });

  test("a foreign Host and a foreign Origin are refused there too", async () => {
    expect(errorOf(await askFromThere(`http://${at("http")}/health`, "-H", "host: evil.example"))).toBe(
      "421 unknown-host",
    );
    const words = [...order, "-k", "-H", `x-api-key: ${key}`, "-H", "origin: https://evil.example"];
    expect(errorOf(await askFromThere(`https://${at("https")}/dialer/call`, ...words))).toBe("403 foreign-origin");
  });
});
