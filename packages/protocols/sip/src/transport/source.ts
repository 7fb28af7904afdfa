/** The 4 or 16 bytes of a numeric address as the kernel writes it. */
export function addressBytes(address: string): readonly number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [before = "", after = ""] = (address.split("%")[0] ?? "").split("::");
  const [head, tail] = [groupBytes(before), groupBytes(after)];
  return [...head, ...new Array<number>(Math.max(0, 16 - head.length - tail.length)).fill(0), ...tail];
}

const groupBytes = (text: string): readonly number[] =>
  text === ""
    ? []
    : text.split(":").flatMap((group) => {
        if (group.includes(".")) return group.split(".").map(Number);
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });

/** Bytes of an IPv6 address that a provider gives to one customer, who may use any of the rest. */
const NETWORK_BYTES = 8;

/** Whom limits of one source count: an IPv4 address, or the /64 network of an IPv6 address. */
export function sourceOf(address: string): string {
  const isOne = !address.includes(":") || address === "::1";
  return isOne ? address : addressBytes(address).slice(0, NETWORK_BYTES).join(".");
}
