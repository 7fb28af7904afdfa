import type { MediaProtection, PathTrouble } from "@cordboard/core";
import type { DtlsCrypto } from "@cordboard/dtls";
import type { Clock, Random } from "@cordboard/kernel";
import type { Endpoint } from "../addresses.ts";
import type { ShieldSnapshot } from "../wire-snapshot.ts";
import type { PathTimings } from "./patience.ts";

/** What a shield tells its leg, and what it sends by. */
export interface ShieldEvents {
  /** A genuine packet of sound, as it was before it was protected. Its bytes are the receiver's to change. */
  onRtp(packet: Uint8Array, from: Endpoint): void;
  onRtcp(packet: Uint8Array, from: Endpoint): void;
  /** Something was dropped: it was forged, changed, replayed, or a stranger's. */
  onForeign(): void;
  /** No sound gets through, and there is little hope: no way is found, or the peer is not who was announced. Told anew when it is so again. */
  onCutOff(trouble: PathTrouble, why: string): void;
  send(datagram: Uint8Array, to: Endpoint): void;
  sendRtcp(datagram: Uint8Array, to: Endpoint): void;
}

/** What shields of a worker share. */
export interface ShieldParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly dtls: DtlsCrypto;
  readonly timings: PathTimings;
}

/** What stands between a leg's sockets and its sound, so that nobody else hears, changes or makes any of it. */
export interface Shield {
  /** Takes what was negotiated again. */
  agree(protection: MediaProtection): void;
  /** Whether a place has proved to be the peer's; undefined when that is not for the shield to know. */
  isPeer(from: Endpoint): boolean | undefined;
  /** Takes a datagram of either port. */
  take(datagram: Uint8Array, from: Endpoint): void;
  sendRtp(packet: Uint8Array, to: Endpoint): void;
  sendRtcp(packet: Uint8Array, to: Endpoint): void;
  /** Settles when it can be released. */
  settled(): Promise<void>;
  /** Falls silent, and tells what another worker needs to go on. */
  release(): ShieldSnapshot;
  /** Says goodbye. */
  close(): void;
}
