import type { MediaProtection, NegotiatedMedia, PathTrouble } from "@cordboard/core";
import type { Millis } from "@cordboard/kernel";
import { isRtcp } from "@cordboard/rtp";
import type { SoundTimings } from "../timings.ts";
import type { Endpoint } from "./addresses.ts";
import { canonicalAddress, isSendable } from "./addresses.ts";
import { Arrivals } from "./arrivals.ts";
import type { LegSockets } from "./leg-sockets.ts";
import { makeShield, restoreShield } from "./shield/make-shield.ts";
import type { Shield, ShieldEvents, ShieldParts } from "./shield/shield.ts";
import { somewhere } from "./shield/web-rtc-shield.ts";
import { SourceLock } from "./source-lock.ts";
import type { WireSnapshot } from "./wire-snapshot.ts";

/** What a wire tells its leg. */
export interface WireEvents {
  /** A packet of sound, which may still be a stranger's: {@link LegWire.admits} says. Its bytes are the receiver's to change. */
  onRtp(packet: Uint8Array, from: Endpoint): void;
  /** The peer's report. */
  onRtcp(packet: Uint8Array): void;
  /** No sound gets through to the peer, or from there. */
  onCutOff(trouble: PathTrouble, why: string): void;
}

/** What wires of a worker share. */
export interface WireParts extends ShieldParts {
  readonly timings: SoundTimings;
}

/** A leg's end of the network: its sockets, where the peer is, whose packets are believed, and what keeps them from others. */
export class LegWire {
  readonly #parts: WireParts;
  readonly #events: WireEvents;
  readonly #lock: SourceLock;
  readonly #arrivals: Arrivals = new Arrivals();
  #sockets: LegSockets | undefined;
  /** Undefined for plain RTP. */
  #shield: Shield | undefined;
  #remote: NegotiatedMedia["remote"] | undefined;
  /** Where our packets go just now; undefined when that is nowhere. */
  #target: Endpoint | undefined;
  #rtcpPort: number | undefined;
  #packetsForeign: number;

  constructor(parts: WireParts, events: WireEvents, snapshot: WireSnapshot | undefined) {
    this.#parts = parts;
    this.#events = events;
    this.#lock = new SourceLock(parts.timings.latchWithin);
    this.#packetsForeign = snapshot?.packetsForeign ?? 0;
    if (snapshot?.shield !== undefined) this.#shield = restoreShield(parts, this.#shieldEvents, snapshot.shield);
  }

  /** Packets that were nobody's that we talk with. */
  get packetsForeign(): number {
    return this.#packetsForeign;
  }

  /** Whether there is anywhere to send to. */
  get hasTarget(): boolean {
    return this.#target !== undefined;
  }

  attach(sockets: LegSockets): void {
    this.#sockets = sockets;
  }

  /** Sets or changes where the peer is, and how packets are protected. */
  connect(media: NegotiatedMedia, now: Millis): void {
    if (media.protection !== undefined) this.#protect(media.protection);
    this.#remote = remoteOf(media);
    this.#rtcpPort = this.#remote.rtcpPort;
    this.#lock.negotiate(this.#remote, now);
    this.#retarget();
  }

  /** Goes on with the source that another worker had found. */
  restore(source: Endpoint | undefined): void {
    if (source !== undefined) this.#lock.restore(source);
    this.#retarget();
  }

