import { BlockList, isIP } from "node:net";
import { PlatformError } from "@cordboard/kernel";
import { plainAddress } from "./host.ts";

/** Which peers' `X-Forwarded-*` headers are believed. */
export interface TrustedProxies {
  trusts(address: string): boolean;
}

/**
 * Reads the list of trusted proxies: addresses, and networks such as `10.0.0.0/8`.
 * Anything else is a `bad-settings` fault that names it.
 */
export function trustedProxies(list: readonly string[]): TrustedProxies {
  const blocks = new BlockList();
  for (const entry of list) {
    const [address = "", bits, ...rest] = entry.trim().split("/");
    const family = isIP(address);
    const width = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : Number(bits);
    if (family === 0 || rest.length > 0 || bits === "" || !Number.isInteger(prefix) || prefix < 0 || prefix > width) {
      throw new PlatformError("bad-settings", `not an address or network of a trusted proxy: ${entry}`);
    }
    blocks.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  }
  return {
    trusts(address) {
      const family = isIP(address);
      return family !== 0 && blocks.check(address, family === 4 ? "ipv4" : "ipv6");
    },
  };
}

/**
 * The real client behind `peer`: the chain of `X-Forwarded-For` is walked from its end for as long as the one who
 * wrote it is trusted. What is not an address ends the walk.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, proxies: TrustedProxies): string {
  let client = plainAddress(peer);
  const chain = forwardedFor?.split(",") ?? [];
  while (proxies.trusts(client)) {
    const next = plainAddress((chain.pop() ?? "").trim());
    if (isIP(next) === 0) break;
    client = next;
  }
  return client;
}

/** Whether the address is this machine's own: 127.0.0.0/8 or ::1. */
export const isLoopbackAddress = (address: string): boolean =>
  address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
