/** A host name or address and its port, as it stands in a Host header. */
export interface HostName {
  /** Lower case; an IPv6 address without brackets; no dot at the end. */
  readonly name: string;
  /** The port's digits, or `undefined`. */
  readonly port: string | undefined;
}

const NAME = /^(?<name>[a-z0-9_.-]{1,253})(?::(?<port>\d{1,5}))?$/;
const BRACKETED = /^\[(?<name>[0-9a-f:.]{2,45})\](?::(?<port>\d{1,5}))?$/;

/** Reads a Host header; `undefined` for anything that is not a plain name or address with an optional port. */
export function parseHost(text: string): HostName | undefined {
  const groups = (NAME.exec(text.toLowerCase()) ?? BRACKETED.exec(text.toLowerCase()))?.groups;
  const name = groups?.["name"];
  if (name === undefined) return undefined;
  return { name: name.endsWith(".") ? name.slice(0, -1) : name, port: groups?.["port"] };
}

/** The address in its usual form: an IPv4 address that IPv6 carries (`::ffff:192.0.2.1`) becomes plain IPv4. */
export function plainAddress(address: string): string {
  return /^::ffff:\d/i.test(address) ? address.slice(7) : address.toLowerCase();
}
