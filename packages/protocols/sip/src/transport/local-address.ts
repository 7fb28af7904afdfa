import { createSocket } from "node:dgram";
import type { Clock } from "@cordboard/kernel";
import { addressFamily } from "../agent/address.ts";
import type { Endpoint } from "../agent/flow.ts";

/** How a listener presents itself. */
export interface LocalAddressOptions {
  readonly clock: Clock;
  /** Address that peers outside private ranges are told. */
  readonly publicAddress?: string | undefined;
}

const KEEP_MS = 60_000;
const MAX_KEPT = 10_000;
const MAX_PENDING = 64;

/** Finds the address that a peer should see for us: the public one, the one we are bound to, or the kernel's choice. */
export class LocalAddress {
  readonly #options: LocalAddressOptions;
  readonly #kept = new Map<string, { readonly address: string; readonly until: number }>();
  readonly #pending = new Map<string, Promise<string>>();
  /** What the kernel said last; it serves when too many peers are asked about at once. */
  #latest: string | undefined;

  constructor(options: LocalAddressOptions) {
    this.#options = options;
  }

  /** The address and port that a peer should see for a listener; immediate unless the kernel must be asked. */
  towards(bound: Endpoint, remote: Endpoint): Endpoint | Promise<Endpoint> {
    const { publicAddress, clock } = this.#options;
    const { port } = bound;
    if (
      publicAddress !== undefined &&
      addressFamily(publicAddress) === addressFamily(bound.address) &&
      !isPrivate(remote.address)
    ) {
      return { address: publicAddress, port };
    }
    if (bound.address !== "0.0.0.0" && bound.address !== "::") return bound;
    const known = this.#kept.get(remote.address);
    if (known !== undefined && known.until > clock.monotonic()) return { address: known.address, port };
    if (this.#latest !== undefined && this.#pending.size >= MAX_PENDING) return { address: this.#latest, port };
    return this.#ask(bound, remote).then((address) => ({ address, port }));
  }

  #ask(bound: Endpoint, remote: Endpoint): Promise<string> {
    const running = this.#pending.get(remote.address);
    if (running !== undefined) return running;
    const asked = kernelChoice(remote, bound.address).then((address) => {
      this.#pending.delete(remote.address);
      if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
      this.#kept.set(remote.address, { address, until: this.#options.clock.monotonic() + KEEP_MS });
      this.#latest = address;
      return address;
    });
    this.#pending.set(remote.address, asked);
    return asked;
  }
}

/** The source address that the kernel would use: that of a datagram socket connected there, which sends nothing. */
function kernelChoice(remote: Endpoint, fallback: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(addressFamily(remote.address) === 6 ? "udp6" : "udp4");
    const finish = (address: string): void => {
      socket.removeAllListeners();
      socket.on("error", () => {});
      socket.close();
      resolve(address);
    };
    socket.on("error", () => finish(fallback));
    try {
      socket.connect(remote.port || 5060, remote.address, () => finish(socket.address().address));
    } catch {
      finish(fallback);
    }
  });
}

/** Whether an address is private, shared, link-local or loopback. @rfc 1918 @rfc 6598 @rfc 4193 */
export function isPrivate(address: string): boolean {
  if (address.includes(":")) {
    const text = address.toLowerCase();
    if (text.startsWith("::ffff:") && text.includes(".")) return isPrivate(text.slice(7));
    return text === "::1" || /^f[cd]/.test(text) || /^fe[89ab]/.test(text);
  }
  const [a = 0, b = 0] = address.split(".").map(Number);
  return (
    a === 10 ||
    a === 127 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}
