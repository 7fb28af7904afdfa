import { joined } from "@cordboard/kernel";
import type { Fault } from "./alert.ts";
import { fault } from "./alert.ts";
import type { GroupNumber } from "./crypto.ts";
import { group } from "./crypto.ts";
import {
  keyParameters,
  parseServerKeyExchange,
  printCertificate,
  printCertificateVerify,
  printClientKeyExchange,
} from "./exchange.ts";
import type { HandshakeMessage } from "./handshake.ts";
import { messageType } from "./handshake.ts";
import type { HandshakeSide, SideParts } from "./handshake-side.ts";
import { finishedFault, makeKeys, malformed, takeCertificate, unexpected } from "./handshake-side.ts";
import { parseServerHello, parseVerifyRequest, printClientHello, suite } from "./hello.ts";
import { VERSION } from "./record.ts";
import type { KeyedProfile, Randoms } from "./secrets.ts";
import { finishedOf } from "./secrets.ts";

/** What the client is waiting for, with what it knows by then. */
type State =
  | { readonly awaits: "server-hello"; readonly hasCookie: boolean }
  | { readonly awaits: "certificate"; readonly begun: Begun }
  | { readonly awaits: "server-key"; readonly begun: Begun; readonly certificate: Uint8Array }
  | { readonly awaits: "done"; readonly begun: Begun; readonly theirs: ServerKey; readonly isAsked: boolean }
  | { readonly awaits: "finished"; readonly begun: Begun; readonly master: Uint8Array }
  | { readonly awaits: "nothing" };

interface Begun {
  readonly randoms: Randoms;
  readonly profile: KeyedProfile;
}

interface ServerKey {
  readonly group: GroupNumber;
  readonly publicKey: Uint8Array;
}

/**
 * The side that calls:
 *
 *     server-hello ─▶ certificate ─▶ server-key ─▶ done ─▶ finished ─▶ nothing
 *      ▲        │
 *      └─cookie─┘
 *
 * @rfc 5246#7.3
 */
export class ClientSide implements HandshakeSide {
  readonly #parts: SideParts;
  readonly #random: Uint8Array;
  #state: State = { awaits: "server-hello", hasCookie: false };

  constructor(parts: SideParts) {
    this.#parts = parts;
    this.#random = parts.random.bytes(32);
  }

  begin(): void {
    this.#call(new Uint8Array(0));
  }

  #call(cookie: Uint8Array): void {
    const { channel, profiles } = this.#parts;
    const hello = { random: this.#random, cookie, profiles: profiles.map(({ number }) => number) };
    channel.say(messageType.clientHello, printClientHello(hello));
    channel.flush(false);
  }

  take(message: HandshakeMessage): Fault | undefined {
    const state = this.#state;
    if (message.epoch !== (state.awaits === "finished" ? 1 : 0)) return unexpected;
    switch (state.awaits) {
      case "server-hello":
        return message.type === messageType.helloVerifyRequest
          ? this.#onVerifyRequest(message, state.hasCookie)
          : message.type === messageType.serverHello
            ? this.#onHello(message)
            : unexpected;
      case "certificate":
        return message.type === messageType.certificate ? this.#onCertificate(message, state.begun) : unexpected;
      case "server-key":
        return message.type === messageType.serverKeyExchange ? this.#onKey(message, state) : unexpected;
      case "done":
        return this.#onRest(message, state);
      case "finished":
        return message.type === messageType.finished ? this.#onFinished(message, state) : unexpected;
      default:
        return unexpected;
    }
  }