  /** A datagram on the RTP port. This runs for every packet: it makes no garbage of its own. */
  onRtp(datagram: Uint8Array, from: Endpoint): void {
    const shield = this.#shield;
    if (shield === undefined && isRtcp(datagram)) return this.#hearRtcp(datagram, from);
    if (!this.#arrivals.admit(shield?.isPeer(from) ?? this.#lock.isSource(from))) return;
    if (shield === undefined) this.#events.onRtp(datagram, from);
    else shield.take(datagram, from);
  }

  /** A datagram on the RTCP port. */
  onRtcp(datagram: Uint8Array, from: Endpoint): void {
    if (this.#shield === undefined) this.#hearRtcp(datagram, from);
    else if (this.#arrivals.admit(false)) this.#shield.take(datagram, from);
  }

  /** Whether a packet is the peer's. One from elsewhere than those before may be, if it `isKnown` to be of a kind that was agreed on. */
  admits(from: Endpoint, isKnown: boolean, now: Millis): boolean {
    if (this.#lock.isSource(from)) return true;
    if (!this.#lock.admits(from, isKnown, now)) {
      this.#packetsForeign++;
      return false;
    }
    this.#retarget();
    return true;
  }

  sendRtp(packet: Uint8Array): void {
    if (this.#target === undefined) return;
    if (this.#shield === undefined) this.#sockets?.sendRtp(packet, this.#target);
    else this.#shield.sendRtp(packet, this.#target);
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.#target === undefined || this.#rtcpPort === undefined) return;
    const to = { address: this.#target.address, port: this.#rtcpPort };
    if (!isSendable(to)) return;
    if (this.#shield === undefined) this.#sendReport(packet, to);
    else this.#shield.sendRtcp(packet, to);
  }

  /** Another tick. */
  tick(): void {
    this.#arrivals.clear();
  }

  /** Settles when {@link LegWire.release} is possible. */
  async settled(): Promise<void> {
    await this.#shield?.settled();
  }

  /** Falls silent, and tells what another worker needs to go on. The sockets are still to be closed. */
  release(): WireSnapshot {
    // The shield stays in its place: what still comes until the sockets are closed is no plain sound either.
    const shield = this.#shield?.release();
    this.#target = undefined;
    return { source: this.#lock.source, shield, packetsForeign: this.#packetsForeign };
  }

  /** Settles when the sockets are closed. */
  async close(): Promise<void> {
    this.#shield?.close();
    const sockets = this.#sockets;
    this.#sockets = undefined;
    await sockets?.close();
  }

  /** Only the peer's address is listened to. */
  #hearRtcp(packet: Uint8Array, from: Endpoint): void {
    const { source } = this.#lock;
    const expected = source ?? this.#remote;
    if (expected === undefined || from.address !== expected.address || !this.#arrivals.admit(true)) return;
    if (source !== undefined) this.#rtcpPort = from.port;
    this.#events.onRtcp(packet);
  }

  #retarget(): void {
    const { target } = this.#lock;
    this.#target = target !== undefined && isSendable(target) ? target : undefined;
  }

  #protect(protection: MediaProtection): void {
    if (this.#shield === undefined) this.#shield = makeShield(this.#parts, this.#shieldEvents, protection);
    else this.#shield.agree(protection);
  }

  get #shieldEvents(): ShieldEvents {
    return {
      onRtp: (packet, from) => this.#events.onRtp(packet, from),
      onRtcp: (packet, from) => this.#hearRtcp(packet, from),
      onForeign: () => {
        this.#packetsForeign++;
      },
      onCutOff: (trouble, why) => this.#events.onCutOff(trouble, why),
      send: (datagram, to) => this.#sockets?.sendRtp(datagram, to),
      sendRtcp: (datagram, to) => this.#sendReport(datagram, to),
    };
  }

  /** Peers that named one port for both have agreed on one port for both (RFC 5761). */
  #sendReport(packet: Uint8Array, to: Endpoint): void {
    if (this.#remote?.port === this.#remote?.rtcpPort) this.#sockets?.sendRtp(packet, to);
    else this.#sockets?.sendRtcp(packet, to);
  }
}

/** Where the peer is, as far as its leg needs to know. */
function remoteOf({ remote, protection }: NegotiatedMedia): NegotiatedMedia["remote"] {
  if (protection?.kind === "webrtc") return { ...somewhere, rtcpPort: somewhere.port };
  return { ...remote, address: canonicalAddress(remote.address) };
}
