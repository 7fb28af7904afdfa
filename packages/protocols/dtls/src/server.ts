import { joined } from "@cordboard/kernel";
import type { Fault } from "./alert.ts";
import { fault } from "./alert.ts";
import type { EphemeralKey, GroupNumber } from "./crypto.ts";
import { group, signatureScheme } from "./crypto.ts";
import {
  keyParameters,
  parseCertificateVerify,
  parseClientKeyExchange,
  printCertificate,
  printCertificateRequest,
  printServerKeyExchange,
} from "./exchange.ts";
import type { HandshakeMessage } from "./handshake.ts";
import { messageType } from "./handshake.ts";
import type { HandshakeSide, SideParts } from "./handshake-side.ts";
import { finishedFault, makeKeys, malformed, takeCertificate, unexpected } from "./handshake-side.ts";
import type { ClientHello } from "./hello.ts";
import { parseClientHello, printServerHello, suite } from "./hello.ts";
import { VERSION } from "./record.ts";
import type { KeyedProfile, Randoms } from "./secrets.ts";
import { finishedOf } from "./secrets.ts";

/** What the server is waiting for, with what it knows by then. */
type State =
  | { readonly awaits: "client-hello" }
  | { readonly awaits: "certificate"; readonly begun: Begun }
  | { readonly awaits: "client-key"; readonly begun: Begun; readonly certificate: Uint8Array }
  | { readonly awaits: "proof"; readonly begun: Begun; readonly certificate: Uint8Array; readonly master: Uint8Array }
  | { readonly awaits: "finished"; readonly begun: Begun; readonly master: Uint8Array }
  | { readonly awaits: "nothing" };

interface Begun {
  readonly randoms: Randoms;
  readonly profile: KeyedProfile;
  readonly key: EphemeralKey;
}

/**
 * The side that is called:
 *
 *     client-hello ─▶ certificate ─▶ client-key ─▶ proof ─▶ finished ─▶ nothing
 *
 * Whoever calls must show the announced certificate and sign for it. No cookie is asked for: ICE has proved that the peer is where it
 * says.
 * @rfc 5246#7.3
 */
export class ServerSide implements HandshakeSide {
  readonly #parts: SideParts;
  #state: State = { awaits: "client-hello" };

  constructor(parts: SideParts) {
    this.#parts = parts;
  }

  begin(): void {
    // It is called.
  }

  take(message: HandshakeMessage): Fault | undefined {
    const state = this.#state;
    if (message.epoch !== (state.awaits === "finished" ? 1 : 0)) return unexpected;
    switch (state.awaits) {
      case "client-hello":
        return message.type === messageType.clientHello ? this.#onHello(message) : unexpected;
      case "certificate":
        return message.type === messageType.certificate ? this.#onCertificate(message, state.begun) : unexpected;
      case "client-key":
        return message.type === messageType.clientKeyExchange ? this.#onKey(message, state) : unexpected;
      case "proof":
        return message.type === messageType.certificateVerify ? this.#onProof(message, state) : unexpected;
      case "finished":
        return message.type === messageType.finished ? this.#onFinished(message, state) : unexpected;
      default:
        return unexpected;
    }
  }

  #onHello(message: HandshakeMessage): Fault | undefined {
    const hello = parseClientHello(message.body);
    if (hello === undefined) return malformed;
    const wrong = helloFault(hello);
    if (wrong !== undefined) return wrong;
    const { profiles, crypto, random, channel } = this.#parts;
    const profile = profiles.find(({ number }) => hello.profiles.includes(number));
    const chosen = Object.values(group).find((each) => hello.groups.includes(each));
    if (profile === undefined || chosen === undefined) return fault("handshakeFailure", "nothing in common");
    const begun = { randoms: { client: hello.random, server: random.bytes(32) }, profile, key: crypto.makeKey(chosen) };
    channel.heard(message);
    this.#answer(hello, begun, chosen);
    this.#state = { awaits: "certificate", begun };
    return undefined;
  }

  #answer(hello: ClientHello, { randoms, profile, key }: Begun, chosen: GroupNumber): void {
    const { crypto, channel } = this.#parts;
    const parameters = keyParameters(chosen, key.publicKey);
    const signature = crypto.sign(joined(randoms.client, randoms.server, parameters));
    channel.say(
      messageType.serverHello,
      printServerHello({ random: randoms.server, profile: profile.number, to: hello }),
    );
    channel.say(messageType.certificate, printCertificate(crypto.certificate));
    channel.say(messageType.serverKeyExchange, printServerKeyExchange(parameters, signature));
    channel.say(messageType.certificateRequest, printCertificateRequest());
    channel.say(messageType.serverHelloDone, new Uint8Array(0));
    channel.flush(false);
  }

  #onCertificate(message: HandshakeMessage, begun: Begun): Fault | undefined {
    const certificate = takeCertificate(this.#parts, message);
    if (!certificate.ok) return certificate.error;
    this.#state = { awaits: "client-key", begun, certificate: certificate.value };
    return undefined;
  }

  #onKey(
    message: HandshakeMessage,
    { begun, certificate }: Extract<State, { awaits: "client-key" }>,
  ): Fault | undefined {
    const theirs = parseClientKeyExchange(message.body);
    const shared = theirs === undefined ? undefined : begun.key.agree(theirs);
    if (shared === undefined) return fault("illegalParameter", "the key is none of its group");
    this.#parts.channel.heard(message);
    const master = makeKeys(this.#parts, { shared, randoms: begun.randoms, isClient: false });
    this.#state = { awaits: "proof", begun, certificate, master };
    return undefined;
  }

  #onProof(message: HandshakeMessage, state: Extract<State, { awaits: "proof" }>): Fault | undefined {
    const proof = parseCertificateVerify(message.body);
    if (proof === undefined) return malformed;
    const { crypto, channel } = this.#parts;
    if (!crypto.verify(state.certificate, proof.scheme, channel.transcript(), proof.signature))
      return fault("decryptError", "the certificate is not the peer's own");
    channel.heard(message);
    this.#state = { awaits: "finished", begun: state.begun, master: state.master };
    return undefined;
  }

  #onFinished(message: HandshakeMessage, { begun, master }: Extract<State, { awaits: "finished" }>): Fault | undefined {
    const wrong = finishedFault(this.#parts, message, { master, by: "client" });
    if (wrong !== undefined) return wrong;
    const { channel, crypto } = this.#parts;
    channel.heard(message);
    channel.changeKeys();
    channel.say(
      messageType.finished,
      finishedOf(crypto, master, { by: "server", transcriptHash: channel.transcriptHash() }),
    );
    channel.flush(true);
    this.#state = { awaits: "nothing" };
    this.#parts.onDone({ master, randoms: begun.randoms, profile: begun.profile });
    return undefined;
  }
}

/** What is asked of every client. */
function helloFault(hello: ClientHello): Fault | undefined {
  if (hello.version !== VERSION) return fault("protocolVersion", "the peer speaks another version");
  const isGood =
    hello.suites.includes(suite.ecdsa) &&
    hello.hasNoCompression &&
    hello.hasExtendedMaster &&
    hello.schemes.includes(signatureScheme.ecdsaSecp256r1Sha256);
  return isGood ? undefined : fault("handshakeFailure", "the peer cannot do what is asked of it");
}
