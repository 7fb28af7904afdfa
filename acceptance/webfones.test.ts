import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { ms } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import { machine } from "@cordboard/testkit";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Question } from "./ask.ts";
import { ask } from "./ask.ts";
import { cordboard, cordboardJson } from "./command.ts";
import { demo, scriptedPhone } from "./company.ts";
import { withServer } from "./with-server.ts";

const TONE_HZ = 500;
const CRM = "https://crm.example";
const server = withServer({ as: "demo", settings: { CORDBOARD_ALLOW_ORIGINS: CRM } });

/** 103 answers and is called from; 104 answers; 105 never says a word; 106 has no phone. */
const phones: Phone[] = [];
let authority: string;
beforeAll(async () => {
  authority = (await ask(`${server().addresses.http}/ca.pem`)).text;
  for (const [user, answer] of [
    ["103", "auto"],
    ["104", "auto"],
    ["105", { does: "nothing" }],
  ] as const) {
    phones.push(await scriptedPhone(server(), user, { answer, sound: { frequencyHz: TONE_HZ } }));
  }
});
afterEach(() => server().backToZero());
afterAll(() => Promise.all(phones.map((phone) => phone.close())));

const phone = (user: string): Phone => {
  const found = phones.find((one) => one.user === user);
  if (found === undefined) throw new Error(`no phone of ${user}`);
  return found;
};

type Door = "dialer" | "https" | "http";
type Dialling = Question & { readonly door?: Door; readonly path?: string };

const key = (text: string): Readonly<Record<string, string>> => ({
  "x-api-key": text,
  "content-type": "application/json",
});
const order = (extension: string, phonenumber: string): string => JSON.stringify({ extension, phonenumber });

/** Asks for a call as the document has it. */
function dial(body: string, { door = "dialer", path = "/dialer/call", ...question }: Dialling = {}): Promise<Answer> {
  const url = `${server().addresses[door]}${path}`;
  return ask(url, { method: "POST", headers: key(demo.key), body, authority, ...question });
}

const said = async (asking: Promise<Answer>): Promise<string> => {
  const { status, text } = await asking;
  return `${status} ${text}`;
};

/** The call of a phone that rang, ended. */
async function hangUpAt(user: string): Promise<{ readonly peer: string }> {
  const call = await phone(user).nextCall();
  await call.answered();
  await call.hangUp();
  return call;
}

const SUCCESS = '200 {"status":"200","message":"Success"}';
const KEY_REQUIRED =
  '401 {"error":"API key is required","message":"Please provide API key in x-api-key header or Authorization header"}';
const KEY_INVALID = '403 {"error":"Invalid API key","message":"The provided API key is not valid or has been revoked"}';
const NOT_FOUND = '404 {"error":"Not found"}';
const NO_EXTENSION = '400 {"message":"invalid extension"}';
const NO_NUMBER = '400 {"message":"invalid phonenumber"}';
const NO_DEVICES = '400 {"message":"no devices"}';

describe.each([
  { door: "dialer", path: "/dialer/call" },
  { door: "dialer", path: "/dailer/call" },
  { door: "https", path: "/dailer/call" },
  { door: "http", path: "/dialer/call" },
] as const)("$path on the port for $door", (at) => {
  test("rings the extension, and calls the number with the extension's caller id when it answers", async () => {
    expect(await said(dial(order("103", "104"), at))).toBe(SUCCESS);
    const ours = await phone("103").nextCall();
    expect(await hangUpAt("104")).toMatchObject({ peer: "103" });
    await ours.ended();
  });

  test("takes the key as Bearer", async () => {
    const headers = { authorization: `Bearer ${demo.key}`, "content-type": "application/json" };
    expect(await said(dial(order("103", "104"), { ...at, headers }))).toBe(SUCCESS);
    await Promise.all([phone("103").nextCall(), hangUpAt("104")]);
  });

  test.each([
    ["no key", { headers: { "content-type": "application/json" } }, KEY_REQUIRED],
    ["a wrong key", { headers: key("wrong") }, KEY_INVALID],
    ["an extension that is not there", { body: order("999", "104") }, NO_EXTENSION],
    ["no extension", { body: '{"phonenumber":"104"}' }, NO_EXTENSION],
    ["no number", { body: '{"extension":"103"}' }, NO_NUMBER],
    ["a number with letters", { body: order("103", "104x") }, NO_NUMBER],
    ["a number that leads nowhere", { body: order("103", "7777") }, NO_NUMBER],
    ["an extension without a phone", { body: order("106", "104") }, NO_DEVICES],
    ["another method", { method: "GET", body: "" }, NOT_FOUND],
    ["a path beyond", { path: `${at.path}/more` }, at.door === "dialer" ? NOT_FOUND : undefined],
  ])("answers %s as documented", async (_name, { body = order("103", "104"), ...question }: Dialling, expected) => {
    const answer = await dial(body, { ...at, ...question });
    if (expected === undefined) expect(answer.status).toBe(404);
    else expect(`${answer.status} ${answer.text}`).toBe(expected);
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  });
});

