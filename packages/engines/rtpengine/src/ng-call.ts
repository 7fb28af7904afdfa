import type { LocalMedia, SoundRefusal } from "@cordboard/core";
import type { Log, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Dictionary } from "./bencode.ts";
import type { Exchange } from "./exchange.ts";
import { opening } from "./exchange.ts";
import { readLocalMedia } from "./local-media.ts";
import type { NgRefusal, NgRequest } from "./ng-client.ts";
import type { CallFigures } from "./readings.ts";
import { readCall } from "./readings.ts";
import type { Rtpengine } from "./rtpengine.ts";
import type { Seat } from "./seat.ts";

/** Where rtpengine is for both sides of an exchange: for whom the offer went to, and for whom the answer went to. */
export interface Exchanged {
  readonly offered: LocalMedia;
  readonly answered: LocalMedia;
}

/** One call as rtpengine knows it, and what is asked of it there. */
export class NgCall {
  readonly id: string;
  readonly rtpengine: Rtpengine;
  readonly #log: Log;

  constructor(rtpengine: Rtpengine, log: Log) {
    this.id = rtpengine.begin();
    this.rtpengine = rtpengine;
    this.#log = log;
  }

  /** Takes ports for a leg. */
  async open(seat: Seat): Promise<Result<LocalMedia, SoundRefusal>> {
    const reply = await this.#offer(seat, opening(seat));
    const local = reply.ok ? readLocalMedia(reply.value) : undefined;
    if (local !== undefined) return ok(local);
    if (!reply.ok && reply.error.code === "refused" && reply.error.why.includes("ports"))
      return refused({ code: "no-free-ports" });
    this.#complain("a leg was not opened", reply);
    return refused({ code: "sound-engine-away" });
  }

  /** Makes an offer and its answer; undefined when rtpengine wants one of them not. */
  async exchange({ from, to, offer, answer }: Exchange): Promise<Exchanged | undefined> {
    const tags = { "from-tag": from, "to-tag": to };
    const offered = await this.#ask({ command: "offer", ...tags, ...offer });
    const answered = offered.ok ? await this.#ask({ command: "answer", ...tags, ...answer }) : offered;
    const [there, here] = [offered, answered].map((reply) => (reply.ok ? readLocalMedia(reply.value) : undefined));
    if (there !== undefined && here !== undefined) return { offered: there, answered: here };
    this.#complain("a leg was not connected", answered);
    return undefined;
  }

  /** Lets a leg go; what the call has carried by then. */
  drop({ inner, outer }: Seat): Promise<CallFigures | undefined> {
    return this.#delete({ "from-tag": inner, "to-tag": outer });
  }

  /** Lets all legs go; what the call has carried. */
  end(): Promise<CallFigures | undefined> {
    return this.#delete({});
  }

  /** What the call has carried so far; `unknown` when rtpengine has given it up, undefined when it does not say. */
  async figures(): Promise<CallFigures | "unknown" | undefined> {
    const reply = await this.#ask({ command: "query" });
    if (reply.ok) return readCall(reply.value);
    return reply.error.code === "refused" ? "unknown" : undefined;
  }

  /** It has no legs any more, and does not count. */
  forget(): void {
    this.rtpengine.end(this.id);
  }

  #offer({ inner, outer }: Seat, offer: Exchange["offer"]): Promise<Result<Dictionary, NgRefusal>> {
    return this.#ask({ command: "offer", "from-tag": inner, "to-tag": outer, ...offer });
  }

  async #delete(tags: Readonly<Record<string, string>>): Promise<CallFigures | undefined> {
    const reply = await this.#ask({ command: "delete", ...tags, "delete-delay": 0 });
    return reply.ok ? readCall(reply.value) : undefined;
  }

  #ask(request: NgRequest): Promise<Result<Dictionary, NgRefusal>> {
    return this.rtpengine.ask({ ...request, "call-id": this.id });
  }

  /** That it does not answer is told elsewhere. */
  #complain(message: string, reply: Result<Dictionary, NgRefusal>): void {
    if (!reply.ok && reply.error.code === "no-answer") return;
    const why = reply.ok || reply.error.code !== "refused" ? "its answer has no port" : reply.error.why;
    this.#log.error(message, { rtpengine: this.rtpengine.name, why });
  }
}
