import type { MediaProtection } from "@cordboard/core";
import type { AgreedKeys } from "@cordboard/dtls";
import { DtlsAssociation, isDtls } from "@cordboard/dtls";
import type { IceTerms } from "@cordboard/ice";
import { IceAgent, isStun } from "@cordboard/ice";
import { nodeStunCrypto } from "@cordboard/ice/node";
import { isRtcp, srtpProfileNumbered, srtpProfiles } from "@cordboard/rtp";
import type { Endpoint } from "../addresses.ts";
import { isSendable } from "../addresses.ts";
import type { WebRtcSnapshot } from "../wire-snapshot.ts";
import { ProtectedStreams } from "./protected-streams.ts";
import type { Shield, ShieldEvents, ShieldParts } from "./shield.ts";

type WebRtc = Extract<MediaProtection, { kind: "webrtc" }>;

/** The peer's place as its leg knows it, wherever ICE has found it: none that packets could come from or go to (RFC 5737). */
export const somewhere: Endpoint = { address: "192.0.2.1", port: 9 };

/** Profiles that the handshake may choose, the strongest first. */
const profiles = srtpProfiles.flatMap(({ dtlsNumber, keyBytes, saltBytes }) =>
  dtlsNumber === undefined ? [] : [{ number: dtlsNumber, keyBytes, saltBytes }],
);

/**
 * ICE, DTLS and SRTP on one port, as browsers want it. ICE says which place is the peer's; the handshake there, with the announced
 * certificate, makes the keys; what is not under those is no sound.
 *
 *     looking for a way ──ICE──▶ handshake ──DTLS──▶ sound
 *
 * @rfc 7983#7
 * @rfc 8827#6.5
 */
export class WebRtcShield implements Shield {
  readonly #parts: ShieldParts;
  readonly #events: ShieldEvents;
  readonly #ice: IceAgent;
  #protection: WebRtc;
  #dtls: DtlsAssociation | undefined;
  #hasBegun = false;
  #send: ProtectedStreams | undefined;
  #receive: ProtectedStreams | undefined;
  #whenSettled: (() => void)[] = [];

  constructor(parts: ShieldParts, events: ShieldEvents, from: WebRtc | WebRtcSnapshot) {
    this.#parts = parts;
    this.#events = events;
    const snapshot = "streams" in from ? from : undefined;
    this.#protection = "streams" in from ? from.protection : from;
    if (snapshot?.streams === undefined) this.#dtls = this.#newAssociation();
    else this.#restore(snapshot.streams);
    const { clock, random } = parts;
    this.#ice = new IceAgent(
      {
        clock,
        random,
        crypto: nodeStunCrypto,
        send: (bytes, to) => events.send(bytes, to),
        onPath: (path) => this.#onPath(path),
      },
      snapshot?.ice ?? { terms: termsOf(this.#protection), path: undefined },
    );
  }

  /** Another certificate wants another handshake; the same one goes on under its keys, whatever way ICE takes. @rfc 8842#4 */
  agree(protection: MediaProtection): void {
    if (protection.kind !== "webrtc") return;
    const before = this.#protection;
    this.#protection = protection;
    this.#ice.agree(termsOf(protection));
    const isSame = before.fingerprints.every(({ hash, value }) =>
      protection.fingerprints.some((each) => each.hash === hash && each.value === value),
    );
    if (isSame && before.fingerprints.length === protection.fingerprints.length) return;
    this.#dtls?.close();
    this.#send = undefined;
    this.#receive = undefined;
    this.#hasBegun = false;
    this.#dtls = this.#newAssociation();
    this.#onPath(this.#ice.path);
  }

  isPeer(from: Endpoint): boolean {
    return this.#ice.isPeer(from);
  }

  take(datagram: Uint8Array, from: Endpoint): void {
    if (isStun(datagram)) {
      if (!this.#ice.take(datagram, from)) this.#events.onForeign();
    } else if (!this.#ice.isPeer(from)) this.#events.onForeign();
    else if (isDtls(datagram)) this.#takeDtls(datagram);
    else this.#takeSound(datagram);
  }

  sendRtp(packet: Uint8Array): void {
    const path = this.#ice.path;
    const wire = path === undefined ? undefined : this.#send?.protectRtp(packet);
    if (path !== undefined && wire !== undefined) this.#events.send(wire, path);
  }

  sendRtcp(packet: Uint8Array): void {
    const path = this.#ice.path;
    const wire = path === undefined ? undefined : this.#send?.protectRtcp(packet);
    if (path !== undefined && wire !== undefined) this.#events.send(wire, path);
  }

  /** A handshake that has begun is waited for: what it knows cannot be taken along. */
  settled(): Promise<void> {
    if (!this.#hasBegun || this.#send !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  release(): WebRtcSnapshot {
    const ice = this.#ice.snapshot();
    this.#ice.close();
    this.#dtls?.abandon();
    const [send, receive] = [this.#send?.snapshot(), this.#receive?.snapshot()];
    const streams = send === undefined || receive === undefined ? undefined : { send, receive };
    return { kind: "webrtc", protection: this.#protection, ice, streams };
  }

  close(): void {
    this.#dtls?.close();
    this.#ice.close();
    this.#settle();
  }

  #takeDtls(datagram: Uint8Array): void {
    this.#hasBegun ||= this.#dtls !== undefined;
    this.#dtls?.take(datagram);
  }

  #takeSound(datagram: Uint8Array): void {
    const isReport = isRtcp(datagram);
    const plain = this.#receive?.unprotect(datagram);
    if (plain === undefined) this.#events.onForeign();
    else if (isReport) this.#events.onRtcp(plain, somewhere);
    else this.#events.onRtp(plain, somewhere);
  }

  #onPath(path: Endpoint | undefined): void {
    if (path === undefined || this.#hasBegun || this.#protection.dtlsRole !== "client") return;
    this.#hasBegun = true;
    this.#dtls?.begin();
  }

  #newAssociation(): DtlsAssociation {
    const { clock, random, dtls: crypto } = this.#parts;
    const association: DtlsAssociation = new DtlsAssociation(
      {
        clock,
        random,
        crypto,
        send: (datagram) => {
          const path = this.#ice.path;
          if (path !== undefined) this.#events.send(datagram, path);
        },
        onKeys: (keys) => this.#onKeys(keys),
        onEnd: (why) => {
          this.#settle();
          // A peer that closes what had begun says more by its BYE, or by its silence.
          if (!association.isConnected) this.#events.onBroken(why);
        },
      },
      { role: this.#protection.dtlsRole, fingerprints: this.#protection.fingerprints, profiles },
    );
    return association;
  }

  #onKeys({ profile, send, receive }: AgreedKeys): void {
    const suite = srtpProfileNumbered(profile)?.name ?? "";
    this.#send = new ProtectedStreams({ suite, keyAndSalt: send });
    this.#receive = new ProtectedStreams({ suite, keyAndSalt: receive });
    this.#settle();
  }

  #restore({ send, receive }: NonNullable<WebRtcSnapshot["streams"]>): void {
    this.#hasBegun = true;
    this.#send = new ProtectedStreams(send.keys, send);
    this.#receive = new ProtectedStreams(receive.keys, receive);
  }

  #settle(): void {
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }
}

const termsOf = ({ localIce, remoteIce, candidates, isControlling, isRemoteLite }: WebRtc): IceTerms => ({
  local: localIce,
  remote: remoteIce,
  // To some addresses nothing is sent, whoever names them.
  candidates: candidates.filter(isSendable),
  isControlling,
  isRemoteLite,
});
