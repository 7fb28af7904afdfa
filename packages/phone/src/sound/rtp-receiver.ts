import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { DigitsHeard, HeardDigit, RtpFields } from "@cordboard/rtp";
import { hearEvent, hearNothing, noDigitsHeard, parseTelephoneEvent, Reception } from "@cordboard/rtp";
import type { AgreedAudio, AgreedCodec } from "@cordboard/sip";
import { decodeG711, lawOfRtpName } from "@cordboard/sound";
import { Timeline } from "./timeline.ts";

/** Samples (8 kHz) as they come in. */
export type Listener = (samples: Int16Array) => void;

/** What was received so far. */
export interface ReceivedPackets {
  readonly received: number;
  /** Expected by their sequence numbers, and never seen. */
  readonly lost: number;
  /** Interarrival jitter of the source heard last (RFC 3550 §6.4.1). */
  readonly jitterMs: number;
}

/** The receiving half of a call's sound: counts packets, finds digits, and decodes while somebody listens. */
export class RtpReceiver {
  readonly #clock: Clock;
  readonly #onDigit: (digit: string) => void;
  readonly #listeners = new Set<Listener>();
  readonly #timeline = new Timeline();
  #source: { readonly ssrc: number; readonly reception: Reception; readonly clockRateHz: number } | undefined;
  #before = { received: 0, lost: 0 };
  #digits: DigitsHeard = noDigitsHeard;

  constructor(clock: Clock, onDigit: (digit: string) => void) {
    this.#clock = clock;
    this.#onDigit = onDigit;
  }

  /** Hears all samples from now on; what is returned stops it. */
  listen(listener: Listener): () => void {
    if (this.#listeners.size === 0) this.#timeline.restart();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes a packet of what was agreed; gives the codec that it is in, or undefined when it is in none of ours. */
  receive(packet: Uint8Array, fields: Readonly<RtpFields>, agreed: AgreedAudio): AgreedCodec | undefined {
    const isEvent = agreed.telephoneEvent?.receiveAs === fields.payload;
    const codec = isEvent ? agreed.telephoneEvent : agreed.codecs.find((each) => each.receiveAs === fields.payload);
    if (codec === undefined) return undefined;
    const now = this.#clock.monotonic();
    const { clockRateHz } = codec.codec;
    const arrival = isEvent ? undefined : (now * clockRateHz) / 1000;
    this.#receptionOf(fields.ssrc, clockRateHz).receive(fields.sequence, fields.timestamp, arrival);
    const body = packet.subarray(fields.start, fields.end);
    if (isEvent) this.#hearEvent(fields.timestamp, body, now);
    else {
      this.#heard(hearNothing(this.#digits, now));
      this.#hearVoice(codec, fields.timestamp, body);
    }
    return codec;
  }

  statistics(): ReceivedPackets {
    const { received, lost } = this.#before;
    if (this.#source === undefined) return { received, lost, jitterMs: 0 };
    const { reception, clockRateHz } = this.#source;
    return {
      received: received + reception.packetsReceived,
      lost: lost + reception.packetsLost,
      jitterMs: (1000 * reception.jitter) / clockRateHz,
    };
  }

  #receptionOf(ssrc: number, clockRateHz: number): Reception {
    if (this.#source?.ssrc === ssrc) return this.#source.reception;
    const { received, lost } = this.statistics();
    this.#before = { received, lost };
    this.#source = { ssrc, reception: new Reception(), clockRateHz };
    this.#timeline.restart();
    this.#digits = noDigitsHeard;
    return this.#source.reception;
  }

  #hearEvent(timestamp: number, body: Uint8Array, at: Millis): void {
    const event = parseTelephoneEvent(body);
    if (event !== undefined) this.#heard(hearEvent(this.#digits, { timestamp, event, at: ms(at) }));
  }

  #heard([next, digits]: readonly [DigitsHeard, readonly HeardDigit[]]): void {
    this.#digits = next;
    for (const { digit } of digits) this.#onDigit(digit);
  }

  #hearVoice({ codec }: AgreedCodec, timestamp: number, body: Uint8Array): void {
    const law = lawOfRtpName(codec.name.toUpperCase());
    if (this.#listeners.size === 0 || law === undefined) return;
    const samples = this.#timeline.place(timestamp, decodeG711(law, body));
    if (samples !== undefined) for (const listener of this.#listeners) listener(samples);
  }
}
