import { hash } from "node:crypto";
import type { EventData, EventName, LiveState } from "@cordboard/core";
import { emptyLiveState, foldLiveState } from "@cordboard/core";
import type { StreamClient } from "./stream-client.ts";
import { openStream } from "./stream-client.ts";

/** Where a stream stands, as clients write it: `<epoch>:<seq>`. */
export type Position = `${string}:${number}`;

interface Place {
  readonly epoch: string;
  readonly seq: number;
}

type Frame =
  | ({ readonly type: "hello" } & Place)
  | ({ readonly type: "gap" } & Place)
  | ({ readonly type: "ping" } & Place)
  | ({ readonly type: "snapshot"; readonly state: LiveState } & Place)
  | ({ readonly type: "event"; readonly event: EventName; readonly data: EventData[EventName] } & Place);

/** Who looks on. */
export interface Sight {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One connection of a viewer. */
export interface Visit {
  /** In place of where the viewer stands. */
  readonly since?: Position;
  readonly cutAfter?: number;
}

/** A client of the live stream that folds what it hears, resumes where it stood, and writes down whatever breaks the contract. */
export class StreamViewer {
  readonly sight: Sight;
  readonly #origin: string;
  state: LiveState = emptyLiveState;
  /** Number of the last event that it knows of; -1 before the first. */
  seq = -1;
  epoch = "";
  /** Bytes of text heard so far. */
  heard = 0;
  /** Connections that began with `gap`, and gaps in the middle of one. */
  gapsAtStart = 0;
  gapsWithin = 0;
  /** SHA-1 of every event as it came, by its number. */
  readonly events = new Map<number, string>();
  /** Hears of every event. */
  onEvent: (seq: number, text: string) => void = () => {};
  /** What a snapshot has stood in for: events after the first number, up to the second. */
  readonly skipped: (readonly [number, number])[] = [];
  /** Breaches of the contract, in words. */
  readonly faults: string[] = [];
  #before: Frame["type"] | "nothing" = "nothing";
  #isAtOwnPlace = true;
  #waiting: { readonly look: () => boolean; readonly done: () => void }[] = [];

  constructor(origin: string, sight: Sight) {
    this.#origin = origin;
    this.sight = sight;
  }

  /** Where it stands; `undefined` before its first snapshot. */
  get position(): Position | undefined {
    return this.seq < 0 ? undefined : `${this.epoch}:${this.seq}`;
  }

  open({ since = this.position, cutAfter }: Visit = {}): StreamClient {
    this.#before = "nothing";
    this.#isAtOwnPlace = since === this.position;
    return openStream({
      origin: this.#origin,
      path: since === undefined ? "/events" : `/events?since=${since}`,
      headers: this.sight.headers,
      onText: (text) => this.#hear(text),
      cutAfter,
    });
  }

  /** Settles when what it has heard makes `look` true. Look at the deadline of whoever waits. */
  until(look: () => boolean): Promise<void> {
    if (look()) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ look, done }));
  }

  #hear(text: string): void {
    this.heard += text.length;
    const frame = JSON.parse(text) as Frame;
    if ((frame.type === "hello") !== (this.#before === "nothing")) this.#fault(frame, `after ${this.#before}`);
    if (this.#before === "gap" && frame.type !== "snapshot") this.#fault(frame, "between gap and snapshot");
    if (frame.type === "gap") this.#countGap(frame);
    else if (frame.type === "snapshot") this.#begin(frame);
    else if (frame.type !== "hello") this.#goOn(frame, text);
    this.#before = frame.type;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ look }) => !look());
    for (const one of waiting) if (!this.#waiting.includes(one)) one.done();
  }

  #countGap(frame: Frame): void {
    if (this.#before !== "hello") this.gapsWithin++;
    else if (this.#isAtOwnPlace) this.#fault(frame, "though the ring holds what was missed");
    else this.gapsAtStart++;
  }

  #begin({ epoch, seq, state }: Extract<Frame, { type: "snapshot" }>): void {
    if (epoch === this.epoch && seq < this.seq) this.#fault({ type: "snapshot", seq }, `back from ${this.seq}`);
    this.skipped.push([this.seq, seq]);
    this.state = state;
    this.epoch = epoch;
    this.seq = seq;
  }

  #goOn(frame: Extract<Frame, { type: "event" } | { type: "ping" }>, text: string): void {
    const isNew = frame.type === "event" ? frame.seq > this.seq : frame.seq >= this.seq;
    if (frame.epoch !== this.epoch || !isNew) this.#fault(frame, `at ${this.epoch}:${this.seq}`);
    this.seq = frame.seq;
    if (frame.type !== "event") return;
    if (this.events.has(frame.seq)) this.#fault(frame, "twice");
    this.events.set(frame.seq, hash("sha1", text, "base64"));
    this.onEvent(frame.seq, text);
    this.state = foldLiveState(this.state, frame.event, frame.data);
  }

  #fault({ type, seq }: Pick<Frame, "type" | "seq">, where: string): void {
    this.faults.push(`${this.sight.name}: ${type} ${seq} ${where}`);
  }
}

/**
 * What a viewer that was cut got differently from one of the same sight that never was: events that were changed, invented, or
 * missing though no snapshot stood in for them.
 */
export function differences(cut: StreamViewer, whole: StreamViewer): readonly string[] {
  const found: string[] = [];
  for (const [seq, sum] of cut.events) if (whole.events.get(seq) !== sum) found.push(`${seq} is not what was sent`);
  for (const seq of whole.events.keys()) {
    const isExcused = seq > cut.seq || cut.skipped.some(([after, upTo]) => seq > after && seq <= upTo);
    if (!isExcused && !cut.events.has(seq)) found.push(`${seq} is missing`);
  }
  return found;
}
