import type { CallView, LegView, MailboxCounts, PresenceView } from "@cordboard/core";
import { callSign } from "@cordboard/core";
import type { Instant } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { Activity, DialogParty, WatchedDialog } from "@cordboard/sip";
import {
  makeUri,
  printDialogInfo,
  printMessageSummary,
  printPresence,
  printRegistrationInfo,
  printUri,
} from "@cordboard/sip";
import type { Registered } from "./registered.ts";

/** A number of a tenant, as watchers name it. */
export interface WatchedNumber {
  readonly number: string;
  readonly domain: string;
}

/** The number's address of record. */
const addressOfRecord = ({ number, domain }: WatchedNumber): string => printUri(makeUri(number, domain));

/** The calls at a number, for the lamp of a key. @rfc 4235 */
export function dialogDocument(of: WatchedNumber, calls: readonly CallView[], version: number): string {
  const dialogs = calls.flatMap((call) => dialogsAt(of, call));
  // Many phones wait for the word that a call is over; that none is named any more is not enough for them.
  const idle: WatchedDialog = { id: "idle", isInitiator: false, state: "terminated" };
  return printDialogInfo(addressOfRecord(of), version, dialogs.length === 0 ? [idle] : dialogs);
}

function dialogsAt(of: WatchedNumber, call: CallView): readonly WatchedDialog[] {
  const { number, domain } = of;
  const legs = call.legs.filter(({ extension, state }) => extension === number && state !== "ended");
  const local: DialogParty = { identity: addressOfRecord(of) };
  // A place where calls wait, or a room, is taken as long as there is one; who that is is nobody's business.
  if (legs.length === 0) return [{ id: call.id, isInitiator: false, state: "confirmed", local }];
  const sign = callSign(call, number);
  const leg = legs.find(({ state }) => state === "answered") ?? legs[0];
  if (sign === undefined || leg === undefined) return [];
  const other = leg.side === "caller" ? call.to : call.from;
  const remote: DialogParty = {
    identity: addressOfRecord({ number: other.number, domain }),
    ...(other.name === "" ? {} : { display: other.name }),
  };
  return [
    {
      id: call.id,
      isInitiator: sign === "talking" && leg.side === "caller",
      state: leg.state === "answered" ? "confirmed" : sign === "ringing" || hasProgress(call, leg) ? "early" : "trying",
      isHeld: leg.isHolding,
      local,
      ...(other.number === "" ? {} : { remote }),
    },
  ];
}

/** Whether somebody else in the call has been reached. */
const hasProgress = ({ legs }: CallView, own: LegView): boolean =>
  legs.some(({ id, state }) => id !== own.id && (state === "ringing" || state === "answered"));

/**
 * How a user is. A call would be taken where a phone is registered, unless it is not to ring; what the user does is told beside.
 * @rfc 3863#4.1.4
 */
export function presenceDocument(of: WatchedNumber, presence: PresenceView): string {
  const { shown, status, text, isRegistered, since } = presence;
  return printPresence({
    entity: addressOfRecord(of),
    isOpen: isRegistered && status !== "do-not-disturb",
    activities: activities[shown],
    note: text,
    since: instant(Date.parse(since)),
  });
}

const activities: Readonly<Record<PresenceView["shown"], readonly Activity[]>> = {
  offline: [],
  available: [],
  away: ["away"],
  "do-not-disturb": ["busy"],
  ringing: ["busy"],
  talking: ["on-the-phone"],
};

/** What a mailbox holds, and where it is listened to. @rfc 3842 */
export const mailboxDocument = (counts: MailboxCounts, voicemail: WatchedNumber | undefined): string =>
  printMessageSummary({
    newCount: counts.fresh,
    oldCount: counts.old,
    ...(voicemail === undefined ? {} : { account: addressOfRecord(voicemail) }),
  });

/** Where a user is registered. @rfc 3680 */
export function registrationDocument(
  of: WatchedNumber,
  registered: readonly Registered[],
  at: { readonly version: number; readonly now: Instant },
): string {
  const contacts = registered.flatMap(({ device, flows }) =>
    flows.map(({ contact, expiresAt, qMilli }, i) => ({
      id: `${device}${i === 0 ? "" : `-${i}`}`,
      uri: contact,
      event: "registered" as const,
      expiresSeconds: Math.max(0, Math.ceil((expiresAt - at.now) / 1000)),
      qMilli,
    })),
  );
  return printRegistrationInfo(addressOfRecord(of), at.version, contacts);
}
