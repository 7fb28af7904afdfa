import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { wholeNumber } from "../message/characters.ts";
import { decodeUtf8 } from "../message/utf8.ts";
import type { Attribute, MediaSection, Origin, SessionDescription } from "./session.ts";
import { wordsOf } from "./words.ts";

/** Why a description was refused. */
export interface SdpFault {
  readonly code: "sdp-malformed" | "sdp-too-big";
  /** One-based line; 0 for the whole. */
  readonly line: number;
  readonly why: string;
}

const MAX_CHARACTERS = 32_768;
const MAX_LINES = 1_000;
const MAX_MEDIA = 32;

/** Mutable beginnings of a section while its lines come in. */
interface Draft {
  address: string | undefined;
  readonly attributes: Attribute[];
  readonly others: string[];
}

interface MediaDraft extends Draft {
  readonly kind: string;
  readonly port: number;
  readonly portCount: number | undefined;
  readonly protocol: string;
  readonly formats: readonly string[];
}

/**
 * Reads a session description. Never throws. Lenient where peers are sloppy (line ends of one character, a missing `s=`
 * or `t=`, order of lines); strict in what the rest relies on (`v=0`, `o=`, `m=`, `c=`). @rfc 8866#9
 */
export function parseSdp(body: Uint8Array | string): Result<SessionDescription, SdpFault> {
  if (body.length > MAX_CHARACTERS) return refused({ code: "sdp-too-big", line: 0, why: "too many characters" });
  const lines = (typeof body === "string" ? body : decodeUtf8(body)).split("\n", MAX_LINES + 1);
  if (lines.length > MAX_LINES) return refused({ code: "sdp-too-big", line: 0, why: "too many lines" });
  const reader = new SdpReader();
  for (let i = 0; i < lines.length; i++) {
    const raw = lines[i] ?? "";
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line === "") continue;
    const fault = i === 0 && line !== "v=0" ? "does not start with v=0" : reader.take(line);
    if (fault !== undefined) return refused({ code: "sdp-malformed", line: i + 1, why: fault });
  }
  return reader.finish();
}

/** Takes lines one after the other; the current section is the session until the first `m=`. */
class SdpReader {
  #origin: Origin | undefined;
  #name = "-";
  readonly #times: string[] = [];
  readonly #session: Draft = { address: undefined, attributes: [], others: [] };
  readonly #media: MediaDraft[] = [];
  #current: Draft = this.#session;

  /** Takes one line; says what is wrong with it. */
  take(line: string): string | undefined {
    if (line.charCodeAt(1) !== 61) return "no = after the first letter";
    const value = line.slice(2);
    switch (line.charAt(0)) {
      case "v":
        return value === "0" ? undefined : "another version";
      case "o":
        this.#origin ??= readOrigin(value);
        return this.#origin === undefined ? "malformed o=" : undefined;
      case "s":
        this.#name = value;
        return undefined;
      case "t":
        this.#times.push(value);
        return undefined;
      case "c":
        return this.#takeConnection(line, value);
      case "a":
        this.#current.attributes.push(readAttribute(value));
        return undefined;
      case "m":
        return this.#takeMedia(value);
      default:
        this.#current.others.push(line);
        return undefined;
    }
  }

  #takeConnection(line: string, value: string): string | undefined {
    if (this.#current.address !== undefined) {
      this.#current.others.push(line);
      return undefined;
    }
    this.#current.address = readAddress(value);
    return this.#current.address === undefined ? "malformed c=" : undefined;
  }

  #takeMedia(value: string): string | undefined {
    const media = readMedia(value);
    if (media === undefined) return "malformed m=";
    if (this.#media.length >= MAX_MEDIA) return "too many m=";
    this.#media.push(media);
    this.#current = media;
    return undefined;
  }

  /** The whole, once all lines were taken. */
  finish(): Result<SessionDescription, SdpFault> {
    const origin = this.#origin;
    if (origin === undefined) return refused({ code: "sdp-malformed", line: 0, why: "no o=" });
    const times = this.#times.length === 0 ? ["0 0"] : this.#times;
    const media: readonly MediaSection[] = this.#media;
    return ok({ origin, name: this.#name === "" ? "-" : this.#name, times, media, ...this.#session });
  }
}

function readOrigin(value: string): Origin | undefined {
  const [username, sessionId, version, net, family, address, ...rest] = value.split(" ");
  if (username === undefined || sessionId === undefined || version === undefined || address === undefined)
    return undefined;
  const isDigits = /^\d{1,20}$/.test(sessionId) && /^\d{1,20}$/.test(version);
  if (!isDigits || net !== "IN" || !isFamily(family) || !isHost(address) || rest.length > 0) return undefined;
  return { username: username === "" ? "-" : username, sessionId, version, address };
}

const isFamily = (text: string | undefined): boolean => text === "IP4" || text === "IP6";
const isHost = (text: string): boolean => /^[A-Za-z0-9.:_-]{1,255}$/.test(text);

/** The address of a `c=` line; TTL and number of multicast addresses are dropped. */
function readAddress(value: string): string | undefined {
  const [net, family, address] = value.split(" ");
  const host = address?.split("/")[0];
  return net === "IN" && isFamily(family) && host !== undefined && isHost(host) ? host : undefined;
}

function readAttribute(value: string): Attribute {
  const colon = value.indexOf(":");
  return colon < 0 ? { name: value, value: undefined } : { name: value.slice(0, colon), value: value.slice(colon + 1) };
}

function readMedia(value: string): MediaDraft | undefined {
  const [kind, ports, protocol, ...formats] = wordsOf(value);
  if (kind === undefined || ports === undefined || protocol === undefined || formats.length === 0) return undefined;
  const [portText, countText] = ports.split("/");
  const port = wholeNumber(portText ?? "", 5);
  const portCount = countText === undefined ? undefined : wholeNumber(countText, 5);
  if (port === undefined || port > 65_535 || (countText !== undefined && portCount === undefined)) return undefined;
  return { kind, port, portCount, protocol, formats, address: undefined, attributes: [], others: [] };
}
