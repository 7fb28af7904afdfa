import type { MediaProtection } from "@cordboard/core";
import { isRtcp } from "@cordboard/rtp";
import type { Endpoint } from "../addresses.ts";
import type { SdesSnapshot } from "../wire-snapshot.ts";
import { ProtectedStreams } from "./protected-streams.ts";
import type { Shield, ShieldEvents } from "./shield.ts";

type Sdes = Extract<MediaProtection, { kind: "sdes" }>;

/** SRTP whose keys came with the session descriptions. Where packets come from and go to is still for the leg's lock to say. */
export class SdesShield implements Shield {
  readonly #events: ShieldEvents;
  #send: ProtectedStreams;
  #receive: ProtectedStreams;

  constructor(events: ShieldEvents, { send, receive }: Sdes, snapshot?: SdesSnapshot) {
    this.#events = events;
    this.#send = new ProtectedStreams(send, snapshot?.send);
    this.#receive = new ProtectedStreams(receive, snapshot?.receive);
  }

  /** A key that stays goes on where it is: to begin it anew would use its stream twice. */
  agree(protection: MediaProtection): void {
    if (protection.kind !== "sdes") return;
    if (!this.#send.has(protection.send)) this.#send = new ProtectedStreams(protection.send);
    if (!this.#receive.has(protection.receive)) this.#receive = new ProtectedStreams(protection.receive);
  }

  isPeer(): undefined {
    return undefined;
  }

  take(datagram: Uint8Array, from: Endpoint): void {
    const isReport = isRtcp(datagram);
    const plain = this.#receive.unprotect(datagram);
    if (plain === undefined) this.#events.onForeign();
    else if (isReport) this.#events.onRtcp(plain, from);
    else this.#events.onRtp(plain, from);
  }

  sendRtp(packet: Uint8Array, to: Endpoint): void {
    const wire = this.#send.protectRtp(packet);
    if (wire !== undefined) this.#events.send(wire, to);
  }

  sendRtcp(packet: Uint8Array, to: Endpoint): void {
    const wire = this.#send.protectRtcp(packet);
    if (wire !== undefined) this.#events.sendRtcp(wire, to);
  }

  async settled(): Promise<void> {
    // It is as it is.
  }

  release(): SdesSnapshot {
    return { kind: "sdes", send: this.#send.snapshot(), receive: this.#receive.snapshot() };
  }

  close(): void {
    // Nothing runs.
  }
}
