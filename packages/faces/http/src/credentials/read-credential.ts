import type { IncomingHttpHeaders } from "node:http";
import type { Credential } from "@cordboard/core";
import type { TenantId } from "@cordboard/kernel";
import { parseHost } from "../doors/host.ts";

/** Where a log-in's tenant comes from. */
export interface TenantNames {
  /** The tenant of a domain, or `undefined`. */
  tenantOfDomain(domain: string): TenantId | undefined;
  defaultTenant(): TenantId;
}

const LONGEST = 2048;
const BEARER = /^bearer +(\S+)$/i;
const BASIC = /^basic +([A-Za-z0-9+/=_-]+)$/i;

/**
 * The credential that a request carries: `x-api-key`, else `Authorization` as Bearer or Basic. `undefined` for none, and
 * for one that cannot be read. A log-in is `user@domain`, or `user` at the tenant of Host, else at the default one.
 */
export function readCredential(
  headers: IncomingHttpHeaders,
  host: string | undefined,
  names: TenantNames,
): Credential | undefined {
  const key = readKey(headers);
  if (key !== undefined) return { kind: "key", token: key };
  const encoded = BASIC.exec(bounded(headers.authorization))?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  return { kind: "password", ...logIn(text.slice(0, colon), host, names), password: text.slice(colon + 1) };
}

/** The API key that a request carries in `x-api-key` or as Bearer; `undefined` for none. */
export function readKey(headers: IncomingHttpHeaders): string | undefined {
  const own = headers["x-api-key"];
  const token = bounded(typeof own === "string" ? own : own?.[0]).trim();
  return token !== "" ? token : BEARER.exec(bounded(headers.authorization))?.[1];
}

/** Name and tenant of a log-in. A domain that is not ours stays in the name, which then is nobody's. */
function logIn(
  text: string,
  host: string | undefined,
  names: TenantNames,
): { readonly tenant: TenantId; readonly name: string } {
  const at = text.lastIndexOf("@");
  if (at >= 0) {
    const tenant = names.tenantOfDomain(text.slice(at + 1));
    return tenant === undefined ? { tenant: names.defaultTenant(), name: text } : { tenant, name: text.slice(0, at) };
  }
  const ofHost = host === undefined ? undefined : names.tenantOfDomain(parseHost(host)?.name ?? "");
  return { tenant: ofHost ?? names.defaultTenant(), name: text };
}

/** A header's text, or nothing when it is longer than any credential. */
const bounded = (text: string | undefined): string => (text === undefined || text.length > LONGEST ? "" : text);
