import type { MediaProtection, PathTrouble } from "@cordboard/core";
import type { AgreedKeys, DtlsSnapshot } from "@cordboard/dtls";
import { DtlsAssociation, isDtls } from "@cordboard/dtls";
import type { IceTerms } from "@cordboard/ice";
import { IceAgent, isStun } from "@cordboard/ice";
import { nodeStunCrypto } from "@cordboard/ice/node";
import type { Millis } from "@cordboard/kernel";
import { unreachable } from "@cordboard/kernel";
import { isRtcp, srtpProfileNumbered, srtpProfiles } from "@cordboard/rtp";
import type { Endpoint } from "../addresses.ts";
import { isSendable } from "../addresses.ts";
import type { WebRtcSnapshot } from "../wire-snapshot.ts";
import { Patience } from "./patience.ts";
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
 *     looking for a way ──ICE──▶ handshake ──DTLS──▶ sound ──no consent──▶ looking for a way
 *
 * Neither of the first two may last; what is wrong is told, and told again if it goes on after another agreement.
 *
 * @rfc 7983#7
 * @rfc 8827#6.5
 */
export class WebRtcShield implements Shield {
  readonly #parts: ShieldParts;
  readonly #events: ShieldEvents;
  readonly #ice: IceAgent;
  readonly #patience: Patience;
  #protection: WebRtc;
  #dtls: DtlsAssociation | undefined;
  #hasBegun = false;
  /** There has been a way. */
  #hasMet: boolean;
  #send: ProtectedStreams | undefined;
  #receive: ProtectedStreams | undefined;
  #whenSettled: (() => void)[] = [];

  constructor(parts: ShieldParts, events: ShieldEvents, from: WebRtc | WebRtcSnapshot) {
    this.#parts = parts;
    this.#events = events;
    const snapshot = "streams" in from ? from : undefined;
    this.#protection = "streams" in from ? from.protection : from;
    this.#hasMet = snapshot?.ice.path !== undefined;
    this.#patience = new Patience({
      clock: parts.clock,
      timings: parts.timings,
      onOver: (trouble, waited) => {
        // Who waits for the end of a handshake waits no longer than we do.
        this.#settle();
        events.onCutOff(trouble, this.#explain(trouble, waited));
      },
    });
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
    this.#wait();
  }

  /** Another certificate wants another handshake; the same one goes on under its keys, whatever way ICE takes. @rfc 8842#4 */
  agree(protection: MediaProtection): void {
    if (protection.kind !== "webrtc") return;
    const before = this.#protection;
    this.#protection = protection;
    // Another run of ICE has all the time that the first one had.
    if (before.remoteIce.usernameFragment !== protection.remoteIce.usernameFragment) this.#patience.stop();
    this.#ice.agree(termsOf(protection));
    const isSame = before.fingerprints.every(({ hash, value }) =>
      protection.fingerprints.some((each) => each.hash === hash && each.value === value),
    );
    if (!isSame || before.fingerprints.length !== protection.fingerprints.length) this.#beginAnew();
    this.#wait();
  }

  #beginAnew(): void {
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

  /** A handshake that has begun is waited for: what it knows cannot be taken along before it is done. */
  settled(): Promise<void> {
    if (!this.#hasBegun || this.#send !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  release(): WebRtcSnapshot {
    const ice = this.#ice.snapshot();
    this.#patience.stop();
    this.#ice.close();
    const handshake = this.#dtls?.release();
    const [send, receive] = [this.#send?.snapshot(), this.#receive?.snapshot()];
    const streams = send === undefined || receive === undefined ? undefined : { send, receive, handshake };
    return { kind: "webrtc", protection: this.#protection, ice, streams };
  }

  close(): void {
    this.#patience.stop();
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
    this.#hasMet ||= path !== undefined;
    this.#wait();
    if (path === undefined || this.#hasBegun || this.#protection.dtlsRole !== "client") return;
    this.#hasBegun = true;
    this.#dtls?.begin();
  }

  #newAssociation(snapshot?: DtlsSnapshot): DtlsAssociation {
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
          if (!association.isConnected) this.#events.onCutOff("no-keys", why);
        },
      },
      { role: this.#protection.dtlsRole, fingerprints: this.#protection.fingerprints, profiles },
      snapshot,
    );
    return association;
  }

  #onKeys({ profile, send, receive }: AgreedKeys): void {
    const suite = srtpProfileNumbered(profile)?.name ?? "";
    this.#send = new ProtectedStreams({ suite, keyAndSalt: send });
    this.#receive = new ProtectedStreams({ suite, keyAndSalt: receive });
    this.#wait();
    this.#settle();
  }

  #restore({ send, receive, handshake }: NonNullable<WebRtcSnapshot["streams"]>): void {
    this.#hasBegun = true;
    // Without it a browser that has missed our last word would wait for it in vain.
    if (handshake !== undefined) this.#dtls = this.#newAssociation(handshake);
    this.#send = new ProtectedStreams(send.keys, send);
    this.#receive = new ProtectedStreams(receive.keys, receive);
  }

  #wait(): void {
    if (this.#ice.path === undefined) this.#patience.waitOut(this.#hasMet ? "path-lost" : "no-path");
    else this.#patience.waitOut(this.#send === undefined ? "no-keys" : undefined);
  }

  #explain(trouble: PathTrouble, waited: Millis): string {
    const seconds = `${waited / 1000} s`;
    switch (trouble) {
      case "no-path":
        return this.#ice.wasAsked
          ? `its packets come here, ours have not reached it for ${seconds}`
          : `nothing has come from it for ${seconds}`;
      case "no-keys":
        return `the handshake was not done in ${seconds}`;
      case "path-lost":
        return `it has answered nothing, and not come back by another way for ${seconds}`;
      default:
        return unreachable(trouble);
    }
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