  #onVerifyRequest(message: HandshakeMessage, hasCookie: boolean): Fault | undefined {
    const cookie = parseVerifyRequest(message.body);
    if (cookie === undefined || hasCookie) return malformed;
    this.#parts.channel.forget();
    this.#state = { awaits: "server-hello", hasCookie: true };
    this.#call(cookie);
    return undefined;
  }

  #onHello(message: HandshakeMessage): Fault | undefined {
    const hello = parseServerHello(message.body);
    if (hello === undefined) return malformed;
    if (hello.version !== VERSION) return fault("protocolVersion", "the peer speaks another version");
    const [number] = hello.profiles;
    const profile = this.#parts.profiles.find((each) => each.number === number);
    const isGood =
      Object.values<number>(suite).includes(hello.suite) && hello.compression === 0 && hello.hasExtendedMaster;
    if (!isGood || profile === undefined || hello.profiles.length !== 1)
      return fault("handshakeFailure", "the peer cannot do what is asked of it");
    // None was offered: whoever wants one would send packets that we do not understand.
    if (hello.keyIdentifier.length > 0) return fault("illegalParameter", "the peer wants to name keys");
    this.#parts.channel.heard(message);
    this.#state = {
      awaits: "certificate",
      begun: { randoms: { client: this.#random, server: hello.random }, profile },
    };
    return undefined;
  }

  #onCertificate(message: HandshakeMessage, begun: Begun): Fault | undefined {
    const certificate = takeCertificate(this.#parts, message);
    if (!certificate.ok) return certificate.error;
    this.#state = { awaits: "server-key", begun, certificate: certificate.value };
    return undefined;
  }

  #onKey(
    message: HandshakeMessage,
    { begun, certificate }: Extract<State, { awaits: "server-key" }>,
  ): Fault | undefined {
    const found = parseServerKeyExchange(message.body);
    if (found === undefined) return malformed;
    const chosen = Object.values(group).find((each) => each === found.group);
    if (chosen === undefined) return fault("illegalParameter", "the group was not offered");
    const { client, server } = begun.randoms;
    const signed = joined(client, server, keyParameters(found.group, found.publicKey));
    if (!this.#parts.crypto.verify(certificate, found.scheme, signed, found.signature))
      return fault("decryptError", "the certificate is not the peer's own");
    this.#parts.channel.heard(message);
    const theirs = { group: chosen, publicKey: found.publicKey };
    this.#state = { awaits: "done", begun, theirs, isAsked: false };
    return undefined;
  }

  #onRest(message: HandshakeMessage, state: Extract<State, { awaits: "done" }>): Fault | undefined {
    this.#parts.channel.heard(message);
    if (message.type === messageType.certificateRequest && !state.isAsked) {
      this.#state = { ...state, isAsked: true };
      return undefined;
    }
    return message.type === messageType.serverHelloDone ? this.#answer(state) : unexpected;
  }

  #answer({ begun, theirs, isAsked }: Extract<State, { awaits: "done" }>): Fault | undefined {
    const { crypto, channel } = this.#parts;
    const key = crypto.makeKey(theirs.group);
    const shared = key.agree(theirs.publicKey);
    if (shared === undefined) return fault("illegalParameter", "the key is none of its group");
    if (isAsked) channel.say(messageType.certificate, printCertificate(crypto.certificate));
    channel.say(messageType.clientKeyExchange, printClientKeyExchange(key.publicKey));
    const master = makeKeys(this.#parts, { shared, randoms: begun.randoms, isClient: true });
    if (isAsked) channel.say(messageType.certificateVerify, printCertificateVerify(crypto.sign(channel.transcript())));
    const transcriptHash = channel.transcriptHash();
    channel.changeKeys();
    channel.say(messageType.finished, finishedOf(crypto, master, { by: "client", transcriptHash }));
    channel.flush(false);
    this.#state = { awaits: "finished", begun, master };
    return undefined;
  }

  #onFinished(message: HandshakeMessage, { begun, master }: Extract<State, { awaits: "finished" }>): Fault | undefined {
    const wrong = finishedFault(this.#parts, message, { master, by: "server" });
    if (wrong !== undefined) return wrong;
    this.#state = { awaits: "nothing" };
    this.#parts.onDone({ master, randoms: begun.randoms, profile: begun.profile });
    return undefined;
  }
}
