import type { Clock, Random } from "@cordboard/kernel";
import { alert } from "./alert.ts";
import type { ChannelSnapshot } from "./channel.ts";
import { DtlsChannel } from "./channel.ts";
import { ClientSide } from "./client.ts";
import type { DtlsCrypto, Fingerprint } from "./crypto.ts";
import type { HandshakeMessage } from "./handshake.ts";
import type { HandshakeSide, SideParts } from "./handshake-side.ts";
import type { KeyedProfile } from "./secrets.ts";
import { srtpKeys } from "./secrets.ts";
import { ServerSide } from "./server.ts";

/** What two sides have told each other before. */
export interface DtlsTerms {
  /** The client begins. */
  readonly role: "client" | "server";
  /** The peer's certificate is one of these. */
  readonly fingerprints: readonly Fingerprint[];
  /** Profiles of SRTP, most wanted first. */
  readonly profiles: readonly KeyedProfile[];
}

/** Keys of SRTP for both directions, master key and salt in one piece. */
export interface AgreedKeys {
  readonly profile: number;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** What an association works with. */
export interface DtlsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: DtlsCrypto;
  send(datagram: Uint8Array): void;
  /** The handshake is done. Once. */
  onKeys(keys: AgreedKeys): void;
  /** It failed, or the peer has ended it. Once, and nothing after it. */
  onEnd(why: string): void;
}

/** A finished handshake as another worker takes it on: with it the two can still repeat their last words, and say goodbye. */
export type DtlsSnapshot = ChannelSnapshot;

const FATAL = 2;
const WARNING = 1;

/**
 * A DTLS 1.2 association that makes keys for SRTP: one suite, mutual certificates, the extended master secret, no renegotiation, no
 * resumption, and no data of its own.
 * @rfc 5764#3
 * @rfc 8827#6.5
 */
export class DtlsAssociation {
  readonly #parts: DtlsParts;
  readonly #channel: DtlsChannel;
  readonly #side: HandshakeSide;
  #isOver = false;
  #isConnected: boolean;

  constructor(parts: DtlsParts, terms: DtlsTerms, snapshot?: DtlsSnapshot) {
    this.#parts = parts;
    this.#isConnected = snapshot !== undefined;
    this.#channel = new DtlsChannel(
      {
        clock: parts.clock,
        crypto: parts.crypto,
        send: (datagram) => parts.send(datagram),
        onMessage: (message) => this.#take(message),
        onAlert: (level, description) => this.#onAlert(level, description),
        onSilence: () => this.#end("the peer does not answer"),
      },
      snapshot,
    );
    const isClient = terms.role === "client";
    const side: SideParts = {
      crypto: parts.crypto,
      random: parts.random,
      channel: this.#channel,
      profiles: terms.profiles,
      fingerprints: terms.fingerprints,
      onDone: ({ master, randoms, profile }) => {
        this.#isConnected = true;
        this.#channel.finish();
        const { client, server } = srtpKeys(parts.crypto, master, randoms, profile);
        const [send, receive] = isClient ? [client, server] : [server, client];
        parts.onKeys({ profile: profile.number, send, receive });
      },
    };
    this.#side = isClient ? new ClientSide(side) : new ServerSide(side);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** A way to the peer is there: the client says its first word. */
  begin(): void {
    this.#side.begin();
  }

  /** Takes a datagram of the peer. */
  take(datagram: Uint8Array): void {
    if (!this.#isOver) this.#channel.take(datagram);
  }

  /** Says goodbye. */
  close(): void {
    if (!this.#isOver && this.#isConnected) this.#channel.close(WARNING, alert.closeNotify);
    this.release();
  }

  /** Falls silent, and tells what another worker needs to go on; undefined when there is nothing to go on with. */
  release(): DtlsSnapshot | undefined {
    const snapshot = this.#channel.snapshot();
    this.#isOver = true;
    this.#channel.fallSilent();
    return snapshot;
  }

  #take(message: HandshakeMessage): void {
    const wrong = this.#side.take(message);
    if (wrong === undefined) return;
    this.#channel.close(FATAL, wrong.alert);
    this.#end(wrong.why);
  }

  #onAlert(level: number, description: number): void {
    if (description === alert.closeNotify) this.#end("the peer has closed it");
    else if (level === FATAL) this.#end(`the peer refuses it with alert ${description}`);
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel.fallSilent();
    this.#parts.onEnd(why);
  }
}
