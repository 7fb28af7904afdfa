/** An address and a UDP port. */
export interface Endpoint {
  /** A literal address. */
  readonly address: string;
  readonly port: number;
}

/** Whether two name the same place. */
export const isSamePlace = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address;

/** The 4 or 16 bytes of a literal address; undefined for what is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return Uint8Array.from(parts, Number);
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const [bare = ""] = text.split("%", 1);
  const halves = bare.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupBytes);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const length = head.length + (tail?.length ?? 0);
  if (tail === undefined ? length !== 16 : length > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail ?? [], 16 - (tail?.length ?? 0));
  return bytes;
}

/** The bytes of groups with colons between; the last may be an IPv4 address. */
function groupBytes(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const [i, group] of text.split(":").entries()) {
    if (i >= 8) return undefined;
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else {
      const ipv4 = ipv4Bytes(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    }
  }
  return bytes;
}

/** The text of 4 or 16 address bytes, IPv6 in its shortest form. @rfc 5952#4 */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const text = groups.map((group) => group.toString(16));
  const { at, length } = longestZeros(groups);
  if (length < 2) return text.join(":");
  return `${text.slice(0, at).join(":")}::${text.slice(at + length).join(":")}`;
}

function longestZeros(groups: readonly number[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  return best;
}
