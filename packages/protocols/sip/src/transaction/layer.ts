import { defaultPort } from "../agent/address.ts";
import type { Flow } from "../agent/flow.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { ownText } from "../message/own-text.ts";
import type { Via } from "../message/values.ts";
import type { ClientUser } from "./client-transaction.ts";
import { ClientTransaction } from "./client-transaction.ts";
import type { ServerOwner } from "./server-transaction.ts";
import { ServerTransaction } from "./server-transaction.ts";
import type { Wire } from "./wire.ts";

/** Start of every branch that is unique in space and time. @rfc 3261#8.1.1.7 */
export const BRANCH_COOKIE = "z9hG4bK";

/** What the layer tells the one above it. */
export interface LayerUser {
  /** A request without a transaction, neither ACK nor a repetition. It must call `accept`, or answer without a transaction. */
  onRequest(request: SipRequest, flow: Flow): void;
  /** An ACK to a 2xx. */
  onAck(ack: SipRequest, flow: Flow): void;
}

/** All transactions of an agent, found by branch, sent-by and method. @rfc 3261#17.1.3 @rfc 3261#17.2.3 */
export class TransactionLayer {
  readonly #wire: Wire;
  readonly #user: LayerUser;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Requests of ours that went over a named connection, to fail them with it. */
  readonly #byConnection = new Map<string, Set<ClientTransaction>>();
  /** Keys of requests outside dialogs, to find those that came twice by different ways. */
  readonly #merges = new Map<string, ServerTransaction>();
  readonly #serverOwner: ServerOwner;
  readonly #onClientGone = (gone: ClientTransaction): void => this.#forgetClient(gone);

  constructor(wire: Wire, user: LayerUser) {
    this.#wire = wire;
    this.#user = user;
    this.#serverOwner = {
      onAck: (ack, flow) => user.onAck(ack, flow),
      onChallenged: (challenged) => this.#unmerge(challenged),
      onGone: (gone) => this.#forgetServer(gone),
    };
  }

  /** Transactions of both kinds. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  get clients(): ReadonlyMap<string, ClientTransaction> {
    return this.#clients;
  }

  get servers(): ReadonlyMap<string, ServerTransaction> {
    return this.#servers;
  }

  /** Sends a request whose top Via has a branch of ours, and follows it. */
  request(request: SipRequest, flow: Flow, user: ClientUser): ClientTransaction {
    const key = clientKey(request.headers.via?.params.get("branch") ?? "", request.method);
    const owner = { user, onGone: this.#onClientGone };
    const transaction = new ClientTransaction(key, this.#wire, { request, flow }, owner);
    this.#clients.set(key, transaction);
    if (flow.connection !== undefined) {
      const others = this.#byConnection.get(flow.connection) ?? new Set();
      this.#byConnection.set(flow.connection, others.add(transaction));
    }
    transaction.start();
    return transaction;
  }

  /** Opens the transaction of a request that {@link LayerUser.onRequest} brought. */
  accept(request: SipRequest, flow: Flow): ServerTransaction {
    const { via } = request.headers;
    const reply = via === undefined ? flow : replyFlow(via, flow);
    const { method } = request;
    const merge = mergeKey(request);
    // Kept for half a minute, long after the message: cut out of it, they would keep all of it.
    const keys = {
      key: ownText(serverKey(request, method)),
      mergeKey: merge === undefined ? undefined : ownText(merge),
      method,
    };
    const transaction = new ServerTransaction(keys, this.#wire, reply, this.#serverOwner);
    this.#servers.set(keys.key, transaction);
    if (keys.mergeKey !== undefined && !this.#merges.has(keys.mergeKey)) this.#merges.set(keys.mergeKey, transaction);
    return transaction;
  }

  /** The INVITE transaction that a CANCEL is about. @rfc 3261#9.2 */
  cancelled(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, "INVITE"));
  }

  /** Whether the same request has come by another way and is still known. @rfc 3261#8.2.2.2 */
  isMerged(request: SipRequest): boolean {
    const key = mergeKey(request);
    return key !== undefined && this.#merges.has(key);
  }

  /** Takes one checked message. Responses to nothing of ours are dropped. */
  receive(message: SipRequest | SipResponse, flow: Flow): void {
    if (message.type === "response") {
      const branch = message.headers.via?.params.get("branch") ?? "";
      this.#clients.get(clientKey(branch, message.headers.cseq?.method ?? ""))?.receive(message, flow);
      return;
    }
    const isAck = message.method === "ACK";
    const known = this.#servers.get(serverKey(message, isAck ? "INVITE" : message.method));
    if (isAck) {
      if (known === undefined) this.#user.onAck(message, flow);
      else known.ack(message, flow);
    } else if (known === undefined) this.#user.onRequest(message, flow);
    else known.repeat();
  }

  /** A connection is gone: requests that still wait for a first word over it have failed. @rfc 3261#17.1.4 */
  connectionLost(connection: string): void {
    for (const transaction of [...(this.#byConnection.get(connection) ?? [])]) transaction.connectionLost();
  }

  /** Ends everything without a word to anybody. */
  close(): void {
    for (const transaction of [...this.#clients.values()]) transaction.abandon();
    for (const transaction of [...this.#servers.values()]) transaction.abandon();
  }

  #forgetClient(gone: ClientTransaction): void {
    if (this.#clients.get(gone.key) === gone) this.#clients.delete(gone.key);
    const { connection } = gone.flow;
    const others = connection === undefined ? undefined : this.#byConnection.get(connection);
    others?.delete(gone);
    if (connection !== undefined && others?.size === 0) this.#byConnection.delete(connection);
  }

  #forgetServer(gone: ServerTransaction): void {
    if (this.#servers.get(gone.key) === gone) this.#servers.delete(gone.key);
    this.#unmerge(gone);
  }

  #unmerge(transaction: ServerTransaction): void {
    const { mergeKey } = transaction;
    if (mergeKey !== undefined && this.#merges.get(mergeKey) === transaction) this.#merges.delete(mergeKey);
  }
}

const clientKey = (branch: string, method: string): string => `${branch} ${method}`;

/** Branch, sent-by and method; without the cookie (RFC 2543) what such a request is told by. */
function serverKey({ headers, uri }: SipRequest, method: string): string {
  const { via } = headers;
  const branch = via?.params.get("branch") ?? "";
  const sentBy = `${via?.host.toLowerCase()}:${via?.port ?? ""}`;
  if (branch.length > BRANCH_COOKIE.length && branch.startsWith(BRANCH_COOKIE)) return `${branch} ${sentBy} ${method}`;
  return `${uri} ${headers.callId} ${headers.fromTag} ${headers.cseq?.number} ${branch} ${sentBy} ${method}`;
}

function mergeKey({ headers, method }: SipRequest): string | undefined {
  if (headers.toTag !== undefined || method === "CANCEL") return undefined;
  return `${headers.callId} ${headers.fromTag ?? ""} ${headers.cseq?.number} ${method}`;
}

/**
 * Where responses go: over the connection, or to the source; its port for those that asked by rport, else the port in
 * Via. @rfc 3261#18.2.2 @rfc 3581#4
 */
export function replyFlow(via: Via, flow: Flow): Flow {
  if (flow.connection === undefined && via.params.has("rport")) return flow;
  return { ...flow, remote: { address: flow.remote.address, port: via.port ?? defaultPort(flow.transport) } };
}
