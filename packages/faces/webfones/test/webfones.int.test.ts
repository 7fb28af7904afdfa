import type { InjectOptions } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { World } from "./world.ts";
import { makeWorld } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.app.close());

const good = { "x-api-key": "good", "content-type": "application/json" };
const order = '{"extension":"309","phonenumber":"15808675309"}';

async function dial(change: InjectOptions = {}) {
  const answer = await world.app.inject({
    method: "POST",
    url: "/dialer/call",
    headers: good,
    payload: order,
    ...change,
  });
  return { status: answer.statusCode, text: answer.payload, headers: answer.headers };
}
const said = async (change: InjectOptions = {}): Promise<string> => {
  const { status, text } = await dial(change);
  return `${status} ${text}`;
};

const success = '200 {"status":"200","message":"Success"}';
const keyRequired =
  '401 {"error":"API key is required","message":"Please provide API key in x-api-key header or Authorization header"}';
const keyInvalid = '403 {"error":"Invalid API key","message":"The provided API key is not valid or has been revoked"}';
const faulty =
  '500 {"error":"Internal server error","message":"An unexpected error occurred","timestamp":"2025-06-19T10:30:00.000Z"}';
const away =
  '503 {"error":"Service unavailable","message":"Please try again later","timestamp":"2025-06-19T10:30:00.000Z"}';
const notFound = '404 {"error":"Not found"}';

describe("a call is placed", () => {
  test.each(["/dialer/call", "/dailer/call", "/dialer/call/", "/Dialer/CALL", "//dialer//call", "/dialer/call?a=1"])(
    "at %s",
    async (url) => {
      expect(await said({ url })).toBe(success);
      expect(world.placed).toMatchObject([{ extension: "309", number: "15808675309", actor: { key: "key_GOOD" } }]);
    },
  );

  test.each([
    ["a key as Bearer", { headers: { authorization: "Bearer good" } }],
    ["JSON without a content type", { headers: { "x-api-key": "good" } }],
    ["JSON sent as a form", { headers: { ...good, "content-type": "application/x-www-form-urlencoded" } }],
    ["JSON sent as text", { headers: { ...good, "content-type": "text/plain" } }],
    [
      "a form",
      {
        headers: { ...good, "content-type": "application/x-www-form-urlencoded" },
        payload: "extension=309&phonenumber=15808675309",
      },
    ],
    ["numbers in place of texts", { payload: '{"extension":309,"phonenumber":15808675309}' }],
  ])("from %s", async (_name, change) => {
    expect(await said(change)).toBe(success);
    expect(world.placed).toMatchObject([{ extension: "309", number: "15808675309" }]);
  });

  test("and its answer is JSON that names its request", async () => {
    const { headers } = await dial();
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(headers["x-request-id"]).toBe(world.placed[0]?.correlation);
  });
});