describe("the dialer's own port", () => {
  test("is trusted by whoever has the authority's certificate, and by nobody else", async () => {
    expect(authority).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    await expect(dial(order("103", "104"), { authority: undefined })).rejects.toThrow(/certificate/);
  });

  test("leads nowhere else", async () => {
    for (const path of ["/", "/health", "/events", "/ca.pem", "/dialer"]) {
      expect(await said(ask(`${server().addresses.dialer}${path}`, { authority }))).toBe(NOT_FOUND);
    }
  });
});

test("after five seconds without a sign of any phone there are no devices, and the attempt is given up", async () => {
  const startedAt = machine.clock.monotonic();
  const asking = said(dial(order("105", "104")));
  const attempt = await phone("105").nextCall();
  expect(await asking).toBe(NO_DEVICES);
  const tookMs = machine.clock.monotonic() - startedAt;
  expect(tookMs).toBeGreaterThanOrEqual(4_900);
  expect(tookMs).toBeLessThan(7_000);
  expect(await attempt.ended()).toMatchObject({ by: "remote", status: 487 });
});

test("numbers are cleaned of what people write between the digits", async () => {
  expect(await said(dial(order("103", " (1)-0.4 ")))).toBe(SUCCESS);
  await Promise.all([phone("103").nextCall(), hangUpAt("104")]);
  expect(await said(dial(order("103", "+39 (055) 123-45.67")))).toBe(SUCCESS);
  const outside = await phone("103").nextCall();
  // The carrier echoes: what 103 says comes back when it has answered.
  await outside.hears(TONE_HZ);
  await outside.hangUp();
  await server().backToZero();
  const [row] = await cordboardJson<readonly object[]>(server().data, ["history", "--count", "1"]);
  expect(row).toMatchObject({ src: "103", dst: "+390551234567", disposition: "ANSWERED" });
});

describe("a key can be limited", () => {
  interface Made {
    readonly id: string;
    readonly key: string;
  }
  const make = (...limits: readonly string[]): Promise<Made> =>
    cordboardJson<Made>(server().data, ["key", "create", ...limits]);
  const dialWith = (made: Made, extension = "106"): Promise<Answer> =>
    dial(order(extension, "104"), { headers: key(made.key) });

  test("to some extensions: of the others it hears nothing", async () => {
    const made = await make("--extension", "105", "106");
    expect(await said(dialWith(made))).toBe(NO_DEVICES);
    expect(await said(dialWith(made, "103"))).toBe(NO_EXTENSION);
  });

  test("to so many requests a minute", async () => {
    const made = await make("--rate", "2");
    expect(await said(dialWith(made))).toBe(NO_DEVICES);
    expect(await said(dialWith(made))).toBe(NO_DEVICES);
    // Another port has the same count.
    const beyond = await dial(order("106", "104"), { door: "http", headers: key(made.key) });
    expect(`${beyond.status} ${beyond.text}`).toBe(
      '429 {"error":"Too many requests with this API key, please try again later."}',
    );
    expect(beyond.headers["ratelimit-policy"]).toBe("2;w=60");
    expect(Number(beyond.headers["retry-after"])).toBeGreaterThan(0);
  });

  test("to so many calls at once", async () => {
    const made = await make("--concurrent", "1");
    expect(await said(dialWith(made, "103"))).toBe(SUCCESS);
    const call = await phone("103").nextCall();
    await (await phone("104").nextCall()).answered();
    expect(await said(dialWith(made, "103"))).toBe(
      '429 {"error":"Too many calls with this API key, please try again later."}',
    );
    await call.hangUp();
    await server().backToZero();
    expect(await said(dialWith(made, "103"))).toBe(SUCCESS);
    await Promise.all([phone("103").nextCall(), hangUpAt("104")]);
  });

  test("and ends when it is revoked", async () => {
    const made = await make();
    expect(await said(dialWith(made))).toBe(NO_DEVICES);
    expect((await cordboard(server().data, ["key", "revoke", made.id])).code).toBe(0);
    expect(await said(dialWith(made))).toBe(KEY_INVALID);
  });
});

