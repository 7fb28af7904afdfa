import { xmlDocument, xmlElement, xmlText } from "./xml.ts";

/** The media type of the `reg` package's bodies. @rfc 3680#4 */
export const REGINFO = "application/reginfo+xml";

/** One contact of an address of record. @rfc 3680#5.2 */
export interface RegisteredContact {
  /** Names it within the document, for as long as it is registered. */
  readonly id: string;
  readonly uri: string;
  readonly displayName?: string;
  /** What happened to it last; the last five mean that it is gone. */
  readonly event:
    | "registered"
    | "created"
    | "refreshed"
    | "shortened"
    | "expired"
    | "deactivated"
    | "probation"
    | "unregistered"
    | "rejected";
  readonly expiresSeconds?: number;
  /** Preference in thousandths. */
  readonly qMilli?: number;
}

/** What the watchers of a registration are told: every contact of an address of record. @rfc 3680#5 */
export function printRegistrationInfo(aor: string, version: number, contacts: readonly RegisteredContact[]): string {
  const isActive = contacts.some(({ event }) => !gone.has(event));
  const state = isActive ? "active" : contacts.length === 0 ? "init" : "terminated";
  const registration = xmlElement("registration", { aor, id: "r1", state }, contacts.map(contactElement).join(""));
  const attributes = { xmlns: "urn:ietf:params:xml:ns:reginfo", version, state: "full" };
  return xmlDocument(xmlElement("reginfo", attributes, registration));
}

const gone: ReadonlySet<string> = new Set(["expired", "deactivated", "probation", "unregistered", "rejected"]);

function contactElement({ id, uri, displayName, event, expiresSeconds, qMilli }: RegisteredContact): string {
  const attributes = {
    id,
    state: gone.has(event) ? "terminated" : "active",
    event,
    expires: expiresSeconds,
    q: qMilli === undefined ? undefined : (qMilli / 1000).toString(),
  };
  const name = displayName === undefined ? "" : xmlElement("display-name", {}, xmlText(displayName));
  return xmlElement("contact", attributes, xmlElement("uri", {}, xmlText(uri)) + name);
}
