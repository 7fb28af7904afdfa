import type { Timer } from "@cordboard/kernel";
import type { Challenge } from "../digest/client.ts";
import type { Proofs } from "../digest/proofs.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import { cancelOf } from "../transaction/client-transaction.ts";
import { patience } from "../transaction/machine.ts";
import type { RequestParts } from "./build.ts";
import { buildRequest } from "./build.ts";
import type { Core } from "./core.ts";
import { closedOutcome } from "./core.ts";
import { alongPath, failed, MAX_PROOFS, outcomeOf, proven } from "./exchange.ts";
import type { Flow } from "./flow.ts";
import type { Hop, Path } from "./outbound.ts";
import type { Outcome } from "./request-types.ts";

/** A re-INVITE of ours. @rfc 3261#14.1 */
export interface Reinvite {
  readonly hop: () => Hop;
  readonly build: (path: Path) => RequestParts;
  readonly proofs: Proofs | undefined;
  /** The 2xx may tell a new Contact; called before the ACK goes out. */
  readonly onTarget: (response: SipResponse) => void;
  /** Acknowledges the 2xx to the INVITE of that number; the function returned does it again. */
  readonly sendAck: (inviteSeq: number, response: SipResponse) => () => void;
}

/**
 * Sends a re-INVITE and waits for its end; never rejects. One that only gets provisional responses is cancelled after
 * 64 × T1, and given up after as long again.
 */
export function sendReinvite(core: Core, asked: Reinvite): Promise<Outcome> {
  return new Promise((resolve) => {
    let isDone = false;
    let deadline: Timer | undefined;
    let repeatAck: (() => void) | undefined;
    const finish = (outcome: Outcome): void => {
      if (isDone) return;
      isDone = true;
      deadline?.cancel();
      core.waiting.delete(close);
      resolve(outcome);
    };
    const close = (): void => finish(closedOutcome);
    core.waiting.add(close);

    const tried = new Set<Challenge["answerHeader"]>();
    const attempt = (count: number): void => {
      alongPath(core, asked.hop(), (path) => {
        if (isDone) return;
        if (path === undefined) return finish(failed("transport"));
        const request = buildRequest(core, path, proven(asked.build(path), asked.proofs));
        const seq = request.headers.cseq?.number ?? 0;
        const transaction = core.layer.request(request, path.flow, {
          onResponse: (response, flow) => {
            if (response.status < 200) return;
            if (response.status < 300) {
              if (repeatAck !== undefined) return repeatAck();
              asked.onTarget(response);
              repeatAck = asked.sendAck(seq, response);
              return finish(outcomeOf(response, flow));
            }
            if (count < MAX_PROOFS && asked.proofs?.take(response, tried) === true) attempt(count + 1);
            else finish(outcomeOf(response, flow));
          },
          onFailure: (failure) => finish(failed(failure)),
        });
        deadline?.cancel();
        deadline = core.clock.after(patience(core.timers), () => {
          sendCancel(core, transaction.request, path);
          deadline = core.clock.after(patience(core.timers), () => {
            transaction.abandon();
            finish(failed("timeout"));
          });
        });
      });
    };
    attempt(0);
  });
}

/** Sends the ACK to a 2xx; the function returned sends the same again. @rfc 3261#13.2.2.4 */
export function sendAck(core: Core, hop: Hop, { uri, fields, content }: Omit<RequestParts, "method">): () => void {
  let sent: { readonly bytes: Uint8Array; readonly flow: Flow } | undefined;
  alongPath(core, hop, (path) => {
    if (path === undefined) return;
    const bytes = printMessage(buildRequest(core, path, { method: "ACK", uri, fields, content }));
    sent = { bytes, flow: path.flow };
    core.wire.send(bytes, path.flow);
  });
  return () => {
    if (sent !== undefined) core.wire.send(sent.bytes, sent.flow);
  };
}

/** Cancels an INVITE that got a provisional response; its transaction goes on until the final one. @rfc 3261#9.1 */
export function sendCancel(core: Core, invite: SipRequest | undefined, path: Path, reason?: string): void {
  if (invite === undefined) return;
  core.layer.request(cancelOf(invite, reason), path.flow, { onResponse() {}, onFailure() {} });
}
