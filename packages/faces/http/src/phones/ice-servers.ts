import { createHmac } from "node:crypto";
import type { Instant, Millis, UserId } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";

/** One entry of what `RTCPeerConnection` takes as `iceServers`. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** The servers that help browsers find a way to us. */
export interface IceHelp {
  /** `stun:` and `stuns:` URIs. @rfc 7064 */
  readonly stun: readonly string[];
  /** `turn:` and `turns:` URIs, whose servers know `secret`. @rfc 7065 */
  readonly turn: readonly string[];
  readonly secret: string | undefined;
}

/**
 * How long a browser may ask the relays: a day's work. A relay looks at the time when a way is asked for, and at each change of it, so
 * it must outlast the longest call.
 */
const RELAY_LASTS: Millis = seconds(12 * 3600);

const HOST = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?<port>\d{1,5}))?$/;

/** Whether this is a URI of a STUN (`stun`) or TURN (`turn`) server as browsers take them. */
export function isIceUri(kind: "stun" | "turn", text: string): boolean {
  const [scheme = "", ...rest] = text.split(":");
  const [place = "", transport, ...more] = rest.join(":").split("?");
  const port = Number(HOST.exec(place)?.groups?.["port"] ?? 1);
  const isTransport = transport === undefined || (kind === "turn" && /^transport=(?:udp|tcp)$/.test(transport));
  const isScheme = scheme === kind || scheme === `${kind}s`;
  return isScheme && isTransport && more.length === 0 && HOST.test(place) && port >= 1 && port <= 65_535;
}

/**
 * What a user's browser is told. A relay costs its owner money, so it gets a name with an end, and a password that the relay can make
 * from that name and the secret that it shares with us, as coturn does with `use-auth-secret`.
 */
export function iceServersFor({ stun, turn, secret }: IceHelp, user: UserId, now: Instant): readonly IceServer[] {
  const plain = stun.length === 0 ? [] : [{ urls: stun }];
  if (turn.length === 0 || secret === undefined) return plain;
  const username = `${Math.floor((now + RELAY_LASTS) / 1000)}:${user}`;
  // The relays of the field know no other hash.
  const credential = createHmac("sha1", secret).update(username).digest("base64");
  return [...plain, { urls: turn, username, credential }];
}
