import type { DialogState } from "../dialog/dialog.ts";
import { nextRequest } from "../dialog/dialog.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { Content, SipRequest } from "../message/message.ts";
import { bodyBytes } from "../message/print.ts";
import { isOwned } from "../message/respond.ts";
import { printHost } from "../message/uri.ts";
import { printNameAddr } from "../message/values.ts";
import type { Core } from "./core.ts";
import type { Endpoint, Flow, TransportName } from "./flow.ts";
import type { Path } from "./outbound.ts";

/** What a request of ours is made of beside what every one has. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  /** Route, Max-Forwards, From, To, Call-ID, CSeq. */
  readonly fields: readonly HeaderField[];
  readonly content: Content;
  /** Value of Contact; none for methods that have none. */
  readonly contact?: string | undefined;
}

/** Methods whose Contact is where the peer reaches us next. @rfc 3261#8.1.1.8 */
const withContact: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]);

/** Whether a request of this method tells where we are reached. */
export const hasContact = (method: string): boolean => withContact.has(method);

/** A request to make within a dialog. */
export interface WithinDialog {
  readonly method: string;
  readonly path: Path;
  readonly content: Content;
  readonly contactUser?: string | undefined;
}

/** The next request of ours within a dialog, and the dialog that has counted it. */
export function partsWithin(
  dialog: DialogState,
  { method, path, content, contactUser }: WithinDialog,
): readonly [DialogState, RequestParts] {
  const [state, { uri, fields }] = nextRequest(dialog, method);
  const contact = hasContact(method) ? contactValue(path.flow, path.local, contactUser) : undefined;
  return [state, { method, uri, fields, content, contact }];
}

/** A whole request, ready to send over a path. */
export function buildRequest(core: Core, path: Path, parts: RequestParts): SipRequest {
  const { flow, local } = path;
  const sentBy = `${printHost(local.address)}:${local.port}`;
  const fields: HeaderField[] = [
    ["Via", `SIP/2.0/${flow.transport.toUpperCase()} ${sentBy};branch=${core.newBranch()};rport`],
    ...parts.fields,
  ];
  if (parts.contact !== undefined) fields.push(["Contact", parts.contact]);
  fields.push(["User-Agent", core.product]);
  if (parts.method === "INVITE" || parts.method === "UPDATE") {
    fields.push(["Allow", core.allow()]);
    if (core.tellsSupported !== "") fields.push(["Supported", core.tellsSupported]);
  }
  appendContent(fields, parts.content);
  return {
    type: "request",
    method: parts.method,
    uri: parts.uri,
    headers: Headers.of(fields),
    body: bodyBytes(parts.content.body),
  };
}

/** Adds the caller's own headers and those of the body. */
function appendContent(fields: HeaderField[], content: Content): void {
  for (const field of content.headers ?? []) if (!isOwned(field[0])) fields.push(field);
  const body = content.body ?? "";
  if (body.length > 0) fields.push(["Content-Type", content.contentType ?? "application/sdp"]);
  fields.push(["Content-Length", String(bodyBytes(body).length)]);
}

/** The parameter by which a URI names a transport; WebSockets have one name, with TLS or without. @rfc 7118#5.2 */
export const transportParam: Readonly<Record<TransportName, string>> = {
  udp: "",
  tcp: ";transport=tcp",
  tls: ";transport=tls",
  ws: ";transport=ws",
  wss: ";transport=ws",
};

/** Value of Contact by which a peer reaches us over this transport. */
export function contactValue(flow: Flow, local: Endpoint, user?: string): string {
  const transport = transportParam[flow.transport];
  const prefix = user === undefined ? "" : `${encodeURIComponent(user.toWellFormed())}@`;
  return `<sip:${prefix}${printHost(local.address)}:${local.port}${transport}>`;
}

/** A From or To value of a URI or name-addr, with its tag. */
export function partyValue(text: string, tag?: string): string {
  const bare = text.includes("<") ? text : `<${text}>`;
  return tag === undefined ? bare : `${bare};tag=${tag}`;
}

/** A Route value of a URI or name-addr. */
export const routeValue = (text: string): string =>
  text.includes("<") ? text : printNameAddr({ display: undefined, uri: text, params: new Map() });
