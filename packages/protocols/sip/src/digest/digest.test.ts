import type { Hash, Random } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { nodeHash } from "../transport/hash.ts";
import { parseAuth, printDigest } from "./auth-header.ts";
import { answerChallenge, challengesOf } from "./client.ts";
import type { Ha1 } from "./response.ts";
import { digestResponse, makeHa1 } from "./response.ts";
import type { DigestServerOptions } from "./server.ts";
import { createDigestServer } from "./server.ts";

const realm = "example.org";
const credentials = { username: "101", password: "open sesame" };
const flow: Flow = {
  transport: "udp",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address: "10.0.0.2", port: 5070 },
};

const request = (...fields: readonly HeaderField[]): SipRequest => ({
  type: "request",
  method: "REGISTER",
  uri: "sip:example.org",
  headers: Headers.of(fields),
  body: new Uint8Array(0),
});

const refusal = (headers: readonly HeaderField[]): SipResponse => ({
  type: "response",
  status: 401,
  reason: "",
  headers: Headers.of(headers),
  body: new Uint8Array(0),
});

function makeServer(options: Partial<DigestServerOptions> = {}) {
  const clock = manualClock();
  const random: Random = seededRandom(7);
  const server = createDigestServer({ hash: nodeHash, clock, random, key: new Uint8Array(32).fill(5), ...options });
  const ha1 = makeHa1(nodeHash, realm, credentials);
  const check = (fields: readonly HeaderField[], from: Flow = flow, inRealm = realm) =>
    server.check(request(...fields), from, {
      realm: inRealm,
      ha1Of: (username) => (username === "101" ? ha1 : undefined),
    });
  /** The challenges that a request without credentials gets. */
  const challenges = () => {
    const verdict = check([]);
    if (verdict.ok) throw new Error("let through without credentials");
    return challengesOf(refusal(verdict.error.headers));
  };
  const answerWith = (count: number, nonceCount = 1, who = credentials): HeaderField => {
    const challenge = challenges()[0];
    if (challenge === undefined) throw new Error("no challenge");
    return answerTo(challenge, nonceCount, who, count);
  };
  const answerTo = (
    challenge: Parameters<typeof answerChallenge>[0],
    nonceCount = 1,
    who = credentials,
    seed = 1,
  ): HeaderField =>
    answerChallenge(
      challenge,
      { method: "REGISTER", uri: "sip:example.org", credentials: who, nonceCount },
      { hash: nodeHash, random: seededRandom(seed) },
    );
  const offered = (fields: readonly HeaderField[]) => {
    const verdict = check(fields);
    return verdict.ok ? [] : verdict.error.headers.map(([, value]) => parseAuth(value)?.params.get("algorithm"));
  };
  return { clock, server, check, challenges, answerWith, answerTo, offered };
}

const codeOf = (verdict: ReturnType<ReturnType<typeof makeServer>["check"]>): string =>
  verdict.ok ? "ok" : verdict.error.code;

