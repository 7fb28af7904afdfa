import type { Random, Result } from "@cordboard/kernel";
import { ok, refused, sameBytes } from "@cordboard/kernel";
import type { Fault } from "./alert.ts";
import { fault } from "./alert.ts";
import type { DtlsChannel } from "./channel.ts";
import type { DtlsCrypto, Fingerprint } from "./crypto.ts";
import { parseCertificate } from "./exchange.ts";
import type { HandshakeMessage } from "./handshake.ts";
import type { KeyedProfile, Randoms } from "./secrets.ts";
import { finishedOf, masterSecret, writeKeys } from "./secrets.ts";

/** What a side of the handshake works with. */
export interface SideParts {
  readonly crypto: DtlsCrypto;
  readonly random: Random;
  readonly channel: DtlsChannel;
  /** Profiles of SRTP, most wanted first. */
  readonly profiles: readonly KeyedProfile[];
  /** The peer's certificate is one of these. */
  readonly fingerprints: readonly Fingerprint[];
  /** Both sides have proved who they are and that they have seen the same. */
  onDone(secret: { readonly master: Uint8Array; readonly randoms: Randoms; readonly profile: KeyedProfile }): void;
}

/** One side of a handshake. */
export interface HandshakeSide {
  /** Says what it has to say unasked. */
  begin(): void;
  /** Takes the peer's next message; what is wrong with it, or undefined. */
  take(message: HandshakeMessage): Fault | undefined;
}

/** What is wrong with a message that nobody waits for. */
export const unexpected: Fault = fault("unexpectedMessage", "a message came out of turn");
/** What is wrong with a message that makes no sense. */
export const malformed: Fault = fault("decodeError", "a message could not be read");

/** The certificate that the peer shows in a message, which counts as heard then; or what is wrong with it. */
export function takeCertificate(parts: SideParts, message: HandshakeMessage): Result<Uint8Array, Fault> {
  const certificate = parseCertificate(message.body);
  if (certificate === undefined) return refused(fault("badCertificate", "the peer shows no certificate"));
  const wrong = certificateFault(parts, certificate);
  if (wrong !== undefined) return refused(wrong);
  parts.channel.heard(message);
  return ok(certificate);
}

/** What a certificate is wrong with: it is not the one that the description named. @rfc 8827#6.5 */
function certificateFault({ crypto, fingerprints }: SideParts, certificate: Uint8Array): Fault | undefined {
  const isNamed = fingerprints.some(
    ({ hash, value }) => crypto.fingerprint(hash, certificate).toUpperCase() === value.toUpperCase(),
  );
  return isNamed ? undefined : fault("badCertificate", "the certificate is not the one that was announced");
}

/** Makes the keys once both public keys are in the transcript; the master secret. */
export function makeKeys(
  { crypto, channel }: SideParts,
  { shared, randoms, isClient }: { readonly shared: Uint8Array; readonly randoms: Randoms; readonly isClient: boolean },
): Uint8Array {
  const master = masterSecret(crypto, shared, channel.transcriptHash());
  const keys = writeKeys(crypto, master, randoms);
  channel.setKeys(isClient ? keys.client : keys.server, isClient ? keys.server : keys.client);
  return master;
}

/** What is wrong with the peer's last message. */
export function finishedFault(
  { crypto, channel }: SideParts,
  message: HandshakeMessage,
  { master, by }: { readonly master: Uint8Array; readonly by: "client" | "server" },
): Fault | undefined {
  const expected = finishedOf(crypto, master, { by, transcriptHash: channel.transcriptHash() });
  const isGood = message.epoch === 1 && sameBytes(expected, message.body);
  return isGood ? undefined : fault("decryptError", "the handshake was tampered with");
}
