import type { Instant } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import { xmlDocument, xmlElement, xmlText } from "./xml.ts";

/** The media type of the `presence` package's bodies. @rfc 3863 */
export const PIDF = "application/pidf+xml";

/** What somebody does, in the words of RPID. @rfc 4480#3.2 */
export type Activity = "appointment" | "away" | "busy" | "meal" | "meeting" | "on-the-phone" | "vacation";

/** What the watchers of somebody's presence are told. */
export interface PresenceInfo {
  /** Whose it is, as URI. */
  readonly entity: string;
  /** Whether a call would be taken. */
  readonly isOpen: boolean;
  readonly activities?: readonly Activity[];
  /** A word of their own. */
  readonly note?: string;
  readonly contact?: string;
  /** When it changed last. */
  readonly since?: Instant;
}

/** A presence document: basic status for all, activities for those phones that know RPID. @rfc 3863#4.1 */
export function printPresence({ entity, isOpen, activities = [], note, contact, since }: PresenceInfo): string {
  const words = note === undefined || note === "" ? "" : xmlText(note);
  const status = xmlElement("status", {}, xmlElement("basic", {}, isOpen ? "open" : "closed"));
  const reached = contact === undefined ? "" : xmlElement("contact", {}, xmlText(contact));
  const said = words === "" ? "" : xmlElement("note", {}, words);
  const time = since === undefined ? "" : xmlElement("timestamp", {}, isoText(since));
  const tuple = xmlElement("tuple", { id: "t1" }, status + reached + said + time);
  const doing = activities.map((each) => xmlElement(`rpid:${each}`, {})).join("");
  const busy = doing === "" ? "" : xmlElement("rpid:activities", {}, doing);
  const personal = busy + (words === "" ? "" : xmlElement("dm:note", {}, words));
  const person = personal === "" ? "" : xmlElement("dm:person", { id: "p1" }, personal);
  const attributes = {
    xmlns: "urn:ietf:params:xml:ns:pidf",
    "xmlns:dm": "urn:ietf:params:xml:ns:pidf:data-model",
    "xmlns:rpid": "urn:ietf:params:xml:ns:pidf:rpid",
    entity,
  };
  return xmlDocument(xmlElement("presence", attributes, tuple + person));
}
