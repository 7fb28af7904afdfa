import type { LegQuality } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import { estimateMos } from "@cordboard/rtp";
import type { LegInput } from "./leg-input.ts";
import type { LegRtcp } from "./leg-rtcp.ts";
import type { OutgoingStream } from "./outgoing-stream.ts";
import { packetEvery } from "./pacer.ts";

/** What a leg's figures are read from. */
export interface QualitySources {
  readonly codec: string;
  readonly stream: OutgoingStream;
  readonly input: LegInput;
  readonly rtcp: LegRtcp;
  readonly packetsForeign: number;
}

/** A leg's figures so far. The opinion is of what we hear: loss and jitter of the peer's stream, half the round trip, one packet of 20 ms. */
export function legQuality({ codec, stream, input, rtcp, packetsForeign }: QualitySources): LegQuality {
  const { packetsReceived, packetsLost } = input.counts;
  const lossRatio = packetsReceived === 0 ? 0 : packetsLost / (packetsReceived + packetsLost);
  const delay = ms((rtcp.roundTrip ?? 0) / 2 + packetEvery);
  return {
    codec,
    packetsSent: stream.packets,
    packetsReceived,
    packetsLost,
    remoteLossRatio: rtcp.remoteLossRatio,
    jitterMs: input.jitter,
    roundTripMs: rtcp.roundTrip,
    packetsForeign,
    mos: packetsReceived === 0 ? undefined : estimateMos({ delay, jitter: input.jitter, lossRatio }),
  };
}