describe("what is wrong is told as documented", () => {
  test.each([
    ["invalid-extension", '400 {"message":"invalid extension"}'],
    ["invalid-number", '400 {"message":"invalid phonenumber"}'],
    ["no-devices", '400 {"message":"no devices"}'],
    ["too-many-calls", '429 {"error":"Too many calls with this API key, please try again later."}'],
    ["overloaded", away],
    ["database-away", away],
    ["shutting-down", away],
    ["database-unavailable", away],
    ["fault", faulty],
  ] as const)("the desk says %s", async (code, expected) => {
    world.says = code;
    const { status, text, headers } = await dial();
    expect(`${status} ${text}`).toBe(expected);
    expect(headers["retry-after"]).toBe(status === 503 || status === 429 ? "5" : undefined);
  });

  test.each([
    ["no key", { headers: {} }, keyRequired],
    ["an empty key", { headers: { "x-api-key": " " } }, keyRequired],
    ["a log-in in place of a key", { headers: { authorization: "Basic Z29vZDpnb29k" } }, keyRequired],
    ["a wrong key", { headers: { "x-api-key": "bad" } }, keyInvalid],
    ["a wrong Bearer", { headers: { authorization: "Bearer bad" } }, keyInvalid],
    ["a wrong key and a body that cannot be read", { headers: { "x-api-key": "bad" }, payload: "{" }, keyInvalid],
    ["no body", { payload: "" }, '400 {"message":"invalid extension"}'],
    ["no number", { payload: '{"extension":"309"}' }, '400 {"message":"invalid phonenumber"}'],
    ["a broken body", { payload: '{"extension":' }, '400 {"message":"invalid request body"}'],
    ["a body that is a list", { payload: "[1]" }, '400 {"message":"invalid request body"}'],
    ["a huge body", { payload: " ".repeat(17_000) }, '413 {"message":"request body too large"}'],
    [
      "an overlong retry key",
      { headers: { ...good, "idempotency-key": "k".repeat(256) } },
      '400 {"message":"invalid idempotency key"}',
    ],
    [
      "an invisible retry key",
      { headers: { ...good, "idempotency-key": "a b" } },
      '400 {"message":"invalid idempotency key"}',
    ],
  ])("%s", async (_name, change, expected) => {
    expect(await said(change)).toBe(expected);
    expect(world.placed).toEqual([]);
  });

  test.each([
    ["GET", "/dialer/call"],
    ["PUT", "/dailer/call"],
    ["DELETE", "/dialer/call/"],
    ["OPTIONS", "/dialer/call"],
    ["POST", "/dialer"],
    ["POST", "/dialer/call/more"],
    ["GET", "/"],
    ["GET", "/health"],
  ] as const)("%s %s leads nowhere", async (method, url) => {
    expect(await said({ method, url, payload: "" })).toBe(notFound);
  });
});

describe("requests are limited", () => {
  test("to a thousand in fifteen minutes from one address, wrong ones included", async () => {
    for (let sent = 0; sent < 999; sent++) await world.app.inject({ method: "POST", url: "/dialer/call" });
    const last = await dial();
    expect(last.headers).toMatchObject({
      "ratelimit-policy": "1000;w=900",
      "ratelimit-limit": "1000",
      "ratelimit-remaining": "0",
      "ratelimit-reset": "900",
      "x-ratelimit-limit": "1000",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Date.parse("2025-06-19T10:45:00.000Z") / 1000),
    });
    expect(last.headers["retry-after"]).toBeUndefined();

    world.pass(100_000);
    const beyond = await dial();
    expect(`${beyond.status} ${beyond.text}`).toBe(
      '429 {"error":"Too many requests from this IP, please try again later."}',
    );
    expect(beyond.headers).toMatchObject({ "retry-after": "800", "ratelimit-remaining": "0" });
    expect(world.placed).toHaveLength(1);

    const elsewhere = { ...good, "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https" };
    expect(await said({ headers: elsewhere })).toBe(success);
    world.pass(800_000);
    expect(await said()).toBe(success);
  });

  test("to what a key may in a minute", async () => {
    const slow = { headers: { "x-api-key": "slow" } };
    expect(await said(slow)).toBe(success);
    expect(await said(slow)).toBe(success);
    const beyond = await dial(slow);
    expect(`${beyond.status} ${beyond.text}`).toBe(
      '429 {"error":"Too many requests with this API key, please try again later."}',
    );
    expect(beyond.headers).toMatchObject({ "retry-after": "60", "ratelimit-policy": "2;w=60" });
    expect(await said()).toBe(success);
    world.pass(60_000);
    expect(await said(slow)).toBe(success);
  });
});

test("two ports of one dialer count together", async () => {
  const other = await makeWorld(false, world.limits);
  const slow = { method: "POST", url: "/dialer/call", headers: { "x-api-key": "slow" }, payload: order } as const;
  const statuses: number[] = [];
  for (const { app } of [world, other, world]) statuses.push((await app.inject(slow)).statusCode);
  expect(statuses).toEqual([200, 200, 429]);
  await other.app.close();
});

