import type { Actor, EventData, EventName, Sight, Topic } from "@cordboard/core";
import { mask, sightOf, topicOf } from "@cordboard/core";
import type { Envelope } from "@cordboard/kernel";
import { encodeFrame, eventFrame } from "./frames.ts";
import type { Encoding } from "./types.ts";

type Seen = Exclude<Sight, "none">;

/** One event on its way to many clients: written out once for each sight and encoding that somebody has. */
export class Wire {
  readonly seq: number;
  readonly topic: Topic | undefined;
  readonly envelope: Envelope;
  readonly #bytes = new Map<string, Buffer>();

  constructor(envelope: Envelope) {
    this.envelope = envelope;
    this.seq = envelope.seq;
    this.topic = topicOf(envelope.event);
  }

  /** The event's bytes for an actor, or `undefined` when it may see nothing of it. */
  bytesFor(actor: Actor, encoding: Encoding): Buffer | undefined {
    if (this.topic === undefined) return undefined;
    // The catalogue has a topic for each of its names and for no other.
    const name = this.envelope.event as EventName;
    const data = this.envelope.data as EventData[EventName];
    const sight = sightOf(actor, name, data);
    return sight === "none" ? undefined : this.#bytesOf(sight, data, encoding);
  }

  #bytesOf(sight: Seen, data: EventData[EventName], encoding: Encoding): Buffer {
    const key = `${sight} ${encoding}`;
    const made = this.#bytes.get(key);
    if (made !== undefined) return made;
    const bytes = encodeFrame(eventFrame(this.envelope, sight === "masked" ? mask(data) : data), encoding);
    this.#bytes.set(key, bytes);
    return bytes;
  }
}
