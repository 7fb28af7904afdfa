import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";

/** A value of bencode: text (UTF-8), a whole number, a list, or a dictionary. */
export type Bencoded = string | number | readonly Bencoded[] | Dictionary;

/** Values by their names. */
export type Dictionary = ReadonlyMap<string, Bencoded>;

/** Why bytes are no value: they end too early, they are something else, or they hold more than anybody needs. */
export interface BencodeFault {
  readonly code: "cut" | "malformed" | "too-much";
}

/** Lists and dictionaries within each other. */
const MAX_DEPTH = 16;
/** Values in one message; the statistics of rtpengine have about 400, a call of 32 legs about 5,000. */
const MAX_VALUES = 50_000;
/** Digits of a length, so that it stays below 10 MB. */
const MAX_LENGTH_DIGITS = 7;
const MAX_NUMBER_DIGITS = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A dictionary of what is defined in a record. */
export function dictionary(record: Readonly<Record<string, Bencoded | undefined>>): Dictionary {
  return new Map(Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** A value as it travels. Numbers are cut to whole ones. */
export function printBencode(value: Bencoded): Uint8Array {
  return encoder.encode(textOf(value));
}

function textOf(value: Bencoded): string {
  if (typeof value === "string") return `${encoder.encode(value).length}:${value}`;
  if (typeof value === "number") return `i${String(Math.trunc(value))}e`;
  if (isList(value)) return `l${value.map(textOf).join("")}e`;
  return `d${[...value].map(([name, each]) => textOf(name) + textOf(each)).join("")}e`;
}

/** Whether a value is a list. */
export const isList = (value: Bencoded | undefined): value is readonly Bencoded[] => Array.isArray(value);

/** Whether a value is a dictionary. */
export const isDictionary = (value: Bencoded | undefined): value is Dictionary => value instanceof Map;

/** The first value in the bytes from `start` on, and where it ends. */
export function readBencode(
  bytes: Uint8Array,
  start = 0,
): Result<{ readonly value: Bencoded; readonly end: number }, BencodeFault> {
  const reader = new Reader(bytes, start);
  const value = reader.value(0);
  return value === undefined ? refused({ code: reader.fault }) : ok({ value, end: reader.at });
}

const [ZERO, NINE, COLON, MINUS, END, NUMBER, LIST, DICTIONARY] = [..."09:-eild"].map((char) => char.charCodeAt(0));

/** Reads on from where it is; undefined means that `fault` says why not. */
class Reader {
  readonly #bytes: Uint8Array;
  at: number;
  fault: BencodeFault["code"] = "malformed";
  #values = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.at = start;
  }

  value(depth: number): Bencoded | undefined {
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) return this.#fail("too-much");
    const first = this.#bytes[this.at];
    if (first === undefined) return this.#fail("cut");
    if (first === NUMBER) return this.#number();
    if (first === LIST) return this.#list(depth);
    if (first === DICTIONARY) return this.#dictionary(depth);
    return this.#text();
  }

  #number(): number | undefined {
    this.at++;
    const isNegative = this.#bytes[this.at] === MINUS;
    if (isNegative) this.at++;
    const number = this.#digits(END, MAX_NUMBER_DIGITS);
    if (number === undefined) return undefined;
    if (!Number.isSafeInteger(number) || (isNegative && number === 0)) return this.#fail("malformed");
    return isNegative ? -number : number;
  }

  #text(): string | undefined {
    const length = this.#digits(COLON, MAX_LENGTH_DIGITS);
    if (length === undefined) return undefined;
    const end = this.at + length;
    if (end > this.#bytes.length) return this.#fail("cut");
    const text = decoder.decode(this.#bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }

  #list(depth: number): readonly Bencoded[] | undefined {
    this.at++;
    const list: Bencoded[] = [];
    while (!this.#ends()) {
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      list.push(value);
    }
    return list;
  }

  #dictionary(depth: number): Dictionary | undefined {
    this.at++;
    const map = new Map<string, Bencoded>();
    while (!this.#ends()) {
      const name = this.at < this.#bytes.length ? this.#text() : this.#fail("cut");
      if (name === undefined) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      map.set(name, value);
    }
    return map;
  }

  /** Decimal digits without zeros in front, and the byte after them. */
  #digits(after: number | undefined, most: number): number | undefined {
    const start = this.at;
    let number = 0;
    for (; ; this.at++) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) return this.#fail("cut");
      if (byte === after) break;
      if (byte < (ZERO ?? 0) || byte > (NINE ?? 0) || this.at - start >= most) return this.#fail("malformed");
      number = 10 * number + (byte - (ZERO ?? 0));
    }
    const length = this.at - start;
    if (length === 0 || (length > 1 && this.#bytes[start] === ZERO)) return this.#fail("malformed");
    this.at++;
    return number;
  }

  #ends(): boolean {
    if (this.#bytes[this.at] !== END) return false;
    this.at++;
    return true;
  }

  #fail(why: BencodeFault["code"]): undefined {
    this.fault = why;
    return undefined;
  }
}
