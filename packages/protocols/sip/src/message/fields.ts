import { skipBlanks, trimmedEnd } from "./characters.ts";
import type { HeaderField, HeaderList } from "./header-field.ts";
import { headerNumber } from "./header-names.ts";
import type { HeaderSection } from "./header-section.ts";
import { nameBefore } from "./header-section.ts";

/** Reads a value that stands from one place to another of a text. */
export type Reader<Value> = (text: string, from: number, to: number) => Value | undefined;

/** The header fields of a message by their place in it, from 0 on. */
export interface Fields {
  readonly size: number;
  /** The number of each name, as {@link headerNumber} has it. */
  readonly numbers: readonly number[];
  /** The name as written. */
  name(i: number): string;
  value(i: number): string;
  /** Reads the value where it stands. */
  read<Value>(i: number, reader: Reader<Value>): Value | undefined;
  /** The line as it is sent, with its end; undefined for Content-Length, which the printer writes. */
  line(i: number): string | undefined;
  /** The same fields, one of them with another value. */
  with(i: number, value: string): Fields;
}

const CONTENT_LENGTH: number = headerNumber("Content-Length");

/** By its length first, which sorts nearly all others out. */
const isContentLength = (name: string): boolean =>
  (name.length === 14 || name.length === 1) && headerNumber(name) === CONTENT_LENGTH;

/** Fields that came in: they stay in the text of their message. */
export class ReadFields implements Fields {
  readonly numbers: readonly number[];
  readonly #text: string;
  readonly #places: readonly number[];
  /** At its index, the value that one was given later. */
  readonly #changed: readonly (string | undefined)[];

  constructor(section: Pick<HeaderSection, "text" | "numbers" | "places">, changed: readonly (string | undefined)[]) {
    this.numbers = section.numbers;
    this.#text = section.text;
    this.#places = section.places;
    this.#changed = changed;
  }

  get size(): number {
    return this.numbers.length;
  }

  name(i: number): string {
    return nameBefore(this.#text, this.#places[i * 2] ?? 0);
  }

  value(i: number): string {
    return this.read(i, cut) ?? "";
  }

  read<Value>(i: number, reader: Reader<Value>): Value | undefined {
    const changed = this.#changed[i];
    if (changed !== undefined) return reader(changed, 0, changed.length);
    const end = this.#places[i * 2 + 1] ?? 0;
    const start = skipBlanks(this.#text, (this.#places[i * 2] ?? 0) + 1, end);
    return reader(this.#text, start, trimmedEnd(this.#text, start, end));
  }

  line(i: number): string | undefined {
    if (this.numbers[i] === CONTENT_LENGTH) return undefined;
    return `${this.name(i)}: ${this.value(i)}\r\n`;
  }

  with(i: number, value: string): Fields {
    const changed = this.#changed.slice();
    changed[i] = value;
    return new ReadFields({ text: this.#text, numbers: this.numbers, places: this.#places }, changed);
  }
}

const cut: Reader<string> = (text, from, to) => text.slice(from, to);

/** Fields of our own making. */
class MadeFields implements Fields {
  readonly #list: HeaderList;
  /** Made when first asked for: most fields of ours are only printed. */
  #numbers: readonly number[] | undefined;

  constructor(list: HeaderList) {
    this.#list = list;
  }

  get size(): number {
    return this.#list.length;
  }

  get numbers(): readonly number[] {
    this.#numbers ??= this.#list.map(([name]) => headerNumber(name));
    return this.#numbers;
  }

  name(i: number): string {
    return this.#list[i]?.[0] ?? "";
  }

  value(i: number): string {
    return this.#list[i]?.[1] ?? "";
  }

  read<Value>(i: number, reader: Reader<Value>): Value | undefined {
    const value = this.value(i);
    return reader(value, 0, value.length);
  }

  line(i: number): string | undefined {
    const [name, value] = this.#list[i] ?? ["", ""];
    return isContentLength(name) ? undefined : `${name}: ${value}\r\n`;
  }

  with(i: number, value: string): Fields {
    return new MadeFields(this.#list.with(i, [this.name(i), value]));
  }
}

/** Fields as a list; CR and LF in values become spaces, so that none can smuggle in a line. */
export const madeFields = (fields: HeaderList): Fields =>
  new MadeFields(fields.some(hasLineEnd) ? fields.map(onOneLine) : fields);

const hasLineEnd = ([, value]: HeaderField): boolean => value.includes("\n") || value.includes("\r");
const onOneLine = ([name, value]: HeaderField): HeaderField => [name, value.replace(/[\r\n]/g, " ")];
