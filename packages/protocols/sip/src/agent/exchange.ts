import { answerChallenge, challengesOf } from "../digest/client.ts";
import type { Credentials } from "../digest/response.ts";
import type { HeaderField } from "../message/header-field.ts";
import type { SipResponse } from "../message/message.ts";
import type { RequestParts } from "./build.ts";
import { buildRequest } from "./build.ts";
import type { Core } from "./core.ts";
import { closedOutcome } from "./core.ts";
import type { Flow } from "./flow.ts";
import type { Hop, Path } from "./outbound.ts";
import type { Outcome } from "./types.ts";

/** One request of any method but INVITE, with all it takes to bring it to a final response. */
export interface Exchange {
  readonly hop: Hop;
  /** Makes the request for one attempt; called again, with higher CSeq, when credentials are asked for. */
  readonly parts: (path: Path, authorization: readonly HeaderField[]) => RequestParts;
  readonly credentials: Credentials | undefined;
}

/** Attempts with credentials: the first, and one more when the nonce had grown old. */
const MAX_ATTEMPTS = 2;

/** Sends a request and waits for its end; never rejects. */
export function exchange(core: Core, asked: Exchange): Promise<Outcome> {
  return new Promise((resolve) => {
    let isDone = false;
    const finish = (outcome: Outcome): void => {
      if (isDone) return;
      isDone = true;
      core.waiting.delete(close);
      resolve(outcome);
    };
    const close = (): void => finish(closedOutcome);
    core.waiting.add(close);

    const attempt = (count: number, authorization: readonly HeaderField[]): void => {
      alongPath(core, asked.hop, (path) => {
        if (isDone) return;
        if (path === undefined) return finish(failed("transport"));
        const parts = asked.parts(path, authorization);
        core.layer.request(buildRequest(core, path, parts), path.flow, {
          onResponse: (response, flow) => {
            if (response.status < 200) return;
            const answer = count < MAX_ATTEMPTS ? authorize(core, response, parts, asked.credentials) : undefined;
            if (answer === undefined) finish(outcomeOf(response, flow));
            else attempt(count + 1, answer);
          },
          onFailure: (failure) => finish(failed(failure)),
        });
      });
    };
    attempt(0, []);
  });
}

/** Finds a path and goes on with it, at once where that is possible. */
export function alongPath(core: Core, hop: Hop, go: (path: Path | undefined) => void): void {
  const path = core.outbound.path(hop);
  if (path !== undefined && "then" in path) path.then(go, () => go(undefined));
  else go(path);
}

/**
 * The headers that answer a 401 or 407; undefined when nothing can be answered. A second challenge is only answered when
 * it says that the nonce was stale, else the password is wrong.
 */
export function authorize(
  core: Core,
  response: SipResponse,
  sent: Pick<RequestParts, "method" | "uri" | "fields"> & { readonly content: RequestParts["content"] },
  credentials: Credentials | undefined,
): readonly HeaderField[] | undefined {
  if (credentials === undefined || (response.status !== 401 && response.status !== 407)) return undefined;
  const challenges = challengesOf(response);
  if (challenges.length === 0) return undefined;
  const header = challenges[0]?.answerHeader;
  const isSecond = sent.content.headers?.some(([name]) => name === header) === true;
  if (isSecond && !challenges.some(({ isStale }) => isStale)) return undefined;
  const asked = { method: sent.method, uri: sent.uri, credentials, nonceCount: 1 };
  const kept = (sent.content.headers ?? []).filter(([name]) => isAuthorization(name) && name !== header);
  return [...kept, ...challenges.map((challenge) => answerChallenge(challenge, asked, core))];
}

const isAuthorization = (name: string): boolean => name === "Authorization" || name === "Proxy-Authorization";

/** The outcome of a final response. */
export const outcomeOf = (response: SipResponse, flow: Flow): Outcome =>
  response.status < 300
    ? { ok: true, status: response.status, response, flow }
    : { ok: false, status: response.status, cause: "rejected", response };

/** The outcome when no final response came. */
export const failed = (cause: "timeout" | "transport"): Outcome => ({
  ok: false,
  status: cause === "timeout" ? 408 : 503,
  cause,
  response: undefined,
});
