import type { Attribute, MediaSection, SessionDescription } from "./session.ts";

/** The text of a description, lines in the RFC's order, each ended by CR LF. @rfc 8866#9 */
export function printSdp(session: SessionDescription): string {
  const { origin } = session;
  const lines = [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.version} ${printAddress(origin.address)}`,
    `s=${session.name}`,
    ...ordered(session.others, "iuep"),
    ...(session.address === undefined ? [] : [`c=${printAddress(session.address)}`]),
    ...ordered(session.others, "b"),
    ...session.times.map((time) => `t=${time}`),
    ...rest(session.others, "iuepb"),
    ...session.attributes.map(printAttribute),
    ...session.media.flatMap(printMedia),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

const printAddress = (address: string): string => `IN ${address.includes(":") ? "IP6" : "IP4"} ${address}`;
const printAttribute = ({ name, value }: Attribute): string =>
  value === undefined ? `a=${name}` : `a=${name}:${value}`;
const ordered = (lines: readonly string[], letters: string): readonly string[] =>
  [...letters].flatMap((letter) => lines.filter((line) => line.startsWith(letter)));
const rest = (lines: readonly string[], letters: string): readonly string[] =>
  lines.filter((line) => !letters.includes(line.charAt(0)));

function printMedia(media: MediaSection): readonly string[] {
  const ports = media.portCount === undefined ? String(media.port) : `${media.port}/${media.portCount}`;
  return [
    `m=${media.kind} ${ports} ${media.protocol} ${media.formats.join(" ")}`,
    ...ordered(media.others, "i"),
    ...(media.address === undefined ? [] : [`c=${printAddress(media.address)}`]),
    ...rest(media.others, "i"),
    ...media.attributes.map(printAttribute),
  ];
}
