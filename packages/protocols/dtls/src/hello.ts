import { joined } from "@cordboard/kernel";
import { ByteReader, number, numbers, vector } from "./bytes.ts";
import { group, signatureScheme } from "./crypto.ts";
import { VERSION } from "./record.ts";

/** ECDHE with AES-128-GCM, our certificate being of ECDSA; and, as a client, the same for servers whose is of RSA. */
export const suite = { ecdsa: 0xc02b, rsa: 0xc02f } as const;

const extension = {
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiationInfo: 0xff01,
} as const;

/** The value in a list of suites that stands for an empty `renegotiation_info`. @rfc 5746#3.3 */
const RENEGOTIATION_SUITE = 0x00ff;
const RANDOM_BYTES = 32;

/** What a hello says of what we care for. */
interface Hello {
  readonly version: number;
  readonly random: Uint8Array;
  /** Numbers of SRTP profiles. @rfc 5764#4.1.1 */
  readonly profiles: readonly number[];
  /** What packets of SRTP are to bear besides, to tell several keys apart: none of ours do. @rfc 5764#4.1.3 */
  readonly keyIdentifier: Uint8Array;
  /** The secret is bound to the handshake. @rfc 7627#5.1 */
  readonly hasExtendedMaster: boolean;
}

/** What the client offers. */
export interface ClientHello extends Hello {
  readonly cookie: Uint8Array;
  readonly suites: readonly number[];
  readonly hasNoCompression: boolean;
  readonly groups: readonly number[];
  readonly schemes: readonly number[];
  readonly knowsRenegotiation: boolean;
  readonly hasPointFormats: boolean;
}

/** What the server chose. */
export interface ServerHello extends Hello {
  readonly suite: number;
  readonly compression: number;
}

type Extensions = ReadonlyMap<number, Uint8Array>;

/** Undefined when they are cut, or one comes twice. */
function readExtensions(reader: ByteReader): Extensions | undefined {
  const found = new Map<number, Uint8Array>();
  if (reader.left === 0) return found;
  const all = new ByteReader(reader.vector(2));
  while (all.left > 0 && !all.isCut) {
    const type = all.number(2);
    if (found.has(type)) return undefined;
    found.set(type, all.vector(2));
  }
  return all.isDone && reader.isDone ? found : undefined;
}

const listIn = (extensions: Extensions, type: number): readonly number[] =>
  new ByteReader(extensions.get(type) ?? new Uint8Array(0)).numbers(2);

function srtpIn(extensions: Extensions): Pick<Hello, "profiles" | "keyIdentifier"> {
  const reader = new ByteReader(extensions.get(extension.useSrtp) ?? new Uint8Array(0));
  return { profiles: reader.numbers(2), keyIdentifier: reader.vector(1) };
}

/** Reads a client's hello; undefined for what is none. @rfc 6347#4.2.1 */
export function parseClientHello(body: Uint8Array): ClientHello | undefined {
  const reader = new ByteReader(body);
  const version = reader.number(2);
  const random = reader.bytes(RANDOM_BYTES);
  reader.vector(1);
  const cookie = reader.vector(1);
  const suites = reader.numbers(2);
  const compressions = reader.vector(1);
  const extensions = readExtensions(reader);
  if (reader.isCut || extensions === undefined) return undefined;
  return {
    version,
    random,
    cookie,
    suites,
    hasNoCompression: compressions.includes(0),
    groups: listIn(extensions, extension.supportedGroups),
    schemes: listIn(extensions, extension.signatureAlgorithms),
    ...srtpIn(extensions),
    hasExtendedMaster: extensions.has(extension.extendedMasterSecret),
    knowsRenegotiation: suites.includes(RENEGOTIATION_SUITE) || extensions.has(extension.renegotiationInfo),
    hasPointFormats: extensions.has(extension.pointFormats),
  };
}

/** Reads a server's hello; undefined for what is none. */
export function parseServerHello(body: Uint8Array): ServerHello | undefined {
  const reader = new ByteReader(body);
  const version = reader.number(2);
  const random = reader.bytes(RANDOM_BYTES);
  reader.vector(1);
  const chosen = reader.number(2);
  const compression = reader.number(1);
  const extensions = readExtensions(reader);
  if (reader.isCut || extensions === undefined) return undefined;
  return {
    version,
    random,
    suite: chosen,
    compression,
    ...srtpIn(extensions),
    hasExtendedMaster: extensions.has(extension.extendedMasterSecret),
  };
}

/** The cookie of a server that wants it back before it does any work; undefined for what is no such wish. @rfc 6347#4.2.1 */
export function parseVerifyRequest(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body);
  reader.number(2);
  const cookie = reader.vector(1);
  return reader.isDone ? cookie : undefined;
}

const printExtension = (type: number, ...pieces: readonly Uint8Array[]): Uint8Array =>
  joined(number(type, 2), vector(2, ...pieces));

/** No key identifier: there is one key. */
const useSrtp = (profiles: readonly number[]): Uint8Array =>
  printExtension(extension.useSrtp, numbers(2, profiles), vector(1));

/** Our hello as a client. */
export const printClientHello = (hello: {
  readonly random: Uint8Array;
  readonly cookie: Uint8Array;
  readonly profiles: readonly number[];
}): Uint8Array =>
  joined(
    number(VERSION, 2),
    hello.random,
    vector(1),
    vector(1, hello.cookie),
    numbers(2, [suite.ecdsa, suite.rsa]),
    vector(1, number(0, 1)),
    vector(
      2,
      printExtension(extension.supportedGroups, numbers(2, Object.values(group))),
      printExtension(extension.pointFormats, vector(1, number(0, 1))),
      printExtension(extension.signatureAlgorithms, numbers(2, Object.values(signatureScheme))),
      useSrtp(hello.profiles),
      printExtension(extension.extendedMasterSecret),
      printExtension(extension.renegotiationInfo, vector(1)),
    ),
  );

/** Our hello as a server. */
export const printServerHello = (hello: {
  readonly random: Uint8Array;
  readonly profile: number;
  readonly to: ClientHello;
}): Uint8Array =>
  joined(
    number(VERSION, 2),
    hello.random,
    vector(1),
    number(suite.ecdsa, 2),
    number(0, 1),
    vector(
      2,
      useSrtp([hello.profile]),
      printExtension(extension.extendedMasterSecret),
      ...(hello.to.knowsRenegotiation ? [printExtension(extension.renegotiationInfo, vector(1))] : []),
      ...(hello.to.hasPointFormats ? [printExtension(extension.pointFormats, vector(1, number(0, 1)))] : []),
    ),
  );
