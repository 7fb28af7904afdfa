import type { SrtpKeys } from "@cordboard/core";
import type { SrtpMasterKey } from "@cordboard/rtp";
import { isRtcp, masterKeyOf, SrtcpStream, SrtpStream, srtpProfileNamed } from "@cordboard/rtp";
import { nodeSrtpCrypto } from "@cordboard/rtp/node";
import type { StreamsSnapshot } from "../wire-snapshot.ts";

/** Sound and reports of one direction, under one key. */
export class ProtectedStreams {
  readonly keys: SrtpKeys;
  readonly #rtp: SrtpStream;
  readonly #rtcp: SrtcpStream;

  constructor(keys: SrtpKeys, snapshot?: StreamsSnapshot) {
    const master = masterOf(keys);
    this.keys = keys;
    this.#rtp = new SrtpStream(nodeSrtpCrypto, master, snapshot?.rtp);
    this.#rtcp = new SrtcpStream(nodeSrtpCrypto, master, snapshot?.rtcp);
  }

  protectRtp(packet: Uint8Array): Uint8Array | undefined {
    return this.#rtp.protect(packet);
  }

  protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    return this.#rtcp.protect(packet);
  }

  /** The packet that was protected; undefined for what is not genuine. */
  unprotect(datagram: Uint8Array): Uint8Array | undefined {
    return isRtcp(datagram) ? this.#rtcp.unprotect(datagram) : this.#rtp.unprotect(datagram);
  }

  /** Whether these are the keys at work. */
  has({ suite, keyAndSalt }: SrtpKeys): boolean {
    return suite === this.keys.suite && Buffer.compare(keyAndSalt, this.keys.keyAndSalt) === 0;
  }

  snapshot(): StreamsSnapshot {
    return { keys: this.keys, rtp: this.#rtp.snapshot(), rtcp: this.#rtcp.snapshot() };
  }
}

/** The switch agrees on nothing that we cannot do, and hands over keys of the length that they must have. */
function masterOf({ suite, keyAndSalt }: SrtpKeys): SrtpMasterKey {
  const profile = srtpProfileNamed(suite);
  const master = profile === undefined ? undefined : masterKeyOf(profile, keyAndSalt);
  if (master === undefined) throw new Error(`no keys for ${suite}`);
  return master;
}
