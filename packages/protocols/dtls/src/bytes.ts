import { joined } from "@cordboard/kernel";

/** Reads numbers and vectors one after the other; past the end it only takes note that something was cut. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isCut = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** All was there so far, and nothing is left. */
  get isDone(): boolean {
    return !this.#isCut && this.#at === this.#bytes.length;
  }

  /** Something was missing. */
  get isCut(): boolean {
    return this.#isCut;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A number of so many bytes, 1 to 6. */
  number(length: number): number {
    return this.bytes(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** So many bytes; none when they are not there. */
  bytes(length: number): Uint8Array {
    if (length > this.left) {
      this.#isCut = true;
      this.#at = this.#bytes.length;
      return new Uint8Array(0);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A vector whose length stands before it in so many bytes. */
  vector(lengthBytes: number): Uint8Array {
    return this.bytes(this.number(lengthBytes));
  }

  /** A vector of numbers of two bytes. */
  numbers(lengthBytes: number): readonly number[] {
    const items = new ByteReader(this.vector(lengthBytes));
    const found: number[] = [];
    while (items.left >= 2) found.push(items.number(2));
    return found;
  }
}

/** A number in so many bytes, highest first. */
export function number(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

/** A vector with its length before it in so many bytes. */
export const vector = (lengthBytes: number, ...pieces: readonly Uint8Array[]): Uint8Array => {
  const body = joined(...pieces);
  return joined(number(body.length, lengthBytes), body);
};

/** A vector of numbers of two bytes. */
export const numbers = (lengthBytes: number, values: readonly number[]): Uint8Array =>
  vector(lengthBytes, ...values.map((value) => number(value, 2)));
