import type { Codec, NegotiatedMedia } from "@cordboard/core";
import { lawConversion, lawOfRtpName } from "@cordboard/sound";

/** What becomes of packets of one payload number on their way from one leg to another. */
export interface Way {
  /** The number that the receiver knows them by. */
  readonly payload: number;
  /** The table that turns G.711 codes into the other law; undefined when the codes stay. */
  readonly conversion: Uint8Array | undefined;
  /** Clock rate of what the receiver gets. */
  readonly clockRateHz: number;
}

/** For each of the 128 payload numbers of one leg: its way to another leg, or undefined where there is none. */
export type Route = readonly (Way | undefined)[];

/** The payload number under which a leg's peer sends a codec. */
export const receivedAs = (codec: Codec): number => (codec.receiveAs ?? codec.payload) & 0x7f;

const isSameCodec = (a: Codec, b: Codec): boolean =>
  a.name === b.name && a.clockRateHz === b.clockRateHz && a.channels === b.channels;

/**
 * Plans the way from one leg to another: a codec that both agreed on passes as it is, under the receiver's number; G.711 of one law
 * becomes the other law where the receiver has only that; everything else has no way. `from` and `to` may be the same leg (echo).
 */
export function planRoute(from: NegotiatedMedia, to: NegotiatedMedia): Route {
  const route: (Way | undefined)[] = Array(128).fill(undefined);
  for (const codec of from.codecs) {
    const same = to.codecs.find((each) => isSameCodec(each, codec));
    const law = lawOfRtpName(codec.name);
    const other = same ?? (law === undefined ? undefined : to.codecs.find((each) => lawOfRtpName(each.name)));
    if (other === undefined) continue;
    const otherLaw = lawOfRtpName(other.name);
    route[receivedAs(codec)] ??= {
      payload: other.payload & 0x7f,
      conversion:
        law === undefined || otherLaw === undefined || law === otherLaw
          ? undefined
          : lawConversion[`${law} to ${otherLaw}`],
      clockRateHz: other.clockRateHz,
    };
  }
  const digits = from.digitsReceivedAs ?? from.digitsPayload;
  if (digits !== undefined && to.digitsPayload !== undefined)
    route[digits & 0x7f] = { payload: to.digitsPayload & 0x7f, conversion: undefined, clockRateHz: 8000 };
  return route;
}
