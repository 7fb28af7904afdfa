import type { Hash, Random } from "@cordboard/kernel";
import { randomHex } from "@cordboard/kernel";
import type { HeaderField } from "../message/header-field.ts";
import type { SipResponse } from "../message/message.ts";
import { parseAuth, printDigest } from "./auth-header.ts";
import type { Algorithm, Credentials } from "./response.ts";
import { algorithmOf, algorithms, digestResponse, makeHa1 } from "./response.ts";

/** A challenge that we can answer. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: Algorithm;
  readonly opaque: string | undefined;
  /** Whether the server offers `qop=auth`; without any qop the old form is used. */
  readonly hasQop: boolean;
  /** The nonce was too old, the password right. */
  readonly isStale: boolean;
  /** Name of the header that answers it. */
  readonly answerHeader: "Authorization" | "Proxy-Authorization";
}

/**
 * The challenges of a 401 or 407 that we can answer: one a realm, by the best algorithm that is offered, whatever their order.
 * @rfc 8760#2.4
 */
export function challengesOf(response: SipResponse): readonly Challenge[] {
  const byRealm = new Map<string, Challenge>();
  const isProxy = response.status === 407;
  for (const line of response.headers.all(isProxy ? "Proxy-Authenticate" : "WWW-Authenticate")) {
    const challenge = readChallenge(line, isProxy ? "Proxy-Authorization" : "Authorization");
    if (challenge === undefined) continue;
    const known = byRealm.get(challenge.realm);
    if (known === undefined || rank(challenge) < rank(known)) byRealm.set(challenge.realm, challenge);
  }
  return [...byRealm.values()];
}

const rank = ({ algorithm }: Challenge): number => algorithms.indexOf(algorithm);

function readChallenge(line: string, answerHeader: Challenge["answerHeader"]): Challenge | undefined {
  const value = parseAuth(line);
  if (value?.scheme !== "digest") return undefined;
  const { params } = value;
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  const algorithm = algorithmOf(params.get("algorithm"));
  const qop = params.get("qop")?.toLowerCase().split(",");
  const hasAuth = qop?.some((each) => each.trim() === "auth") === true;
  if (realm === undefined || nonce === undefined || algorithm === undefined || (qop !== undefined && !hasAuth))
    return undefined;
  const isStale = params.get("stale")?.toLowerCase() === "true";
  return { realm, nonce, algorithm, opaque: params.get("opaque"), hasQop: hasAuth, isStale, answerHeader };
}

/** What a challenge is answered for. */
export interface Challenged {
  readonly method: string;
  /** The Request-URI. */
  readonly uri: string;
  readonly credentials: Credentials;
  /** How often this nonce was used, this time included. */
  readonly nonceCount: number;
}

/** The header that answers a challenge. @rfc 7616#3.4 */
export function answerChallenge(
  challenge: Challenge,
  asked: Challenged,
  ports: { readonly hash: Hash; readonly random: Random },
): HeaderField {
  const { realm, nonce, algorithm, opaque } = challenge;
  const proofs = makeHa1(ports.hash, realm, asked.credentials);
  const nc = asked.nonceCount.toString(16).padStart(8, "0");
  const counted = challenge.hasQop ? { nc, cnonce: randomHex(ports.random, 16) } : undefined;
  const ha1 = algorithm === "MD5" ? proofs.md5 : proofs.sha256;
  const response = digestResponse(ports.hash, { algorithm, ha1, method: asked.method, uri: asked.uri, nonce, counted });
  const params: (readonly [string, string])[] = [
    ["username", asked.credentials.username],
    ["realm", realm],
    ["nonce", nonce],
    ["uri", asked.uri],
    ["response", response],
    ["algorithm", algorithm],
  ];
  if (counted !== undefined) params.push(["qop", "auth"], ["nc", nc], ["cnonce", counted.cnonce]);
  if (opaque !== undefined) params.push(["opaque", opaque]);
  return [challenge.answerHeader, printDigest(params, true)];
}
