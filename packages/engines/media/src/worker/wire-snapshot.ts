import type { MediaProtection, SrtpKeys } from "@cordboard/core";
import type { DtlsSnapshot } from "@cordboard/dtls";
import type { IceSnapshot } from "@cordboard/ice";
import type { SrtpSnapshot } from "@cordboard/rtp";
import type { Endpoint } from "./addresses.ts";

/** A wire as another worker takes it on. */
export interface WireSnapshot {
  readonly source: Endpoint | undefined;
  readonly shield: ShieldSnapshot | undefined;
  readonly packetsForeign: number;
}

/** A shield as another worker takes it on. */
export type ShieldSnapshot = SdesSnapshot | WebRtcSnapshot;

/** A shield of keys from the descriptions, as another worker takes it on. */
export interface SdesSnapshot {
  readonly kind: "sdes";
  readonly send: StreamsSnapshot;
  readonly receive: StreamsSnapshot;
}

/** A shield of a browser's leg, as another worker takes it on. */
export interface WebRtcSnapshot {
  readonly kind: "webrtc";
  readonly protection: Extract<MediaProtection, { kind: "webrtc" }>;
  readonly ice: IceSnapshot;
  /** None before the handshake is done; it begins anew then. */
  readonly streams:
    | {
        readonly send: StreamsSnapshot;
        readonly receive: StreamsSnapshot;
        /** None when the peer has ended it. */
        readonly handshake: DtlsSnapshot | undefined;
      }
    | undefined;
}

/** Streams as another worker takes them on. */
export interface StreamsSnapshot {
  readonly keys: SrtpKeys;
  readonly rtp: SrtpSnapshot;
  readonly rtcp: SrtpSnapshot;
}