describe("from a browser", () => {
  const preflight = (origin: string): Promise<Answer> =>
    ask(`${server().addresses.https}/dialer/call`, {
      method: "OPTIONS",
      authority,
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key,content-type",
      },
    });

  test("a page of an allowed origin may dial, and read the answer", async () => {
    const { status, headers } = await preflight(CRM);
    expect(status).toBe(204);
    expect(headers).toMatchObject({ "access-control-allow-origin": CRM, vary: "Origin" });
    expect(headers["access-control-allow-headers"]).toContain("x-api-key");
    expect(headers["access-control-allow-methods"]).toContain("POST");
    const answer = await dial(order("106", "104"), { headers: { ...key(demo.key), origin: CRM } });
    expect(`${answer.status} ${answer.text}`).toBe(NO_DEVICES);
    expect(answer.headers["access-control-allow-origin"]).toBe(CRM);
  });

  test("a page of another origin may not", async () => {
    const { status, headers } = await preflight("https://evil.example");
    expect(status).toBe(403);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    const answer = await dial(order("103", "104"), { headers: { ...key(demo.key), origin: "https://evil.example" } });
    expect(answer.status).toBe(403);
  });
});

test("a request that is sent again with its Idempotency-Key calls once", async () => {
  const headers = { ...key(demo.key), "idempotency-key": "order-4711" };
  const first = await dial(order("103", "104"), { headers });
  expect(`${first.status} ${first.text}`).toBe(SUCCESS);
  expect(first.headers["idempotency-replayed"]).toBeUndefined();
  await Promise.all([phone("103").nextCall(), hangUpAt("104")]);
  const again = await dial(order("103", "104"), { headers });
  expect(`${again.status} ${again.text}`).toBe(SUCCESS);
  expect(again.headers["idempotency-replayed"]).toBe("true");
  expect((await server().health()).calls).toBe(0);
  const other = await dial(order("103", "9000"), { headers });
  expect([other.status, JSON.parse(other.text).error]).toEqual([409, "key-reused"]);
  await expect(phone("103").nextCall({ within: ms(300) })).rejects.toThrow("in vain");
});

test("one address has a thousand requests in a quarter of an hour, and another is not held up by it", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 2, localAddress: "127.0.0.9" });
  const url = new URL("/dialer/call", server().addresses.http);
  const send = (path = url): Promise<number> =>
    new Promise((resolve, reject) => {
      const asking = request(path, { agent, method: "POST" }, (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
      });
      asking.once("error", reject);
      asking.end();
    });
  const statuses = await Promise.all(Array.from({ length: 1_000 }, () => send()));
  agent.destroy();
  expect(new Set(statuses)).toEqual(new Set([401]));
  const beyond = await dial(order("106", "104"), { door: "http", path: "/dailer/call", from: "127.0.0.9" });
  expect(`${beyond.status} ${beyond.text}`).toBe(
    '429 {"error":"Too many requests from this IP, please try again later."}',
  );
  expect(beyond.headers).toMatchObject({
    "ratelimit-policy": "1000;w=900",
    "ratelimit-limit": "1000",
    "ratelimit-remaining": "0",
    "x-ratelimit-limit": "1000",
    "x-ratelimit-remaining": "0",
    "retry-after": beyond.headers["ratelimit-reset"],
  });
  expect(Number(beyond.headers["retry-after"])).toBeGreaterThan(800);
  expect(Number(beyond.headers["retry-after"])).toBeLessThanOrEqual(900);
  expect((await dial(order("106", "104"), { from: "127.0.0.9" })).status, "on the dialer's own port").toBe(429);
  expect(await said(dial(order("106", "104"), { door: "http" }))).toBe(NO_DEVICES);
});

test("what goes wrong inside is told with its time and nothing more", async () => {
  const password = await readFile(join(server().data, "database-password"), "utf8");
  const host = join(server().data, "postgres");
  const database = new Client({ host, user: "cordboard", database: "cordboard", password: password.trim() });
  await database.connect();
  try {
    await database.query("alter table idempotency rename to mislaid");
    const headers = { ...key(demo.key), "idempotency-key": "order-4712" };
    const { status, text } = await dial(order("106", "104"), { headers });
    expect(`${status} ${text}`).toMatch(
      /^500 \{"error":"Internal server error","message":"An unexpected error occurred","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}$/,
    );
  } finally {
    await database.query("alter table mislaid rename to idempotency");
    await database.end();
  }
});
