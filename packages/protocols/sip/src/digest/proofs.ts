import type { Hash, Random } from "@cordboard/kernel";
import type { HeaderField } from "../message/header-field.ts";
import type { SipResponse } from "../message/message.ts";
import { parseAuth } from "./auth-header.ts";
import type { Challenge } from "./client.ts";
import { answerChallenge, challengesOf } from "./client.ts";
import type { Credentials } from "./response.ts";

/** A challenge that was answered, and how often its nonce has been used. */
interface Known {
  readonly challenge: Challenge;
  uses: number;
}

/** Realms that one user of credentials may be asked for at once; whoever names more is not answered. */
const MAX_REALMS = 8;

/**
 * Credentials with the challenges that they have met: the first request waits to be asked, those after it prove themselves at once,
 * each under the next count of the nonce, until the server wants another nonce. @rfc 7616#3.6
 */
export class Proofs {
  readonly #credentials: Credentials;
  readonly #ports: { readonly hash: Hash; readonly random: Random };
  /** By header and realm. */
  readonly #known = new Map<string, Known>();

  constructor(credentials: Credentials, ports: { readonly hash: Hash; readonly random: Random }) {
    this.#credentials = credentials;
    this.#ports = ports;
  }

  /** The headers that prove a request by all challenges known so far. */
  headersFor(method: string, uri: string): readonly HeaderField[] {
    return [...this.#known.values()].map((known) => {
      known.uses += 1;
      const asked = { method, uri, credentials: this.#credentials, nonceCount: known.uses };
      return answerChallenge(known.challenge, asked, this.#ports);
    });
  }

  /**
   * Takes the challenges of a 401 or 407; whether the request may be sent again with what they ask for. `tried` notes the headers
   * that this request was asked for: the second time they are only given when the nonce was stale, else the password is wrong.
   */
  take(response: SipResponse, tried: Set<Challenge["answerHeader"]>): boolean {
    if (response.status !== 401 && response.status !== 407) return false;
    const challenges = challengesOf(response);
    const header = challenges[0]?.answerHeader;
    if (header === undefined || challenges.length > MAX_REALMS) return false;
    if (tried.has(header) && !challenges.some(({ isStale }) => isStale)) return false;
    tried.add(header);
    for (const [key, { challenge }] of this.#known) if (challenge.answerHeader === header) this.#known.delete(key);
    for (const challenge of challenges) this.#known.set(`${header} ${challenge.realm}`, { challenge, uses: 0 });
    return true;
  }

  /** Takes the nonce that a server wants next, when it says so in its 2xx. @rfc 7615#3 */
  accepted({ headers }: SipResponse): void {
    for (const known of this.#known.values()) {
      const isProxy = known.challenge.answerHeader === "Proxy-Authorization";
      const info = headers.get(isProxy ? "Proxy-Authentication-Info" : "Authentication-Info");
      const nonce = info === undefined ? undefined : parseAuth(`Digest ${info}`)?.params.get("nextnonce");
      if (nonce === undefined || nonce === "") continue;
      this.#known.set(`${known.challenge.answerHeader} ${known.challenge.realm}`, {
        challenge: { ...known.challenge, nonce },
        uses: 0,
      });
    }
  }
}
