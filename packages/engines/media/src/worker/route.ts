import type { Codec, NegotiatedMedia } from "@cordboard/core";
import { lawConversion, lawOfRtpName } from "@cordboard/sound";

/** Payload number of a packet that cannot be passed on. */
export const NO_ROUTE = -1;

/** What becomes of each payload number of one leg on its way to another. */
export interface Route {
  /** For each of the 128 numbers: the number that the receiver knows it by, or {@link NO_ROUTE}. */
  readonly payloads: Int8Array;
  /** For each number: the table that turns its G.711 codes into the other law; undefined when the codes stay. */
  readonly conversions: readonly (Uint8Array | undefined)[];
  /** For each number: clock rate of what the receiver gets. */
  readonly clockRates: Int32Array;
}

/** The payload number under which a leg's peer sends a codec. */
export const receivedAs = (codec: Codec): number => (codec.receiveAs ?? codec.payload) & 0x7f;

const isSameCodec = (a: Codec, b: Codec): boolean =>
  a.name === b.name && a.clockRateHz === b.clockRateHz && a.channels === b.channels;

/**
 * Plans the way from one leg to another: a codec that both agreed on passes as it is, under the receiver's number; G.711 of one law
 * becomes the other law where the receiver has only that; everything else has no way. `from` and `to` may be the same leg (echo).
 */
export function planRoute(from: NegotiatedMedia, to: NegotiatedMedia): Route {
  const payloads = new Int8Array(128).fill(NO_ROUTE);
  const conversions: (Uint8Array | undefined)[] = Array(128).fill(undefined);
  const clockRates = new Int32Array(128).fill(8000);
  for (const codec of from.codecs) {
    const same = to.codecs.find((each) => isSameCodec(each, codec));
    const law = lawOfRtpName(codec.name);
    const other = same ?? (law === undefined ? undefined : to.codecs.find((each) => lawOfRtpName(each.name)));
    const index = receivedAs(codec);
    if (other === undefined || payloads[index] !== NO_ROUTE) continue;
    payloads[index] = other.payload & 0x7f;
    clockRates[index] = other.clockRateHz;
    const otherLaw = lawOfRtpName(other.name);
    if (law !== undefined && otherLaw !== undefined && law !== otherLaw)
      conversions[index] = lawConversion[`${law} to ${otherLaw}`];
  }
  const digits = from.digitsReceivedAs ?? from.digitsPayload;
  if (digits !== undefined && to.digitsPayload !== undefined) payloads[digits & 0x7f] = to.digitsPayload & 0x7f;
  return { payloads, conversions, clockRates };
}
