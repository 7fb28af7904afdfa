import type { Challenge } from "../digest/client.ts";
import { Proofs } from "../digest/proofs.ts";
import type { Credentials } from "../digest/response.ts";
import type { SipResponse } from "../message/message.ts";
import type { RequestParts } from "./build.ts";
import { buildRequest } from "./build.ts";
import type { Core } from "./core.ts";
import { closedOutcome } from "./core.ts";
import type { Flow } from "./flow.ts";
import type { Hop, Path } from "./outbound.ts";
import type { Outcome } from "./request-types.ts";

/** One request of any method but INVITE, with all it takes to bring it to a final response. */
export interface Exchange {
  readonly hop: Hop;
  /** Makes the request for one attempt; called again, with higher CSeq, when credentials are asked for. */
  readonly parts: (path: Path) => RequestParts;
  readonly proofs: Proofs | undefined;
}

/** Times that a request is sent again with credentials: once when they are asked for, and once more when the nonce had grown old. */
export const MAX_PROOFS = 2;

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

    const tried = new Set<Challenge["answerHeader"]>();

    const attempt = (count: number): void => {
      alongPath(core, asked.hop, (path) => {
        if (isDone) return;
        if (path === undefined) return finish(failed("transport"));
        const request = buildRequest(core, path, proven(asked.parts(path), asked.proofs));
        core.layer.request(request, path.flow, {
          onResponse: (response, flow) => {
            if (response.status < 200) return;
            if (response.status < 300) asked.proofs?.accepted(response);
            if (count < MAX_PROOFS && asked.proofs?.take(response, tried) === true) attempt(count + 1);
            else finish(outcomeOf(response, flow));
          },
          onFailure: (failure) => finish(failed(failure)),
        });
      });
    };
    attempt(0);
  });
}

/** Finds a path and goes on with it, at once where that is possible. */
export function alongPath(core: Core, hop: Hop, go: (path: Path | undefined) => void): void {
  const path = core.outbound.path(hop);
  if (path !== undefined && "then" in path) path.then(go, () => go(undefined));
  else go(path);
}

/** Credentials as requests use them, one after the other; undefined without any. */
export const proofsOf = (core: Core, credentials: Credentials | undefined): Proofs | undefined =>
  credentials === undefined ? undefined : new Proofs(credentials, core);

/** The request with the proofs that are known to be asked for. */
export function proven<Parts extends Pick<RequestParts, "method" | "uri" | "content">>(
  parts: Parts,
  proofs: Proofs | undefined,
): Parts {
  const headers = proofs?.headersFor(parts.method, parts.uri) ?? [];
  if (headers.length === 0) return parts;
  return { ...parts, content: { ...parts.content, headers: [...(parts.content.headers ?? []), ...headers] } };
}

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

/** What requests in a dialog that is over come to. */
export const overOutcome: Outcome = { ok: false, status: 481, cause: "closed", response: undefined };

/** What a re-INVITE comes to while another one is under way. */
export const glareOutcome: Outcome = { ok: false, status: 491, cause: "rejected", response: undefined };
