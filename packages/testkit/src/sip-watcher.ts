import { randomHex } from "@cordboard/kernel";
import type { Challenge, Endpoint, SipRequest, SipResponse, SipTransport } from "@cordboard/sip";
import {
  answerChallenge,
  bodyText,
  challengesOf,
  parseMessage,
  parseSubscriptionState,
  printMessage,
  respondTo,
} from "@cordboard/sip";
import { machine } from "./machine.ts";

/** Who watches, and over what. */
export interface SipWatcherOptions {
  /** Not open yet; it is closed with the watcher. Nothing is repeated, so it should lose nothing. */
  readonly transport: SipTransport;
  readonly server: Endpoint;
  readonly user: string;
  readonly password: string;
  readonly domain: string;
}

/** What one NOTIFY said. */
export interface Notice {
  /** `active`, or `terminated` with its reason, as in `terminated noresource`. */
  readonly state: string;
  readonly body: string;
  readonly request: SipRequest;
}

/** A subscription as its watcher knows it. */
export interface WatchedSubscription {
  /** The answer to the first SUBSCRIBE; `notices` stays empty when that was refused. */
  readonly answer: SipResponse;
  /** The oldest first. */
  readonly notices: readonly Notice[];
  /** Asks for so many seconds more; 0 ends it. */
  prolong(seconds: number): Promise<SipResponse>;
  /** Answers the next NOTIFYs with that status, or not at all. */
  answersWith(status: number | "nothing"): void;
}

/** More of a request than its defaults. */
export interface WatcherRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends no proof of who it is. */
  readonly isUnproven?: boolean;
}

/** A SIP client by hand that watches numbers and sends messages: no stack of ours takes part but its parser. */
export interface SipWatcher {
  subscribe(event: string, uri: string, request?: WatcherRequest): Promise<WatchedSubscription>;
  /** Sends one request outside any dialog, proven when it is challenged. */
  send(method: string, uri: string, request?: WatcherRequest): Promise<SipResponse>;
  close(): Promise<void>;
}

/** Opens a watcher. */
export async function openSipWatcher(options: SipWatcherOptions): Promise<SipWatcher> {
  const watcher = new Watcher(options);
  await watcher.open();
  return watcher;
}

interface Dialog {
  readonly callId: string;
  readonly fromTag: string;
  to: string;
  seq: number;
  answersWith: number | "nothing";
  readonly notices: Notice[];
}

class Watcher implements SipWatcher {
  readonly #options: SipWatcherOptions;
  readonly #answers = new Map<string, (response: SipResponse) => void>();
  readonly #dialogs = new Map<string, Dialog>();
  #local: Endpoint = { address: "", port: 0 };

  constructor(options: SipWatcherOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { transport } = this.#options;
    const events = {
      onMessage: (bytes: Uint8Array, flow: { readonly remote: Endpoint }) => this.#hear(bytes, flow.remote),
      onClosed: () => {},
    };
    this.#local = (await transport.open(events)) ?? this.#local;
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }

  send(method: string, uri: string, request: WatcherRequest = {}): Promise<SipResponse> {
    return this.#ask(this.#begin(uri), { method, uri, request });
  }

  async subscribe(event: string, uri: string, request: WatcherRequest = {}): Promise<WatchedSubscription> {
    const dialog = this.#begin(uri);
    this.#dialogs.set(dialog.callId, dialog);
    const headers = { Event: event, Expires: "600", ...request.headers };
    const answer = await this.#ask(dialog, { method: "SUBSCRIBE", uri, request: { ...request, headers } });
    dialog.to = answer.headers.get("To") ?? dialog.to;
    const target = /<([^>]+)>/.exec(answer.headers.get("Contact") ?? "")?.[1] ?? uri;
    return {
      answer,
      notices: dialog.notices,
      prolong: (seconds) => {
        const again = { ...request, headers: { ...headers, Expires: String(seconds) } };
        return this.#ask(dialog, { method: "SUBSCRIBE", uri: target, request: again });
      },
      answersWith: (status) => {
        dialog.answersWith = status;
      },
    };
  }

  #begin(uri: string): Dialog {
    const [callId, fromTag] = [randomHex(machine.random, 12), randomHex(machine.random, 6)];
    return { callId, fromTag, to: `<${uri}>`, seq: 0, answersWith: 200, notices: [] };
  }

  async #ask(dialog: Dialog, asked: Asked): Promise<SipResponse> {
    const first = await this.#say(dialog, asked, undefined);
    const [challenge] = first.status === 401 || first.status === 407 ? challengesOf(first) : [];
    return challenge === undefined || asked.request.isUnproven === true ? first : this.#say(dialog, asked, challenge);
  }

  #say(dialog: Dialog, { method, uri, request }: Asked, challenge: Challenge | undefined): Promise<SipResponse> {
    const { transport, server, user, password, domain } = this.#options;
    const branch = `z9hG4bK${randomHex(machine.random, 8)}`;
    const place = `${this.#local.address}:${this.#local.port}`;
    const credentials = { username: user, password };
    const proof =
      challenge === undefined ? [] : [answerChallenge(challenge, { method, uri, credentials, nonceCount: 1 }, machine)];
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${transport.name.toUpperCase()} ${place};branch=${branch};rport`,
      "Max-Forwards: 70",
      `From: <sip:${user}@${domain}>;tag=${dialog.fromTag}`,
      `To: ${dialog.to}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${++dialog.seq} ${method}`,
      `Contact: <sip:${user}@${place};transport=${transport.name}>`,
      ...[...Object.entries(request.headers ?? {}), ...proof].map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(request.body ?? "")}`,
    ];
    const answered = Promise.withResolvers<SipResponse>();
    this.#answers.set(branch, answered.resolve);
    transport.send(Buffer.from(`${lines.join("\r\n")}\r\n\r\n${request.body ?? ""}`), { remote: server });
    return answered.promise;
  }

  #hear(bytes: Uint8Array, remote: Endpoint): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(`the watcher cannot read what came: ${Buffer.from(bytes).toString()}`);
    const message = parsed.value;
    if (message.type === "request") return this.#notified(message, remote);
    if (message.status < 200) return;
    const branch = message.headers.via?.params.get("branch") ?? "";
    this.#answers.get(branch)?.(message);
    this.#answers.delete(branch);
  }

  #notified(request: SipRequest, remote: Endpoint): void {
    const dialog = this.#dialogs.get(request.headers.callId ?? "");
    const status = request.method !== "NOTIFY" ? 405 : (dialog?.answersWith ?? 481);
    const { at = "", reason } = parseSubscriptionState(request.headers.get("Subscription-State") ?? "") ?? {};
    const state = reason === undefined ? at : `${at} ${reason}`;
    dialog?.notices.push({ state, body: bodyText(request), request });
    if (status !== "nothing") this.#options.transport.send(printMessage(respondTo(request, status, {})), { remote });
  }
}

interface Asked {
  readonly method: string;
  readonly uri: string;
  readonly request: WatcherRequest;
}
