import type { SipSecrets } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";

/** Secrets as the text that is sealed. */
export const textOf = ({ md5, sha256 }: SipSecrets): string => JSON.stringify({ md5, sha256 });

/** Secrets from the text that was sealed; nothing when it is not of that form. */
export function secretsOfText(text: string): SipSecrets | undefined {
  const { md5, sha256 } = JSON.parse(text) as Partial<SipSecrets>;
  return md5 === undefined || sha256 === undefined ? undefined : { md5, sha256 };
}

/** Whose secrets they are, sealed in: a row that is moved to another user does not open. */
export const boundTo = (tenant: TenantId, user: UserId): readonly string[] => ["sip-secrets", tenant, user];
