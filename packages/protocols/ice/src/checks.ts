import type { Candidate } from "./candidate.ts";
import { candidatePriority } from "./candidate.ts";
import type { IceCredentials } from "./credentials.ts";
import type { ReceivedStun, StunAttribute, StunCrypto, StunMessage } from "./stun/message.ts";
import { attributeType, printStun } from "./stun/message.ts";
import { numberAttribute, textAttribute } from "./stun/values.ts";

/** What two sides have told each other for one run of checks. */
export interface IceTerms {
  readonly local: IceCredentials;
  readonly remote: IceCredentials;
  readonly candidates: readonly Candidate[];
  /** We choose the way. */
  readonly isControlling: boolean;
  /** The peer checks nothing by itself, and leaves choosing to us. */
  readonly isRemoteLite: boolean;
}

/** What one check says. */
export interface Check {
  /** 12 bytes in hexadecimal digits. */
  readonly transaction: string;
  readonly terms: IceTerms;
  readonly isControlling: boolean;
  readonly tieBreaker: Uint8Array;
  /** This is the way. */
  readonly isNominating: boolean;
}

const asciiBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Bytes as hexadecimal digits. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (two) => Number.parseInt(two, 16));

/** A check of ours, signed as the peer expects it. @rfc 8445#7.2.2 */
export function printCheck(
  { transaction, terms, isControlling, tieBreaker, isNominating }: Check,
  crypto: StunCrypto,
): Uint8Array {
  const { local, remote } = terms;
  const part = isControlling ? attributeType.iceControlling : attributeType.iceControlled;
  const attributes: StunAttribute[] = [
    textAttribute(attributeType.username, `${remote.usernameFragment}:${local.usernameFragment}`),
    numberAttribute(attributeType.priority, candidatePriority("prflx")),
    { type: part, value: tieBreaker },
    ...(isNominating && isControlling ? [{ type: attributeType.useCandidate, value: new Uint8Array(0) }] : []),
  ];
  const message: StunMessage = { class: "request", transaction: bytesOf(transaction), attributes };
  return printStun(message, { key: asciiBytes(remote.password), crypto });
}

/** The name that the peer's checks of a run bear. */
export const nameOfPeersChecks = ({ local, remote }: IceTerms): string =>
  `${local.usernameFragment}:${remote.usernameFragment}`;

/** Whether a message is signed with one side's password. */
export const isSignedBy = (message: ReceivedStun, { password }: IceCredentials, crypto: StunCrypto): boolean =>
  message.isSignedWith(asciiBytes(password), crypto);

/** Our answer to the peer's check, signed with our password. */
export const printAnswer = (
  { transaction }: StunMessage,
  answer: {
    readonly class: "success" | "error";
    readonly attributes: readonly StunAttribute[];
    readonly by: IceCredentials;
  },
  crypto: StunCrypto,
): Uint8Array =>
  printStun(
    { class: answer.class, transaction, attributes: answer.attributes },
    { key: asciiBytes(answer.by.password), crypto },
  );

const known: ReadonlySet<number> = new Set(Object.values(attributeType));

/** The first attribute that must be understood and is not. @rfc 8489#6.3.1 */
export const unknownAttribute = ({ attributes }: StunMessage): number | undefined =>
  attributes.find(({ type }) => type < 0x8000 && !known.has(type))?.type;
