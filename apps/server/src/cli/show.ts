import type { HistoryView } from "@cordboard/core";
import type { ShownCertificate, ShownKey, ShownUser } from "../admin/administration.ts";
import { table } from "./table.ts";

/** The last calls, newest first. */
export function historyText(rows: readonly HistoryView[]): string {
  if (rows.length === 0) return "no calls yet";
  return table(
    ["START", "FROM", "TO", "OUTCOME", "SECONDS", "APPLICATION", "CAUSE"],
    rows.map(({ start, timezone, src, dst, disposition, billsec, lastapp, cause }) => [
      `${start} ${timezone}`,
      src,
      dst,
      disposition ?? "up",
      String(billsec),
      lastapp,
      String(cause ?? ""),
    ]),
  );
}

/** A certificate and what to do with it. */
export function certText({ fingerprint, subject, names, validUntil, authority }: ShownCertificate): string {
  const trust =
    authority === null
      ? []
      : [`authority    ${authority}`, "             programs that trust this file trust the server"];
  return [
    `subject      ${subject}`,
    `names        ${names}`,
    `valid until  ${validUntil}`,
    `SHA-256      ${fingerprint}`,
    ...trust,
  ].join("\n");
}

/** The users of a tenant. */
export function usersText(users: readonly ShownUser[]): string {
  if (users.length === 0) return "no users yet";
  return table(
    ["EXTENSION", "NAME", "ROLE", "MOBILE"],
    users.map(({ extension, name, role, mobile }) => [extension, name, role, mobile ?? ""]),
  );
}

/** A new user with the passwords that are shown once. */
export function newUserText(made: {
  readonly user: ShownUser;
  readonly sipPassword: string;
  readonly webPassword: string;
}): string {
  return [
    `user ${made.user.extension} added: ${made.user.name}`,
    `SIP password  ${made.sipPassword}`,
    `web password  ${made.webPassword}`,
  ].join("\n");
}

/** The keys of a tenant, without their text. */
export function keysText(keys: readonly ShownKey[]): string {
  if (keys.length === 0) return "no keys yet";
  return table(
    ["ID", "NAME", "ROLE", "EXTENSIONS", "A MINUTE", "AT ONCE"],
    keys.map(({ id, name, role, limits }) => [
      id,
      name,
      role,
      limits.extensions?.join(",") ?? "all",
      String(limits.ratePerMinute ?? ""),
      String(limits.concurrentCalls ?? ""),
    ]),
  );
}

/** A new key with its text, which is shown once. */
export function keyText(key: ShownKey & { readonly key: string }): string {
  return `${key.key}\nkept as ${key.id}; this text is not shown again`;
}
