import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, RequestOptions } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import { createServer as createTlsServer, request as httpsRequest } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { Actor } from "@cordboard/core";
import type { LogFields } from "@cordboard/kernel";
import { PlatformError, randomOf, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Admission, Health } from "../src/index.ts";
import { createHttpApp, siteRoutes, speakerOf, trustedProxies } from "../src/index.ts";
import { doors } from "./events-world.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const cert = fixture("localhost-cert.pem");

let app: FastifyInstance;
let servers: readonly Server[];
let plainPort: number;
let tlsPort: number;
let health: Health;
let admission: Admission;
let logged: LogFields[];
let roles: Actor["roles"] | undefined;

beforeEach(async () => {
  health = { isUp: true, selfCheck: "passed", parts: { database: "up" }, addresses: { http: 8080 } };
  admission = { admitted: true };
  logged = [];
  roles = undefined;
  const clock = manualClock();
  const speaker = speakerOf(clock);
  app = createHttpApp({
    doors,
    proxies: trustedProxies(["127.0.0.1"]),
    clock,
    random: randomOf(globalThis),
    log: { ...silentLog, error: (_message, fields) => logged.push(fields ?? {}) },
    speaker,
    admit: () => admission,
    bodyLimitBytes: 100,
    hstsSeconds: 600,
  });
  const actorOf = async () =>
    roles === undefined ? undefined : ({ kind: "user", roles, limits: { extensions: null } } as Actor);
  await app.register(
    siteRoutes({
      speaker,
      actors: { actorOf, outcomeOf: async () => ({ kind: "none" }) },
      health: () => health,
      renderMetrics: async () => ({ contentType: "text/plain; version=0.0.4", text: "up 1\n" }),
      authorityPem: () => (health.isUp ? "PEM" : undefined),
    }),
  );
  app.get("/fault/:kind", async (request) => {
    const { kind } = request.params as { readonly kind: string };
    throw kind === "database" ? new PlatformError("database-unavailable", "host=secret") : new Error("secret");
  });
  app.post("/echo", async (request) => ({ body: request.body, client: request.door.client }));
  await app.ready();
  servers = [createServer(app.routing), createTlsServer({ cert, key: fixture("localhost-key.pem") }, app.routing)];
  for (const server of servers) await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  [plainPort = 0, tlsPort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const server of servers) await new Promise((closed) => server.close(closed));
  await app.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(
  path: string,
  options: RequestOptions & { readonly isTls?: boolean; readonly body?: string } = {},
): Promise<Answer> {
  const { isTls = false, body, ...rest } = options;
  const whole = { host: "127.0.0.1", port: isTls ? tlsPort : plainPort, path, agent: false, ca: cert, ...rest };
  return new Promise((settle, fail) => {
    const sent = (isTls ? httpsRequest : httpRequest)(whole, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => settle({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on("error", fail);
    sent.end(body);
  });
}
const afar = { "x-forwarded-for": "198.51.100.7", host: "localhost" };
const codeOf = ({ text }: Answer) => (JSON.parse(text) as { error: string }).error;

describe("every request passes the doors", () => {
  test("by TLS from anywhere, by plain HTTP from this machine", async () => {
    expect((await ask("/ca.pem", { isTls: true })).text).toBe("PEM");
    expect((await ask("/ca.pem")).text).toBe("PEM");
    expect(codeOf(await ask("/ca.pem", { headers: afar }))).toBe("tls-required");
    const forwarded = { ...afar, "x-forwarded-proto": "https" };
    expect((await ask("/ca.pem", { headers: forwarded })).text).toBe("PEM");
  });

  test("also where there is nothing, and where the address cannot be decoded", async () => {
    expect((await ask("/nothing")).status).toBe(404);
    expect((await ask("/%zz")).status).toBe(400);
    for (const path of ["/nothing", "/%zz", "/ca.pem"]) {
      expect(codeOf(await ask(path, { headers: { host: "evil.example" } }))).toBe("unknown-host");
    }
  });

  test("and a page is sent on to TLS", async () => {
    const { status, headers } = await ask("/admin/?a=1", { headers: { ...afar, host: "acme.example:8080" } });
    expect([status, headers.location]).toEqual([308, "https://acme.example:8443/admin/?a=1"]);
  });

  test("and a body is not read before", async () => {
    const foreign = { origin: "https://evil.example", "content-type": "application/json" };
    expect(codeOf(await ask("/echo", { method: "POST", headers: foreign, body: "x".repeat(1000) }))).toBe(
      "foreign-origin",
    );
  });
});

describe("every answer", () => {
  test("carries what keeps browsers safe, and the request's id", async () => {
    for (const path of ["/health", "/nothing", "/fault/a", "/%zz"]) {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cache-control": "no-store",
        vary: "Origin",
      });
      expect(headers["x-request-id"]).toMatch(/^act_[0-9A-Z]{26}$/);
      expect(headers["strict-transport-security"]).toBeUndefined();
    }
    expect((await ask("/health", { isTls: true })).headers["strict-transport-security"]).toBe("max-age=600");
  });

  test("tells a fault by code and id, and the log tells the rest", async () => {
    const { status, headers, text } = await ask("/fault/other");
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({
      error: "internal",
      message: "An unexpected error occurred.",
      correlation: headers["x-request-id"],
    });
    expect(logged).toMatchObject([{ correlation: headers["x-request-id"], code: "internal" }]);
    expect(String(logged[0]?.["error"])).toContain("secret");
  });

  test("says when to come back while the database is away", async () => {
    const answer = await ask("/fault/database");
    expect([answer.status, codeOf(answer), answer.headers["retry-after"]]).toEqual([503, "database-unavailable", "5"]);
  });

  test("goes to an allowed origin with leave to read it, and to no other", async () => {
    const crm = await ask("/health", { headers: { origin: "https://crm.example" } });
    expect(crm.headers["access-control-allow-origin"]).toBe("https://crm.example");
    const evil = await ask("/health", { headers: { origin: "https://evil.example" } });
    expect(evil.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

test.each([
  ["too large", "application/json", `"${"x".repeat(100)}"`, "body-too-large"],
  ["not JSON", "application/json", "{", "bad-request"],
  ["of a kind that nobody reads", "text/plain", "x", "unsupported-media-type"],
])("a body that is %s is refused", async (_name, type, body, code) => {
  expect(codeOf(await ask("/echo", { method: "POST", headers: { "content-type": type }, body }))).toBe(code);
});

test("in overload all but health is refused", async () => {
  admission = { admitted: false, retryAfterSeconds: 3 };
  const answer = await ask("/ca.pem");
  expect([answer.status, codeOf(answer), answer.headers["retry-after"]]).toEqual([503, "overloaded", "3"]);
  expect((await ask("/Health/")).status).toBe(200);
});

describe("health, metrics and the authority", () => {
  const inside = '{"status":"ok","selfCheck":"passed","parts":{"database":"up"},"addresses":{"http":8080}}';
  const outside = '{"status":"ok","selfCheck":"passed"}';
  const byTls = { headers: { ...afar, "x-forwarded-proto": "https" } };

  test("health tells all to this machine and to administrators", async () => {
    expect((await ask("/health")).text).toBe(inside);
    expect((await ask("/health", { headers: afar })).text).toBe(outside);
    expect((await ask("/health", byTls)).text).toBe(outside);
    roles = ["user"];
    expect((await ask("/health", byTls)).text).toBe(outside);
    roles = ["admin"];
    expect((await ask("/health", byTls)).text).toBe(inside);
  });

  test("health is 503 while a part is down", async () => {
    health = { ...health, isUp: false, selfCheck: undefined };
    const { status, text } = await ask("/health", { headers: afar });
    expect([status, text]).toEqual([503, '{"status":"down"}']);
    expect((await ask("/ca.pem")).status).toBe(404);
  });

  test("metrics are for this machine and for administrators", async () => {
    const { headers, text } = await ask("/metrics");
    expect([headers["content-type"], text]).toEqual(["text/plain; version=0.0.4", "up 1\n"]);
    expect(codeOf(await ask("/metrics", byTls))).toBe("unauthenticated");
    roles = ["user"];
    expect(codeOf(await ask("/metrics", byTls))).toBe("not-permitted");
    roles = ["admin"];
    expect((await ask("/metrics", byTls)).status).toBe(200);
  });
});
