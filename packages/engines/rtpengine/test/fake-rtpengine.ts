import type { Clock, Millis } from "@cordboard/kernel";
import type { Bencoded, Dictionary } from "../src/bencode.ts";
import { dictionary } from "../src/bencode.ts";
import type { NgLinkEvents, OpenNgLink } from "../src/ng-link.ts";
import { readNg } from "../src/ng-message.ts";

type Answer = Readonly<Record<string, Bencoded>>;

/** An rtpengine in memory. It keeps calls and ports as a real one does, and is silent, started anew or of another mind when told so. */
export class FakeRtpengine {
  /** Requests that stay without an answer, by their command. */
  readonly unanswered = new Set<string>();
  /** What it refuses, by the command, and its words for it. */
  readonly refuses = new Map<string, string>();
  readonly calls = new Set<string>();
  /** Every request that it took, such as `delete cordboard-…`. */
  readonly asked: string[] = [];
  /** It has gone: nothing is heard of it. */
  isSilent = false;
  /** It cannot be reached over TCP. */
  isSilentOverTcp = false;
  tellsDigits = true;
  /** Calls of others. */
  othersCalls = 0;
  /** How often a way to it was given up for a new one. */
  renewals = 0;
  readonly #clock: Clock;
  readonly #listeners = new Set<NgLinkEvents>();
  readonly #ports = new Map<string, number>();
  #startedAt: Millis;
  #nextPort = 30_000;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** Loses all that it had. */
  restart(): void {
    this.#startedAt = this.#clock.monotonic();
    this.calls.clear();
    this.#ports.clear();
  }

  readonly open: OpenNgLink = ({ transport }, { events }) => {
    this.#listeners.add(events);
    return {
      send: (bytes) => {
        const message = readNg(bytes);
        if (!message.ok || this.isSilent || (transport === "tcp" && this.isSilentOverTcp)) return;
        const { cookie, body } = message.value;
        const answer = this.#answer(body);
        if (answer !== undefined) queueMicrotask(() => events.onMessage({ cookie, body: dictionary(answer) }));
      },
      localAddress: () => "127.0.0.1",
      renew: () => {
        this.renewals++;
      },
      close: () => {
        this.#listeners.delete(events);
      },
    };
  };

  #answer(body: Dictionary): Answer | undefined {
    const [command, callId] = [String(body.get("command")), String(body.get("call-id") ?? "")];
    if (this.unanswered.has(command)) return undefined;
    this.asked.push(callId === "" ? command : `${command} ${callId}`);
    const why = this.refuses.get(command);
    if (why !== undefined) return { result: "error", "error-reason": why };
    switch (command) {
      case "ping":
        return { result: "pong" };
      case "statistics":
        return { result: "ok", statistics: this.#statistics() };
      case "list":
        return { result: "ok", calls: [...this.calls].slice(0, Number(body.get("limit"))) };
      case "offer":
        return this.#offer(callId, String(body.get("to-tag")));
      case "answer":
        return { result: "ok", sdp: this.#sdp(String(body.get("from-tag"))) };
      default:
        return this.#end(command, callId);
    }
  }

  #offer(callId: string, tag: string): Answer {
    this.calls.add(callId);
    if (callId.endsWith("-0") && this.tellsDigits) this.#tellDigit(callId);
    return { result: "ok", sdp: this.#sdp(tag) };
  }

  #end(command: string, callId: string): Answer {
    if (!this.calls.has(callId)) return { result: "error", "error-reason": "Unknown call-id" };
    if (command === "delete") this.calls.delete(callId);
    return { result: "ok" };
  }

  /** The digit with which it is tried out is told as soon as the call for it is made. */
  #tellDigit(callId: string): void {
    const data = dictionary({ callid: callId, source_tag: "a", event: 0, duration: 100 });
    const body = dictionary({ notify: "onDTMF", data });
    for (const { onMessage } of [...this.#listeners]) queueMicrotask(() => onMessage({ cookie: "notice", body }));
  }

  #statistics(): Dictionary {
    const uptime = String(Math.floor((this.#clock.monotonic() - this.#startedAt) / 1000));
    return dictionary({
      currentstatistics: dictionary({ sessionsown: this.calls.size + this.othersCalls }),
      totalstatistics: dictionary({ uptime }),
      interfaces: [dictionary({ ports: dictionary({ used: 0, free: 400 }) })],
    });
  }

  #sdp(tag: string): string {
    const port = this.#ports.get(tag) ?? this.#nextPort;
    this.#ports.set(tag, port);
    this.#nextPort = Math.max(this.#nextPort, port + 2);
    const lines = ["v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", "c=IN IP4 192.0.2.7", "t=0 0"];
    return [...lines, `m=audio ${port} RTP/AVP 8`, `a=rtcp:${port + 1}`, ""].join("\r\n");
  }
}
