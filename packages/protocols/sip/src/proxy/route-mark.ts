import type { Hash } from "@cordboard/kernel";
import { sameText } from "@cordboard/kernel";
import { transportParam } from "../agent/build.ts";
import type { Endpoint, Flow, TransportName } from "../agent/flow.ts";
import { parseUri, printHost } from "../message/uri.ts";

/** What marks our Record-Route values as ours. */
export interface Marker {
  readonly hash: Hash;
  readonly key: Uint8Array;
}

/** What one of our Record-Route values says when it comes back in a Route. */
export interface RouteMark {
  /** The flow that requests towards that side go over; undefined when they go by their URI. */
  readonly pin: Flow | undefined;
}

/** One side of a dialog that passes here. */
export interface Side {
  readonly callId: string;
  readonly transport: TransportName;
  /** What that side should see as our address. */
  readonly local: Endpoint;
  readonly pin: Flow | undefined;
}

/**
 * A Record-Route value for one side. Its user part names the flow to that side, so that a peer behind NAT, or one that is only
 * reached over its own connection, is reached in the dialog as well; a signature over it and the Call-ID keeps others from making
 * us send where they like. @rfc 5626#5.3 @rfc 5658
 */
export function recordRoute(marker: Marker, { callId, transport, local, pin }: Side): string {
  const text = pin === undefined ? "" : pinText(pin);
  const user = `${text}${sign(marker, callId, text)}`;
  return `<sip:${user}@${printHost(local.address)}:${local.port}${transportParam[transport]};lr>`;
}

/** Reads a URI that {@link recordRoute} made for this Call-ID; undefined for any other. */
export function readMark(marker: Marker, uri: string, callId: string): RouteMark | undefined {
  const user = parseUri(uri)?.user;
  // Most of what is looked at is no mark, and this tells so for less than the signature.
  if (user === undefined || user.length > 512 || !/(?:^|!)[0-9a-f]{20}$/.test(user)) return undefined;
  const end = user.lastIndexOf("!") + 1;
  const text = user.slice(0, end);
  if (!sameText(sign(marker, callId, text), user.slice(end))) return undefined;
  return { pin: end === 0 ? undefined : readPin(text) };
}

const sign = ({ hash, key }: Marker, callId: string, text: string): string =>
  hash.hmac(key, `route ${callId} ${text}`).slice(0, 20);

/** `transport!address!port!address!port!connection!`, ours first; what a user part may not hold is escaped. */
function pinText({ transport, local, remote, connection = "" }: Flow): string {
  const parts = [transport, local.address, local.port, remote.address, remote.port, connection];
  return parts.map((part) => `${encodeURIComponent(part).replaceAll("%", "~")}!`).join("");
}

/** Only called for what we have signed, so nothing of it can be wrong. */
function readPin(text: string): Flow {
  const parts = text.split("!").map((part) => decodeURIComponent(part.replaceAll("~", "%")));
  const [transport = "", ourAddress = "", ourPort, address = "", port, connection = ""] = parts;
  const ends = {
    transport: transport as TransportName,
    local: { address: ourAddress, port: Number(ourPort) },
    remote: { address, port: Number(port) },
  };
  return connection === "" ? ends : { ...ends, connection };
}
