import type { Clock, Hash, Millis, Random, Result } from "@cordboard/kernel";
import { ms, ok, refused, sameText } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { HeaderList } from "../message/header-field.ts";
import type { SipRequest } from "../message/message.ts";
import type { AuthValue } from "./auth-header.ts";
import { parseAuth, printDigest } from "./auth-header.ts";
import type { NonceBinding } from "./nonce.ts";
import { Nonces } from "./nonce.ts";
import { offersFor } from "./offers.ts";
import type { Algorithm, Ha1 } from "./response.ts";
import { algorithmOf, digestResponse } from "./response.ts";

/** What a {@link DigestServer} is made of. */
export interface DigestServerOptions {
  readonly hash: Hash;
  readonly clock: Clock;
  readonly random: Random;
  /** At least 16 secret bytes; nonces stay good over a restart when it does. */
  readonly key: Uint8Array;
  /** How long a nonce is good, in milliseconds; 300,000 unless said otherwise. */
  readonly nonceLifetimeMs?: Millis;
  /** Nonces whose counts are remembered at once; 50,000 unless said otherwise. */
  readonly rememberedNonces?: number;
  /**
   * The algorithms that this client is asked for, best first; {@link offersFor} unless said otherwise. Answers by any that we know
   * are taken.
   */
  readonly offers?: (request: SipRequest, flow: Flow) => readonly Algorithm[];
  /** Whether we challenge as a proxy (407) or as the one addressed (401, the default). */
  readonly isProxy?: boolean;
}

/** Whose credentials are asked for. */
export interface DigestQuestion {
  readonly realm: string;
  /**
   * The proofs of a user, or of each password that is good for one; undefined for a user that does not exist, which takes the same path
   * and time as a wrong password.
   */
  readonly ha1Of: (username: string) => Ha1 | readonly Ha1[] | undefined;
}

/** Who proved to be who. */
export interface Authenticated {
  readonly username: string;
}

/** Why a request is not let through, and the answer that it gets. */
export interface DigestRefusal {
  readonly code: "no-credentials" | "stale" | "wrong" | "malformed" | "auth-int";
  readonly status: 400 | 401 | 407;
  readonly reason: string | undefined;
  /** The challenges, best algorithm first. */
  readonly headers: HeaderList;
}

/** Checks digest credentials: MD5 and SHA-256 offered together, `qop=auth`, bound and expiring nonces. @rfc 7616 @rfc 8760 */
export interface DigestServer {
  /** Lets a request through, or says how to answer it. Synchronous; use {@link usernameOf} first when users must be fetched. */
  check(request: SipRequest, flow: Flow, question: DigestQuestion): Result<Authenticated, DigestRefusal>;
  /** The user that a request claims to come from in a realm, unproven; undefined without credentials for it. */
  usernameOf(request: SipRequest, realm: string): string | undefined;
}

/** Stands in for users that do not exist; no password hashes to it. */
const nobody: Ha1 = { md5: "0".repeat(32), sha256: "0".repeat(64) };

/** Makes a digest server. */
export function createDigestServer(options: DigestServerOptions): DigestServer {
  const nonces = new Nonces({
    hash: options.hash,
    clock: options.clock,
    random: options.random,
    key: options.key,
    lifetimeMs: options.nonceLifetimeMs ?? ms(300_000),
    remembered: options.rememberedNonces ?? 50_000,
  });
  const isProxy = options.isProxy === true;
  const answerHeader = isProxy ? "Proxy-Authorization" : "Authorization";

  const offers = options.offers ?? offersFor;

  const answers = (claim: Claim, { md5, sha256 }: Ha1, method: string): boolean => {
    const { algorithm, uri, nonce, nc, cnonce, response } = claim;
    const ha1 = algorithm === "MD5" ? md5 : sha256;
    const counted = { nc, cnonce };
    return sameText(digestResponse(options.hash, { algorithm, ha1, method, uri, nonce, counted }), response);
  };

  const challenge = (offered: readonly Algorithm[], binding: NonceBinding, isStale: boolean): HeaderList => {
    const nonce = nonces.make(binding);
    return offered.map((algorithm) => {
      const params: (readonly [string, string])[] = [
        ["realm", binding.realm],
        ["nonce", nonce],
        ["qop", "auth"],
        ["algorithm", algorithm],
      ];
      if (isStale) params.push(["stale", "true"]);
      return [isProxy ? "Proxy-Authenticate" : "WWW-Authenticate", printDigest(params, false)];
    });
  };

  return {
    usernameOf: (request, realm) => credentialsFor(request, answerHeader, realm)?.params.get("username"),
    check(request, flow, { realm, ha1Of }) {
      const binding = { realm, address: flow.remote.address };
      const ask = (code: DigestRefusal["code"]): Result<never, DigestRefusal> =>
        refused({
          code,
          status: isProxy ? 407 : 401,
          reason: undefined,
          headers: challenge(offers(request, flow), binding, code === "stale"),
        });
      const reject = (code: DigestRefusal["code"], reason: string): Result<never, DigestRefusal> =>
        refused({ code, status: 400, reason, headers: [] });

      const value = credentialsFor(request, answerHeader, realm);
      if (value === undefined) return ask("no-credentials");
      if (value.params.get("qop")?.toLowerCase() === "auth-int")
        return reject("auth-int", "Digest auth-int Not Supported");
      const claim = readClaim(value);
      if (claim === undefined) return reject("malformed", "Malformed Digest Credentials");
      const judged = nonces.judge(claim.nonce, binding);
      const proofs = [ha1Of(claim.username) ?? nobody].flat();
      // All are tried, so that the time does not tell which fits.
      const fitting = proofs.filter((each) => answers(claim, each, request.method));
      const isRight = fitting.some((each) => each !== nobody);
      if (judged === "foreign" || !isRight) return ask("wrong");
      if (judged === "stale" || !nonces.use(claim.nonce, Number.parseInt(claim.nc, 16))) return ask("stale");
      return ok({ username: claim.username });
    },
  };
}

/** The credentials of a request for a realm; a request may carry some for several. */
function credentialsFor(request: SipRequest, header: string, realm: string): AuthValue | undefined {
  for (const line of request.headers.all(header)) {
    const value = parseAuth(line);
    if (value?.scheme === "digest" && value.params.get("realm") === realm) return value;
  }
  return undefined;
}

/** Everything that a response was made of. */
interface Claim {
  readonly username: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly nc: string;
  readonly cnonce: string;
  readonly algorithm: "MD5" | "SHA-256";
}

/** The claim, when nothing is missing. The digest's URI may differ from the Request-URI: proxies on the way change that. */
function readClaim({ params }: AuthValue): Claim | undefined {
  const [username, nonce, uri, cnonce] = [
    params.get("username"),
    params.get("nonce"),
    params.get("uri"),
    params.get("cnonce"),
  ];
  const response = params.get("response")?.toLowerCase();
  const nc = params.get("nc");
  const algorithm = algorithmOf(params.get("algorithm"));
  if (username === undefined || nonce === undefined || uri === undefined || cnonce === undefined) return undefined;
  if (response === undefined || nc === undefined || algorithm === undefined) return undefined;
  const isShaped =
    /^[0-9a-f]{32,64}$/.test(response) && /^[0-9a-fA-F]{8}$/.test(nc) && params.get("qop")?.toLowerCase() === "auth";
  return isShaped ? { username, nonce, uri, response, nc, cnonce, algorithm } : undefined;
}
