import { xmlDocument, xmlElement, xmlText } from "./xml.ts";

/** The media type of the `dialog` package's bodies. @rfc 4235#4 */
export const DIALOG_INFO = "application/dialog-info+xml";

/** One side of a dialog, as its watchers see it. */
export interface DialogParty {
  /** Who it is, as URI. */
  readonly identity: string;
  readonly display?: string;
  /** Where it is reached; left out for who may not know. */
  readonly target?: string;
}

/** One call of the watched, from its side. @rfc 4235#4.1.2 */
export interface WatchedDialog {
  /** Names it within the document. */
  readonly id: string;
  /** With both tags it can be replaced, and so picked up, by INVITE with Replaces; `local` is the watched. */
  readonly callId?: string;
  readonly localTag?: string;
  readonly remoteTag?: string;
  /** Whether the watched made the call. */
  readonly isInitiator: boolean;
  readonly state: "trying" | "proceeding" | "early" | "confirmed" | "terminated";
  readonly isHeld?: boolean;
  readonly local?: DialogParty;
  readonly remote?: DialogParty;
}

/** What a watcher of the `dialog` package is told: every call of `entity`, none when it is idle. @rfc 4235#4.1 */
export function printDialogInfo(entity: string, version: number, dialogs: readonly WatchedDialog[]): string {
  const attributes = { xmlns: "urn:ietf:params:xml:ns:dialog-info", version, state: "full", entity };
  return xmlDocument(xmlElement("dialog-info", attributes, dialogs.map(dialogElement).join("")));
}

function dialogElement(dialog: WatchedDialog): string {
  const { id, callId, localTag, remoteTag, isInitiator, state, isHeld = false, local, remote } = dialog;
  const attributes = {
    id,
    "call-id": callId,
    "local-tag": localTag,
    "remote-tag": remoteTag,
    direction: isInitiator ? "initiator" : "recipient",
  };
  const sides = partyElement("local", local, isHeld) + partyElement("remote", remote, false);
  return xmlElement("dialog", attributes, xmlElement("state", {}, state) + sides);
}

/** A party that holds says so by a parameter of its target. @rfc 4235#4.1.6 */
function partyElement(name: "local" | "remote", party: DialogParty | undefined, isHeld: boolean): string {
  if (party === undefined) return "";
  const { identity, display, target } = party;
  const rendering = isHeld ? xmlElement("param", { pname: "+sip.rendering", pval: "no" }) : "";
  const where = target ?? (isHeld ? identity : undefined);
  const reached = where === undefined ? "" : xmlElement("target", { uri: where }, rendering);
  return xmlElement(name, {}, xmlElement("identity", { display }, xmlText(identity)) + reached);
}