describe("digest responses", () => {
  test("are those of RFC 7616 §3.9.1", () => {
    const who = { username: "Mufasa", password: "Circle of Life" };
    const ha1 = makeHa1(nodeHash, "http-auth@example.org", who);
    const input = {
      method: "GET",
      uri: "/dir/index.html",
      nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
      counted: { nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" },
    };
    expect(digestResponse(nodeHash, { ...input, algorithm: "MD5", ha1: ha1.md5 })).toBe(
      "8ca523f5e9506fed4657c9700eebdbec",
    );
    expect(digestResponse(nodeHash, { ...input, algorithm: "SHA-256", ha1: ha1.sha256 })).toBe(
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    );
  });

  test("without qop are those of RFC 2617 §3.5 in its old form", () => {
    const ha1 = makeHa1(nodeHash, "testrealm@host.com", { username: "Mufasa", password: "CircleOfLife" });
    const response = digestResponse(nodeHash, {
      algorithm: "MD5",
      ha1: ha1.md5,
      method: "GET",
      uri: "/dir/index.html",
      nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
      counted: undefined,
    });
    expect(response).toBe("1949323746fe6a43ef61f9606e7febea");
  });
});

describe("the digest server", () => {
  test("offers SHA-256 first and MD5 second, for one nonce (RFC 8760)", () => {
    const { check } = makeServer();
    const verdict = check([]);
    expect(verdict).toMatchObject({ ok: false, error: { code: "no-credentials", status: 401 } });
    const lines = verdict.ok ? [] : verdict.error.headers.map(([, value]) => parseAuth(value)?.params);
    expect(lines.map((params) => params?.get("algorithm"))).toEqual(["SHA-256", "MD5"]);
    expect(new Set(lines.map((params) => params?.get("nonce"))).size).toBe(1);
  });

  test.each([
    { agent: "baresip v1.0.0 (x86_64/linux)", offered: ["MD5"] },
    { agent: "baresip v3.10.0", offered: ["SHA-256", "MD5"] },
    { agent: "Some Phone", offered: ["SHA-256", "MD5"] },
    { agent: "JsSIP 3.13.8", offered: ["MD5"] },
    { agent: "SIP.js/0.21.2", offered: ["MD5"] },
  ])("offers $agent $offered, as some stumble over what they do not know", ({ agent, offered }) =>
    expect(makeServer().offered([["User-Agent", agent]])).toEqual(offered),
  );

  test.each([
    { name: "one that does not say what it is", fields: [], offered: ["SHA-256", "MD5"] },
    { name: "sipp by its branch", fields: [["Via", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK-4711-1-0"]], offered: ["MD5"] },
    { name: "sipp by its tag", fields: [["From", "<sip:sipp@10.0.0.2>;tag=4711SIPpTag001"]], offered: ["MD5"] },
    {
      name: "one whose branch only looks a little like sipp's",
      fields: [["Via", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK-4711-1-0-a"]],
      offered: ["SHA-256", "MD5"],
    },
  ] as const)("offers $name $offered", ({ fields, offered }) =>
    expect(makeServer().offered([...fields])).toEqual(offered),
  );

  test.each(["SHA-256", "MD5"] as const)(
    "does the same work for an unknown user as for a wrong password, by %s",
    (algorithm) => {
      const counted = { hex: 0, hmac: 0, bytes: 0 };
      const hash: Hash = {
        hex(name, text) {
          counted.hex++;
          counted.bytes += text.length;
          return nodeHash.hex(name, text);
        },
        hmac(key, text) {
          counted.hmac++;
          counted.bytes += text.length;
          return nodeHash.hmac(key, text);
        },
      };
      const { check, challenges, answerTo } = makeServer({ hash });
      const workFor = (username: string) => {
        const [challenge] = challenges();
        if (challenge === undefined) throw new Error("no challenge");
        const guess = answerTo({ ...challenge, algorithm }, 1, { username, password: "guess" });
        Object.assign(counted, { hex: 0, hmac: 0, bytes: 0 });
        expect(codeOf(check([guess]))).toBe("wrong");
        return { ...counted };
      };
      expect(workFor("999")).toEqual(workFor("101"));
      expect(workFor("101")).toMatchObject({ hex: 2, hmac: 2 });
    },
  );

  test("offers what it is told to, and takes an answer by another all the same", () => {
    const { check, challenges, answerTo } = makeServer({ offers: () => ["MD5"] });
    const [challenge, ...others] = challenges();
    expect([challenge?.algorithm, others]).toEqual(["MD5", []]);
    if (challenge === undefined) return expect.fail();
    expect(codeOf(check([answerTo({ ...challenge, algorithm: "SHA-256" })]))).toBe("ok");
  });

  test("lets the right password through by either algorithm, once a count", () => {
    const { check, challenges, answerTo } = makeServer();
    for (const challenge of [
      ...challenges(),
      ...challenges().map((each) => ({ ...each, algorithm: "MD5" as const })),
    ]) {
      expect(check([answerTo(challenge)])).toEqual({ ok: true, value: { username: "101" } });
      expect(codeOf(check([answerTo(challenge)]))).toBe("stale");
      expect(codeOf(check([answerTo(challenge, 2)]))).toBe("ok");
    }
  });

  test("takes counts that overtook each other, but none twice and none far behind", () => {
    const { check, challenges, answerTo } = makeServer();
    const [challenge] = challenges();
    if (challenge === undefined) return expect.fail();
    const verdicts = [3, 1, 2, 2, 40, 5, 39].map((count) => codeOf(check([answerTo(challenge, count)])));
    expect(verdicts).toEqual(["ok", "ok", "ok", "stale", "ok", "stale", "ok"]);
  });

  test("answers an unknown user as it answers a wrong password", () => {
    const { check, answerWith } = makeServer();
    const wrong = check([answerWith(1, 1, { username: "101", password: "guess" })]);
    const unknown = check([answerWith(1, 1, { username: "999", password: "guess" })]);
    const shape = (verdict: typeof wrong) =>
      verdict.ok ? "ok" : { ...verdict.error, headers: verdict.error.headers.map(([name]) => name) };
    expect(shape(wrong)).toEqual(shape(unknown));
    expect(shape(wrong)).toMatchObject({ code: "wrong", status: 401 });
  });

  test("lets nobody in as the stand-in that unknown names are checked against", () => {
    const { check, challenges } = makeServer();
    for (const { algorithm, nonce } of challenges()) {
      const counted = { nc: "00000001", cnonce: "c" };
      const uri = "sip:example.org";
      const ha1 = "0".repeat(algorithm === "MD5" ? 32 : 64);
      const response = digestResponse(nodeHash, { algorithm, ha1, method: "REGISTER", uri, nonce, counted });
      const named = { username: "999", realm, nonce, uri, response, algorithm, qop: "auth", ...counted };
      expect(codeOf(check([["Authorization", printDigest(Object.entries(named), true)]]))).toBe("wrong");
    }
  });

  test("lets in by any of a user's passwords, and by no other", () => {
    const { server, answerWith } = makeServer();
    const others = ["north", "south"].map((password) => makeHa1(nodeHash, realm, { ...credentials, password }));
    const ha1 = makeHa1(nodeHash, realm, credentials);
    const outcome = (proofs: readonly Ha1[], count: number): boolean =>
      server.check(request(answerWith(count)), flow, { realm, ha1Of: () => proofs }).ok;
    expect([outcome([...others, ha1], 1), outcome([ha1, ...others], 2)]).toEqual([true, true]);
    expect([outcome(others, 3), outcome([], 4)]).toEqual([false, false]);
  });

  test("binds a nonce to its peer's address and to its realm", () => {
    const { check, answerWith } = makeServer();
    const elsewhere = { ...flow, remote: { address: "10.0.0.3", port: 5070 } };
    expect(codeOf(check([answerWith(1)], elsewhere))).toBe("wrong");
    expect(codeOf(check([answerWith(1)], { ...flow, remote: { ...flow.remote, port: 9 } }))).toBe("ok");
    expect(codeOf(check([answerWith(1)], flow, "other.org"))).toBe("no-credentials");
  });

  test("calls an old nonce stale only when the password was right", () => {
    const { check, answerWith, clock } = makeServer({ nonceLifetimeMs: ms(60_000) });
    const good = answerWith(1);
    const bad = answerWith(1, 1, { username: "101", password: "guess" });
    clock.advance(ms(60_001));
    const verdict = check([good]);
    expect(codeOf(verdict)).toBe("stale");
    expect(verdict.ok ? undefined : verdict.error.headers.every(([, value]) => value.includes("stale=true"))).toBe(
      true,
    );
    expect(codeOf(check([bad]))).toBe("wrong");
  });

  test("remembers a bounded number of nonces, and forgets none that could be replayed", () => {
    const { check, challenges, answerTo, clock } = makeServer({ rememberedNonces: 10 });
    const used = Array.from({ length: 30 }, () => {
      clock.advance(ms(5));
      const [challenge] = challenges();
      if (challenge === undefined) throw new Error("no challenge");
      expect(codeOf(check([answerTo(challenge)]))).toBe("ok");
      return challenge;
    });
    for (const challenge of used) expect(codeOf(check([answerTo(challenge)]))).toBe("stale");
    expect(codeOf(check([answerTo(used.at(-1) ?? expect.fail(), 2)]))).toBe("ok");
  });

  test.each([
    { name: "auth-int", change: (text: string) => text.replace("qop=auth", "qop=auth-int"), code: "auth-int" },
    { name: "a missing cnonce", change: (text: string) => text.replace("cnonce=", "x="), code: "malformed" },
    {
      name: "a count that is no number",
      change: (text: string) => text.replace("nc=00000001", "nc=zzzzzzzz"),
      code: "malformed",
    },
    { name: "an unknown algorithm", change: (text: string) => text.replace("SHA-256", "SHA-999"), code: "malformed" },
    {
      name: "a nonce that is not ours",
      change: (text: string) => text.replace(/nonce="[^"]*"/, 'nonce="abc.def.0"'),
      code: "wrong",
    },
    { name: "another scheme", change: () => "Basic MTAxOng=", code: "no-credentials" },
  ])("refuses $name: $code", ({ change, code }) => {
    const { check, answerWith } = makeServer();
    const [name, value] = answerWith(1);
    expect(codeOf(check([[name, change(value)]]))).toBe(code);
  });

  test("as a proxy it asks and reads by the proxy's headers", () => {
    const { server } = makeServer({ isProxy: true });
    const verdict = server.check(request(), flow, { realm, ha1Of: () => undefined });
    expect(verdict).toMatchObject({
      error: {
        status: 407,
        headers: [
          ["Proxy-Authenticate", expect.any(String)],
          ["Proxy-Authenticate", expect.any(String)],
        ],
      },
    });
  });

  test("says whose credentials a request brings, unproven", () => {
    const { server, answerWith } = makeServer();
    expect(server.usernameOf(request(answerWith(1)), realm)).toBe("101");
    expect(server.usernameOf(request(), realm)).toBeUndefined();
  });
});

describe("the digest client", () => {
  test("takes the best challenge of each realm that it can answer, whatever their order", () => {
    const line = (algorithm: string, name: string, qop = 'qop="auth"'): HeaderField => [
      "WWW-Authenticate",
      `Digest realm="${name}", nonce="n", ${qop}, algorithm=${algorithm}`,
    ];
    const found = challengesOf(
      refusal([
        line("SHA-512-256", "a"),
        line("MD5", "a"),
        line("SHA-256", "a"),
        line("SHA-256", "b", 'qop="auth-int"'),
        ["WWW-Authenticate", "Basic x"],
      ]),
    );
    expect(found).toMatchObject([{ realm: "a", algorithm: "SHA-256", hasQop: true, answerHeader: "Authorization" }]);
  });
});

describe("authentication headers", () => {
  test("any text is read or refused, and what is printed is read back the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, other) => {
        parseAuth(text);
        parseAuth(`Digest ${text}="${other}", ${other}`);
        const clean = text.replace(/[\r\n]/g, " ");
        expect(
          parseAuth(
            printDigest(
              [
                ["username", clean],
                ["algorithm", "MD5"],
              ],
              true,
            ),
          )?.params.get("username"),
        ).toBe(clean);
      }),
      { numRuns: 500 },
    );
  });
});
