import { randomBytes, webcrypto } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "@cordboard/kernel";

/** A certificate chain and its key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The local authority's own certificate (for people to trust) and the server's, signed by it. */
export interface LocalCertificates {
  readonly authority: string;
  readonly server: KeyPair;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** Browsers refuse server certificates of more than 398 days. */
const SERVER_DAYS = 397;
const AUTHORITY_DAYS = 3650;
/** A server certificate with less than this left is made anew at start. */
const RENEW_DAYS = 30;

/** The library that makes certificates needs a polyfill and some time to load, so it is loaded when one is made. */
async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/**
 * Reads the certificates in `<data>/tls`, or makes them: the authority once, the server's when it is missing, about to run out,
 * or does not name one of `names`. Keys have mode 0600.
 */
export async function localCertificates(
  dataFolder: string,
  names: readonly string[],
  clock: Clock,
): Promise<LocalCertificates> {
  const folder = join(dataFolder, "tls");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kept = await readPairs(folder);
  if (kept !== undefined && !(await isStale(kept.server.cert, names, clock))) return kept;
  const authority = kept?.authorityPair ?? (await makeAuthority(clock));
  const server = await makeServer(authority, names, clock);
  await writePair(folder, "ca", authority);
  await writePair(folder, "server", server);
  return { authority: authority.cert, server };
}

/**
 * The names under which this machine is reached: given hosts first, then its host name, loopback, and the addresses that it
 * listens on. Names below `.localhost` are named one by one: clients refuse a wildcard there.
 */
export function certificateNames(hosts: readonly string[], addresses: readonly string[]): readonly string[] {
  const literal = addresses.filter((address) => address !== "0.0.0.0" && address !== "::");
  return [...new Set([...hosts, hostname().toLowerCase(), "localhost", "127.0.0.1", "::1", ...literal])];
}

async function readPairs(
  folder: string,
): Promise<(LocalCertificates & { readonly authorityPair: KeyPair }) | undefined> {
  try {
    const [caCert, caKey, cert, key] = await Promise.all(
      ["ca.pem", "ca.key", "server.pem", "server.key"].map((name) => readFile(join(folder, name), "utf8")),
    );
    if (caCert === undefined || caKey === undefined || cert === undefined || key === undefined) return undefined;
    return { authority: caCert, authorityPair: { cert: caCert, key: caKey }, server: { cert, key } };
  } catch {
    return undefined;
  }
}

async function isStale(cert: string, names: readonly string[], clock: Clock): Promise<boolean> {
  const { X509Certificate } = await import("node:crypto");
  const parsed = new X509Certificate(cert);
  const left = Date.parse(parsed.validTo) - clock.now();
  const covers = (name: string): boolean =>
    (isIP(name) === 0 ? parsed.checkHost(name) : parsed.checkIP(name)) !== undefined;
  return left < RENEW_DAYS * DAY_MS || !names.every(covers);
}

async function makeAuthority(clock: Clock): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Cordboard local authority ${randomBytes(3).toString("hex")}`,
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await keyText(keys.privateKey) };
}

async function makeServer(authority: KeyPair, names: readonly string[], clock: Clock): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pemBytes(authority.key), ALGORITHM, false, ["sign"]);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${names[0] ?? "localhost"}`,
    issuer: issuer.subject,
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + SERVER_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) !== 0 ? ("ip" as const) : ("dns" as const), value: name })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { cert: `${cert.toString("pem")}\n${authority.cert}`, key: await keyText(keys.privateKey) };
}

/** A positive serial number of 15 random bytes (RFC 5280 §4.1.2.2 allows 20). */
const serial = (): string => `01${randomBytes(15).toString("hex")}`;

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

const pemBytes = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");

/** Written beside and renamed, so that a crash leaves the old pair or the new one. The key goes first: it is useless alone. */
async function writePair(folder: string, name: string, { cert, key }: KeyPair): Promise<void> {
  for (const [file, content] of [
    [`${name}.key`, key],
    [`${name}.pem`, cert],
  ] as const) {
    const beside = join(folder, `.${file}.new`);
    await writeFile(beside, content, { mode: 0o600 });
    await rename(beside, join(folder, file));
  }
}
