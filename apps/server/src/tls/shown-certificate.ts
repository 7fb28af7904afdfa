import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { ShownCertificate } from "../admin/administration.ts";
import type { Foundation } from "../system/foundation.ts";
import { certificateNames, localCertificates } from "./authority.ts";
import type { ServerCertificate } from "./certificate.ts";
import { fixedCertificate, watchedCertificate } from "./certificate.ts";

/** The certificate that this server shows, and the authority behind it when that is our own. */
export interface ChosenCertificate {
  readonly certificate: ServerCertificate;
  /** PEM of the local authority; `undefined` when the operator brought a certificate. */
  readonly authority: string | undefined;
}

/** What the choice depends on. */
export type CertificateParts = Pick<Foundation, "settings" | "dataFolder" | "host" | "config">;

/** The operator's certificate when there is one, else one of the local authority. */
export async function chooseCertificate({
  settings,
  dataFolder,
  host,
  config,
}: CertificateParts): Promise<ChosenCertificate> {
  const { tlsCert: cert, tlsKey: key, publicUrl } = settings;
  if (cert !== undefined && key !== undefined) {
    return { certificate: await watchedCertificate({ cert, key }, host), authority: undefined };
  }
  const domains = (await config.tenants()).map(({ domain }) => domain);
  const names = certificateNames([...(publicUrl === undefined ? [] : [publicUrl.hostname]), ...domains], settings.bind);
  const local = await localCertificates(dataFolder, names, host.clock);
  return { certificate: fixedCertificate(local.server), authority: local.authority };
}

/** The certificate for people to read. */
export function showCertificate({ certificate, authority }: ChosenCertificate, dataFolder: string): ShownCertificate {
  const { subject, subjectAltName, validTo } = new X509Certificate(certificate.pair().cert);
  return {
    fingerprint: certificate.fingerprint(),
    subject,
    names: (subjectAltName ?? "").replaceAll(/(DNS|IP Address):/g, ""),
    validUntil: new Date(validTo).toISOString(),
    authority: authority === undefined ? null : join(dataFolder, "tls", "ca.pem"),
  };
}

/** Reads, and at first makes, the certificate of a server that does not run. */
export async function certificateOf(parts: CertificateParts): Promise<ShownCertificate> {
  const chosen = await chooseCertificate(parts);
  chosen.certificate.close();
  return showCertificate(chosen, parts.dataFolder);
}
