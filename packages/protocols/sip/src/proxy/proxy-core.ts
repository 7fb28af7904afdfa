import { ms } from "@cordboard/kernel";
import type { Core } from "../agent/core.ts";
import { withLocal } from "../agent/core.ts";
import { answerStateless } from "../agent/dispatch.ts";
import { alongPath } from "../agent/exchange.ts";
import type { Endpoint, Flow } from "../agent/flow.ts";
import type { SipAgentOptions } from "../agent/types.ts";
import { dialogKey } from "../dialog/dialog.ts";
import type { SipRequest } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import { parseUri } from "../message/uri.ts";
import { parseNameAddr } from "../message/values.ts";
import { breadthOf, inspectForwarding, loopMark } from "./inspect.ts";
import type { Passage } from "./passage.ts";
import { copyTo, hopTo } from "./passage.ts";
import { preprocess } from "./preprocess.ts";
import { ProxiedRequest } from "./proxied-request.ts";
import { readMark } from "./route-mark.ts";
import type { ProxyTerms } from "./routing.ts";
import { decide } from "./routing.ts";
import type { ProxyOptions } from "./types.ts";

/** Longer than the three minutes that a phone may ring. @rfc 3261#16.6 step 11 */
const TIMER_C = ms(181_000);

/** Methods that make dialogs, in which we want to stay on the way. */
const makesDialog: ReadonlySet<string> = new Set(["INVITE", "SUBSCRIBE", "REFER"]);

/** Addressed to the server, not to a user of it. */
const isForServer = ({ uri }: SipRequest): boolean => {
  const parsed = parseUri(uri);
  return parsed !== undefined && parsed.user === undefined;
};

/** A stateful proxy core on an agent's transports and transactions. @rfc 3261#16 */
export class ProxyCore {
  readonly #core: Core;
  readonly #terms: ProxyTerms;
  readonly #admit: NonNullable<SipAgentOptions["admit"]>;

  constructor(core: Core, options: ProxyOptions, admit?: SipAgentOptions["admit"]) {
    const { route, serves = isForServer, names = [], supported = [], recordRoute = true, timerC = TIMER_C } = options;
    this.#core = core;
    this.#admit = admit ?? (() => undefined);
    this.#terms = {
      route,
      serves,
      names: new Set(names),
      supported: new Set(supported),
      recordRoute,
      marker: { hash: core.hash, key: options.key ?? core.random.bytes(32) },
      timerC,
    };
  }

  /** Takes a request that starts a transaction; false when the agent is to serve it. */
  take(request: SipRequest, flow: Flow): boolean {
    const isOutside = request.headers.toTag === undefined;
    if (request.method === "CANCEL" || this.#isOwnDialog(request)) return false;
    if (isOutside && this.#terms.serves(request)) return false;
    const retryAfter = this.#overload(request, flow);
    if (retryAfter !== undefined) {
      answerStateless(this.#core, request, flow, { status: 503, headers: [["Retry-After", String(retryAfter)]] });
      return true;
    }
    const transaction = this.#core.layer.accept(request, flow);
    const proxied = new ProxiedRequest(this.#core, { request, flow, transaction }, this.#terms);
    withLocal(this.#core, flow, (local) => proxied.start(this.#passage(request, flow, local)));
    return true;
  }

  /**
   * Takes the ACK to a 2xx, which is passed on without a transaction; false when it is the agent's. Where we stay on the way, those
   * without our Route belong to no call of ours, but to a 503 that nothing was remembered of. @rfc 3261#16.11
   */
  takeAck(ack: SipRequest, flow: Flow): boolean {
    if (this.#isOwnDialog(ack)) return false;
    withLocal(this.#core, flow, (local) => {
      const passage = this.#passage(ack, flow, local);
      if (this.#terms.recordRoute && passage.asked.mark === undefined) return;
      const maxBreadth = breadthOf(ack, 1);
      if (maxBreadth === undefined || inspectForwarding(ack, passage.loopMark, this.#terms.supported)) return;
      decide(this.#core, passage, this.#terms, (routing) => {
        const target = "status" in routing ? undefined : routing.targets[0];
        if (target === undefined) return;
        alongPath(this.#core, hopTo(passage, target), (path) => {
          if (path === undefined) return;
          this.#core.wire.send(printMessage(copyTo(this.#core, passage, { target, path, maxBreadth })), path.flow);
        });
      });
    });
    return true;
  }

  #passage(request: SipRequest, flow: Flow, local: Endpoint): Passage {
    const { marker, names, recordRoute } = this.#terms;
    const callId = request.headers.callId ?? "";
    return {
      request,
      flow,
      local,
      asked: preprocess(request, {
        markOf: (uri) => readMark(marker, uri, callId),
        isOwn: ({ host, port }) => names.has(host) || (host === local.address && (port ?? 5060) === local.port),
      }),
      loopMark: loopMark(marker, request),
      marker,
      recordsRoute: recordRoute && makesDialog.has(request.method),
    };
  }

  #isOwnDialog({ headers }: SipRequest): boolean {
    if (headers.toTag === undefined) return false;
    const id = { callId: headers.callId ?? "", localTag: headers.toTag, remoteTag: headers.fromTag ?? "" };
    const key = dialogKey(id);
    return this.#core.dialogs.has(key) || this.#core.calls.has(key);
  }

  /** Whether it belongs to a dialog that passes here; a To tag alone may be made up. */
  #isOfOurCalls({ headers, uri }: SipRequest): boolean {
    if (headers.toTag === undefined) return false;
    const route = parseNameAddr(headers.values("Route")[0] ?? "")?.uri ?? "";
    return [route, uri].some((text) => readMark(this.#terms.marker, text, headers.callId ?? "") !== undefined);
  }

  /** Seconds after which a request may be tried again; undefined when it is welcome now. */
  #overload(request: SipRequest, flow: Flow): number | undefined {
    if (this.#core.layer.size >= this.#core.limits.transactions) return 5;
    const isNewCall = request.method === "INVITE" && !this.#isOfOurCalls(request);
    return isNewCall ? this.#admit(request, flow)?.retryAfterSeconds : undefined;
  }
}