describe("a request with an Idempotency-Key is safe to retry", () => {
  const retry = { headers: { ...good, "idempotency-key": "order-1" } };

  test("it is done once and answered twice", async () => {
    expect((await dial(retry)).headers["idempotency-replayed"]).toBeUndefined();
    const again = await dial(retry);
    expect(`${again.status} ${again.text}`).toBe(success);
    expect(again.headers).toMatchObject({
      "idempotency-replayed": "true",
      "content-type": "application/json; charset=utf-8",
    });
    expect(world.placed).toHaveLength(1);
  });

  test("a refusal is an answer too", async () => {
    world.says = "no-devices";
    await dial(retry);
    world.says = "placed";
    expect(await said(retry)).toBe('400 {"message":"no devices"}');
  });

  test("another body under the same key is refused", async () => {
    await dial(retry);
    expect(await said({ ...retry, payload: "{}" })).toBe(
      '409 {"error":"key-reused","message":"This Idempotency-Key was used for another request."}',
    );
  });

  test("the other path is another request", async () => {
    await dial(retry);
    expect(await said({ ...retry, url: "/dailer/call" })).toBe(success);
    expect(world.placed).toHaveLength(2);
  });

  test("another API key has retry keys of its own", async () => {
    await dial(retry);
    const { headers } = await dial({ headers: { ...retry.headers, "x-api-key": "slow" } });
    expect(headers["idempotency-replayed"]).toBeUndefined();
    expect(world.placed).toHaveLength(2);
  });

  test("while the first is running, the second waits", async () => {
    const desk = world.hold();
    const first = dial(retry);
    await desk.entered;
    const waiting = await dial(retry);
    expect(waiting.status).toBe(409);
    expect(waiting.text).toBe(
      '{"error":"in-progress","message":"The first request with this Idempotency-Key is still running."}',
    );
    expect(waiting.headers["retry-after"]).toBe("5");
    desk.release();
    expect((await first).status).toBe(200);
    expect(world.placed).toHaveLength(1);
  });

  test("nothing was done at 503, so it may be tried again", async () => {
    world.says = "overloaded";
    expect(await said(retry)).toBe(away);
    world.says = "placed";
    expect(await said(retry)).toBe(success);
  });

  test("after a fault nobody knows, so it is not", async () => {
    world.says = "fault";
    expect(await said(retry)).toBe(faulty);
    world.says = "placed";
    expect((await dial(retry)).status).toBe(409);
    expect(world.placed).toHaveLength(1);
  });
});

describe("a page of an allowed origin may dial", () => {
  const crm = { ...good, origin: "https://crm.example" };

  test("it is told so when it asks", async () => {
    const { status, headers } = await dial({
      method: "OPTIONS",
      payload: "",
      headers: {
        origin: "https://crm.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key,content-type",
      },
    });
    expect(status).toBe(204);
    expect(headers).toMatchObject({ "access-control-allow-origin": "https://crm.example", vary: "Origin" });
    expect(headers["access-control-allow-headers"]).toContain("x-api-key");
  });

  test("it reads the answer", async () => {
    const { status, headers } = await dial({ headers: crm });
    expect(status).toBe(200);
    expect(headers["access-control-allow-origin"]).toBe("https://crm.example");
  });

  test("a page of another origin is turned away", async () => {
    expect(await said({ headers: { ...crm, origin: "https://evil.example" } })).toBe(
      '403 {"error":"foreign-origin","message":"Pages of this origin may not use this server."}',
    );
    expect(world.placed).toEqual([]);
  });
});

test("a foreign Host and a key without TLS are turned away", async () => {
  expect(await said({ headers: { ...good, host: "evil.example" } })).toBe(
    '421 {"error":"unknown-host","message":"This server does not go by the name in Host."}',
  );
  const fromAfar = { ...good, host: "localhost", "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "http" };
  expect((await dial({ headers: fromAfar })).text).toContain('"error":"tls-required"');
});

test("in overload the dialer speaks its own words", async () => {
  world.admission = { admitted: false, retryAfterSeconds: 7 };
  const { status, text, headers } = await dial();
  expect(`${status} ${text}`).toBe(away);
  expect(headers["retry-after"]).toBe("7");
});

test("among others, the dialer leaves other paths alone", async () => {
  await world.app.close();
  world = await makeWorld(false);
  expect(await said()).toBe(success);
  expect(await said({ method: "GET", payload: "" })).toBe(notFound);
  expect((await dial({ url: "/elsewhere" })).text).toContain('{"error":"not-found","message":');
});
