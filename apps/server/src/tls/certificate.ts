import { createHash, X509Certificate } from "node:crypto";
import type { FSWatcher } from "node:fs";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createSecureContext } from "node:tls";
import type { Clock, Log, Timer } from "@cordboard/kernel";
import { ms, PlatformError } from "@cordboard/kernel";
import type { KeyPair } from "./authority.ts";

/** Files of a certificate that somebody else keeps. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The certificate in use; listeners ask to be told when it changes. */
export interface ServerCertificate {
  readonly pair: () => KeyPair;
  /** SHA-256 of the certificate as people compare it: `AB:CD:…`. */
  readonly fingerprint: () => string;
  readonly onChange: (listener: (pair: KeyPair) => void) => void;
  readonly close: () => void;
}

/** A renewal writes two files, one after the other: wait for a quiet moment before reading both. */
const SETTLE = ms(200);

/** A certificate that does not change while we run. */
export function fixedCertificate(pair: KeyPair): ServerCertificate {
  return { pair: () => pair, fingerprint: () => fingerprintOf(pair.cert), onChange: () => {}, close: () => {} };
}

/**
 * Reads a certificate and its key and watches both: a usable new pair is taken for new connections; one that cannot be used is
 * logged, and the old one stays. Throws `bad-settings` when the first pair cannot be used.
 */
export async function watchedCertificate(
  files: CertificateFiles,
  parts: { readonly clock: Clock; readonly log: Log },
): Promise<ServerCertificate> {
  let current = await readPair(files);
  const listeners: ((pair: KeyPair) => void)[] = [];
  let settling: Timer | undefined;
  const reload = async (): Promise<void> => {
    try {
      const next = await readPair(files);
      if (next.cert === current.cert && next.key === current.key) return;
      current = next;
      parts.log.info("certificate changed", { fingerprint: fingerprintOf(next.cert) });
      for (const listener of listeners) listener(next);
    } catch (fault) {
      parts.log.warn("the new certificate cannot be used, so the old one stays", { fault });
    }
  };
  const changed = (): void => {
    settling?.cancel();
    settling = parts.clock.after(SETTLE, () => void reload());
  };
  // Folders are watched, because renewals replace the files.
  const watchers: FSWatcher[] = [...new Set([dirname(files.cert), dirname(files.key)])].map((folder) =>
    watch(folder, { persistent: false }, changed),
  );
  return {
    pair: () => current,
    fingerprint: () => fingerprintOf(current.cert),
    onChange: (listener) => listeners.push(listener),
    close: () => {
      settling?.cancel();
      for (const watcher of watchers) watcher.close();
    },
  };
}

async function readPair(files: CertificateFiles): Promise<KeyPair> {
  try {
    const pair = { cert: await readFile(files.cert, "utf8"), key: await readFile(files.key, "utf8") };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    throw new PlatformError("bad-settings", "CORDBOARD_TLS_CERT and CORDBOARD_TLS_KEY are no usable pair", cause);
  }
}

function fingerprintOf(cert: string): string {
  const digest = createHash("sha256").update(new X509Certificate(cert).raw).digest("hex");
  return (digest.toUpperCase().match(/../g) ?? []).join(":");
}
