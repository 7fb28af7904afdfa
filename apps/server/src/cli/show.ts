import type { CallView, ForwardTarget, HistoryView, LegView } from "@cordboard/core";
import type {
  ShownCertificate,
  ShownKey,
  ShownMessage,
  ShownReach,
  ShownRecording,
  ShownUser,
} from "../admin/administration.ts";
import type { ShownDevice } from "../admin/protection-rules.ts";
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

/** Calls that are up, a line for each leg that has not ended. */
export function callsText(calls: readonly CallView[]): string {
  if (calls.length === 0) return "no calls are up";
  return table(
    ["CALL", "STATE", "FROM", "TO", "LEG", "AT", "LEG STATE", "SINCE"],
    calls.flatMap(({ id, state, parkedAt, from, to, legs }) =>
      legs
        .filter((leg) => leg.state !== "ended")
        .map((leg, index) => [
          ...(index === 0
            ? [id, parkedAt === null ? state : `parked at ${parkedAt}`, from.number, to.number]
            : ["", "", "", ""]),
          leg.id,
          leg.extension ?? leg.trunk ?? "",
          wordsOf(leg),
          leg.answeredAt ?? leg.startedAt,
        ]),
    ),
  );
}

const wordsOf = ({ state, isHolding, isRecorded, role }: LegView): string =>
  [
    state,
    ...(isHolding ? ["holding"] : []),
    ...(isRecorded ? ["recorded"] : []),
    ...(role === "talker" ? [] : [role]),
  ].join(", ");

/** Devices that are registered. */
export function devicesText(devices: readonly ShownDevice[]): string {
  if (devices.length === 0) return "no devices are registered";
  return table(
    ["ID", "EXTENSION", "USER AGENT", "TRANSPORT", "SRTP", "CONTACT"],
    devices.map(({ id, extension, userAgent, transport, soundProtection, contact }) => [
      id,
      extension,
      userAgent,
      transport,
      soundProtection,
      contact,
    ]),
  );
}

/** How a user is reached. */
export function reachText(reach: ShownReach): string {
  const { extension, name, forward, mobile, mobileAfterSeconds } = reach;
  const after = mobileAfterSeconds === null ? "not rung" : `rung after ${mobileAfterSeconds} s`;
  return [
    `${extension} ${name}`,
    `do not disturb          ${reach.doNotDisturb ? "on" : "off"}`,
    `call waiting            ${reach.callWaiting ? "on" : "off"}`,
    `rings for               ${reach.ringSeconds} s`,
    `mobile                  ${mobile === null ? "none" : `${mobile}, ${after}`}`,
    `forward always          ${targetText(forward.always)}`,
    `forward busy            ${targetText(forward.busy)}`,
    `forward no answer       ${targetText(forward.noAnswer)}`,
    `forward not registered  ${targetText(forward.notRegistered)}`,
  ].join("\n");
}

const targetText = (target: ForwardTarget | null): string =>
  target === null ? "none" : target.kind === "number" ? target.number : target.kind;

/** Recordings of calls, newest first. */
export function recordingsText(recordings: readonly ShownRecording[]): string {
  if (recordings.length === 0) return "no recordings yet";
  return table(
    ["ID", "START", "EXTENSION", "WITH", "SECONDS", "FILE"],
    recordings.map(({ id, startedAt, extension, other, lasted, file }) => [
      id,
      startedAt,
      extension,
      other.number,
      lasted === null ? "running" : String(lasted),
      file,
    ]),
  );
}

/** Messages that were left for users. */
export function messagesText(messages: readonly ShownMessage[]): string {
  if (messages.length === 0) return "no messages";
  return table(
    ["ID", "FOR", "LEFT AT", "FROM", "SECONDS", "HEARD", "FILE"],
    messages.map(({ id, extension, at, from, lasted, isHeard, file }) => [
      ...[id, extension, at, from.number, String(lasted), isHeard ? "yes" : "no", file],
    ]),
  );
}
