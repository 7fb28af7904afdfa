import { seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipResponse } from "../message/message.ts";
import { nodeHash } from "../transport/hash.ts";
import { parseAuth } from "./auth-header.ts";
import { Proofs } from "./proofs.ts";
import { digestResponse, makeHa1 } from "./response.ts";

const credentials = { username: "101", password: "open sesame" };

const response = (status: number, ...fields: readonly HeaderField[]): SipResponse => ({
  type: "response",
  status,
  reason: "",
  headers: Headers.of(fields),
  body: new Uint8Array(0),
});

const challenge = (nonce: string, more = 'qop="auth"', realm = "r"): HeaderField => [
  "WWW-Authenticate",
  `Digest realm="${realm}", nonce="${nonce}"${more === "" ? "" : `, ${more}`}`,
];

const makeProofs = (): Proofs => new Proofs(credentials, { hash: nodeHash, random: seededRandom(1) });

/** The parameters of each proof that a request would carry now. */
const given = (proofs: Proofs) =>
  proofs.headersFor("REGISTER", "sip:r").map(([name, value]) => ({
    name,
    ...Object.fromEntries(parseAuth(value)?.params ?? []),
  }));

describe("the proofs of one user of credentials", () => {
  test("are none before they are asked for", () => expect(given(makeProofs())).toEqual([]));

  test("count on with each use of a nonce, and begin again with the next", () => {
    const proofs = makeProofs();
    expect(proofs.take(response(401, challenge("n1")), new Set())).toBe(true);
    expect([given(proofs), given(proofs)].flat()).toMatchObject([
      { name: "Authorization", nonce: "n1", nc: "00000001" },
      { nonce: "n1", nc: "00000002" },
    ]);
    expect(proofs.take(response(401, challenge("n2", 'qop="auth", stale=true')), new Set())).toBe(true);
    expect(given(proofs)).toMatchObject([{ nonce: "n2", nc: "00000001" }]);
  });

  test("for a server of RFC 2069 have neither count nor qop", () => {
    const proofs = makeProofs();
    proofs.take(response(401, challenge("n1", "")), new Set());
    const [proof] = given(proofs);
    const { md5 } = makeHa1(nodeHash, "r", credentials);
    const input = { algorithm: "MD5", ha1: md5, method: "REGISTER", uri: "sip:r", nonce: "n1" } as const;
    expect(proof).toMatchObject({ response: digestResponse(nodeHash, { ...input, counted: undefined }) });
    expect(proof).not.toHaveProperty("qop");
    expect(proof).not.toHaveProperty("nc");
  });

  test("are not given again for one request, unless the nonce was stale", () => {
    const proofs = makeProofs();
    const tried = new Set<"Authorization" | "Proxy-Authorization">();
    expect(proofs.take(response(401, challenge("n1")), tried)).toBe(true);
    expect(proofs.take(response(401, challenge("n2")), tried)).toBe(false);
    expect(proofs.take(response(401, challenge("n3", 'qop="auth", stale=TRUE')), tried)).toBe(true);
    expect(given(proofs)).toMatchObject([{ nonce: "n3" }]);
  });

  test("are given to a proxy and to a server on the same way", () => {
    const proofs = makeProofs();
    const tried = new Set<"Authorization" | "Proxy-Authorization">();
    const [, asked] = challenge("p1");
    expect(proofs.take(response(407, ["Proxy-Authenticate", asked]), tried)).toBe(true);
    expect(proofs.take(response(401, challenge("n1")), tried)).toBe(true);
    expect(given(proofs)).toMatchObject([
      { name: "Proxy-Authorization", nonce: "p1" },
      { name: "Authorization", nonce: "n1" },
    ]);
  });

  test("take the nonce that the server wants next", () => {
    const proofs = makeProofs();
    proofs.take(response(401, challenge("n1")), new Set());
    given(proofs);
    proofs.accepted(response(200, ["Authentication-Info", 'qop=auth, nextnonce="n2", nc=00000001']));
    expect(given(proofs)).toMatchObject([{ nonce: "n2", nc: "00000001" }]);
    proofs.accepted(response(200, ["Authentication-Info", "nonsense"], ["Proxy-Authentication-Info", 'nextnonce="p"']));
    expect(given(proofs)).toMatchObject([{ nonce: "n2", nc: "00000002" }]);
  });

  test("are not made for what cannot be answered, nor for more realms than one user of them has", () => {
    const proofs = makeProofs();
    expect(proofs.take(response(403, challenge("n1")), new Set())).toBe(false);
    expect(proofs.take(response(401, challenge("n1", "algorithm=SHA-999")), new Set())).toBe(false);
    const many = Array.from({ length: 9 }, (_, i) => challenge("n", 'qop="auth"', `realm ${i}`));
    expect(proofs.take(response(401, ...many), new Set())).toBe(false);
    expect(given(proofs)).toEqual([]);
  });
});
