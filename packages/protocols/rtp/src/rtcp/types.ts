/** A receiver's word on one source. @rfc 3550#6.4.1 */
export interface ReportBlock {
  readonly ssrc: number;
  /** Loss since the report before, in 1/256: 0 to 255. */
  readonly lossFraction: number;
  /** Packets lost since the beginning, 24 bits signed. */
  readonly packetsLost: number;
  readonly highestSequence: number;
  /** Interarrival jitter in timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 when there was none. */
  readonly lastReport: number;
  /** From that report's arrival to this one's sending, in 1/65536 s. */
  readonly delaySinceLastReport: number;
}

/** An instant as 64-bit NTP time in two halves: seconds since 1900, and 1/2^32 s. */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** What a sender says of itself, with what it hears. @rfc 3550#6.4.1 */
export interface SenderReport {
  readonly type: "sender-report";
  readonly ssrc: number;
  readonly sentAt: NtpTime;
  /** The same instant on the RTP timestamp scale. */
  readonly timestamp: number;
  readonly packetsSent: number;
  readonly octetsSent: number;
  readonly blocks: readonly ReportBlock[];
}

/** What one who does not send hears. @rfc 3550#6.4.2 */
export interface ReceiverReport {
  readonly type: "receiver-report";
  readonly ssrc: number;
  readonly blocks: readonly ReportBlock[];
}

/**
 * Items about sources. Item 1 is CNAME. A text holds one character per byte (Latin-1), so that any bytes come through unchanged.
 * @rfc 3550#6.5
 */
export interface SourceDescription {
  readonly type: "source-description";
  readonly chunks: readonly {
    readonly ssrc: number;
    readonly items: readonly { readonly item: number; readonly text: string }[];
  }[];
}

/** Sources that leave. @rfc 3550#6.6 */
export interface Goodbye {
  readonly type: "goodbye";
  readonly ssrcs: readonly number[];
  readonly reason: string | undefined;
}

/** A packet of a type that we do not read (APP, feedback, extended reports): kept as it is, header included. */
export interface OtherRtcp {
  readonly type: "other";
  readonly packetType: number;
  readonly bytes: Uint8Array;
}

/** One packet of a compound. */
export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | OtherRtcp;

/** Packet types on the wire. */
export const rtcpTypes = { senderReport: 200, receiverReport: 201, sourceDescription: 202, goodbye: 203 } as const;
