/** Unpredictable bytes. Production takes them from the platform's secure source; tests from a seed. */
export interface Random {
  /** `count` bytes, each evenly distributed over 0 to 255. */
  bytes(count: number): Uint8Array;
}

/** The part of a JavaScript host that {@link randomOf} needs; `globalThis` fits. */
export interface RandomHost {
  readonly crypto: {
    getRandomValues(into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  };
}

/** Secure random bytes of a JavaScript host, drawn in blocks because each draw from the system is slow. */
export function randomOf(host: RandomHost): Random {
  const block = new Uint8Array(4096);
  let used = block.length;
  return {
    bytes(count) {
      if (count > block.length) return host.crypto.getRandomValues(new Uint8Array(count));
      if (used + count > block.length) {
        host.crypto.getRandomValues(block);
        used = 0;
      }
      const out = block.slice(used, used + count);
      block.fill(0, used, used + count);
      used += count;
      return out;
    },
  };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** `count` random bytes as lower-case hexadecimal text, two digits a byte. */
export function randomHex(random: Random, count: number): string {
  let text = "";
  for (const byte of random.bytes(count)) text += HEX[byte] ?? "";
  return text;
}
