import { wholeNumber, wholeNumberIn } from "./characters.ts";
import type { Fields, Reader } from "./fields.ts";
import { madeFields, ReadFields } from "./fields.ts";
import type { HeaderField, HeaderList } from "./header-field.ts";
import { headerKey, headerNumber, isSingle, UNKNOWN } from "./header-names.ts";
import type { HeaderSection } from "./header-section.ts";
import { readMediaType } from "./media-type.ts";
import type { CSeq, NameAddr, Via } from "./values.ts";
import { endOfFirst, parseCSeq, parseNameAddr, parseNameAddrs, parseVia, splitValues } from "./values.ts";

/** A value read once: undefined before, null when it is missing or cannot be read. */
type Kept<Value> = Value | null | undefined;

const VIA: number = headerNumber("Via");
const FROM: number = headerNumber("From");
const TO: number = headerNumber("To");
const CALL_ID: number = headerNumber("Call-ID");
const CSEQ: number = headerNumber("CSeq");
const CONTACT: number = headerNumber("Contact");
const CONTENT_LENGTH: number = headerNumber("Content-Length");
const CONTENT_TYPE: number = headerNumber("Content-Type");
const EXPIRES: number = headerNumber("Expires");
const MAX_FORWARDS: number = headerNumber("Max-Forwards");

/**
 * The header fields of a message, in order, with names as written. Values are read when asked for, where they stand, and
 * kept. Names are looked up without case, compact forms are the same as long ones. A value that cannot be read gives
 * undefined.
 */
export class Headers {
  readonly #fields: Fields;
  #via: Kept<Via>;
  #from: Kept<NameAddr>;
  #to: Kept<NameAddr>;
  #cseq: Kept<CSeq>;
  #contacts: Kept<readonly NameAddr[] | "*">;
  #contentLength: Kept<number | "none">;

  private constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** Those that the parser found. */
  static read(section: HeaderSection): Headers {
    return new Headers(new ReadFields(section, unchanged));
  }

  /** From fields made by us; CR and LF in them become spaces, so that no value can smuggle in a line. */
  static of(fields: HeaderList): Headers {
    return new Headers(madeFields(fields));
  }

  /** The same fields with another top Via; what was read of the others is kept. */
  withTopVia(line: string, via: Via): Headers {
    const changed = new Headers(this.#fields.with(this.#fields.numbers.indexOf(VIA), line));
    changed.#via = via;
    changed.#from = this.#from;
    changed.#to = this.#to;
    changed.#cseq = this.#cseq;
    changed.#contacts = this.#contacts;
    return changed;
  }

  /** Every field as written. */
  fields(): HeaderList {
    const fields = this.#fields;
    return fields.numbers.map((_, i): HeaderField => [fields.name(i), fields.value(i)]);
  }

  /** The lines as they are sent, Content-Length as given, in its place or at the end. */
  print(contentLength: number): string {
    const fields = this.#fields;
    let text = "";
    let hasLength = false;
    for (let i = 0; i < fields.size; i++) {
      const line = fields.line(i);
      if (line !== undefined) text += line;
      else if (!hasLength) {
        text += `${fields.name(i)}: ${contentLength}\r\n`;
        hasLength = true;
      }
    }
    return hasLength ? text : `${text}Content-Length: ${contentLength}\r\n`;
  }

  /** Number of fields. */
  get size(): number {
    return this.#fields.size;
  }

  /** The first field of that name. */
  get(name: string): string | undefined {
    const i = this.#next(name, 0);
    return i < 0 ? undefined : this.#fields.value(i);
  }

  /** Every field of that name, one a line. */
  all(name: string): readonly string[] {
    const found: string[] = [];
    for (let i = this.#next(name, 0); i >= 0; i = this.#next(name, i + 1)) found.push(this.#fields.value(i));
    return found;
  }

  /** Every value of that name, lines split at commas outside quotes and angle brackets; empty values are left out. */
  values(name: string): readonly string[] {
    return this.all(name).flatMap((line) => splitValues(line).filter((value) => value !== ""));
  }

  /** How many fields have that name. */
  count(name: string): number {
    return this.all(name).length;
  }

  /** The name of the first field that is there again, though a message has it once at most. @rfc 3261#7.3.1 */
  get repeated(): string | undefined {
    const { numbers } = this.#fields;
    let seen = 0;
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] ?? UNKNOWN;
      if (!isSingle(number)) continue;
      if ((seen & (1 << number)) !== 0) return this.#fields.name(i);
      seen |= 1 << number;
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.#next(name, 0) >= 0;
  }

  /** The top Via. */
  get via(): Via | undefined {
    if (this.#via === undefined) this.#via = this.#read(VIA, readTopVia);
    return this.#via ?? undefined;
  }

  get from(): NameAddr | undefined {
    if (this.#from === undefined) this.#from = this.#read(FROM, parseNameAddr);
    return this.#from ?? undefined;
  }

  get to(): NameAddr | undefined {
    if (this.#to === undefined) this.#to = this.#read(TO, parseNameAddr);
    return this.#to ?? undefined;
  }

  /** Tag of From, when it has one. */
  get fromTag(): string | undefined {
    return this.from?.params.get("tag") ?? undefined;
  }

  /** Tag of To, when it has one. */
  get toTag(): string | undefined {
    return this.to?.params.get("tag") ?? undefined;
  }

  get callId(): string | undefined {
    return this.#first(CALL_ID);
  }

  get cseq(): CSeq | undefined {
    if (this.#cseq === undefined) this.#cseq = this.#read(CSEQ, parseCSeq);
    return this.#cseq ?? undefined;
  }

  /** 0 to 255. */
  get maxForwards(): number | undefined {
    const value = this.#read(MAX_FORWARDS, readCount);
    return value === null || value > 255 ? undefined : value;
  }

  /** Bytes of the body as Content-Length says; "none" without one, undefined when it is malformed or there are several that differ. */
  get contentLength(): number | "none" | undefined {
    if (this.#contentLength === undefined) this.#contentLength = this.#readContentLength();
    return this.#contentLength ?? undefined;
  }

  /** Seconds, at most 2^32 - 1; what is larger counts as that. */
  get expires(): number | undefined {
    const line = this.#first(EXPIRES);
    return line === undefined ? undefined : deltaSeconds(line);
  }

  /** All contacts, `*` when that is the only one, undefined when one cannot be read; empty without any. */
  get contacts(): readonly NameAddr[] | "*" | undefined {
    if (this.#contacts === undefined) this.#contacts = this.#readContacts();
    return this.#contacts ?? undefined;
  }

  /** Media type in lower case, without parameters; undefined when it is missing or malformed. */
  get contentType(): string | undefined {
    return this.#read(CONTENT_TYPE, readMediaType) ?? undefined;
  }

  /** The index of the next field of that name, from `from` on; -1 when there is none. */
  #next(name: string, from: number): number {
    const number = headerNumber(name);
    let i = this.#fields.numbers.indexOf(number, from);
    if (number !== UNKNOWN) return i;
    const key = headerKey(name);
    while (i >= 0 && headerKey(this.#fields.name(i)) !== key) i = this.#fields.numbers.indexOf(UNKNOWN, i + 1);
    return i;
  }

  #first(number: number): string | undefined {
    const i = this.#fields.numbers.indexOf(number);
    return i < 0 ? undefined : this.#fields.value(i);
  }

  /** Reads the first field with that number; null when there is none, or it cannot be read. */
  #read<Value>(number: number, reader: Reader<Value>): Value | null {
    const i = this.#fields.numbers.indexOf(number);
    return i < 0 ? null : (this.#fields.read(i, reader) ?? null);
  }

  #readContentLength(): number | "none" | null {
    const { numbers } = this.#fields;
    const first = numbers.indexOf(CONTENT_LENGTH);
    if (first < 0) return "none";
    const length = this.#fields.read(first, readCount);
    for (let i = numbers.indexOf(CONTENT_LENGTH, first + 1); i >= 0; i = numbers.indexOf(CONTENT_LENGTH, i + 1)) {
      if (this.#fields.read(i, readCount) !== length) return null;
    }
    return length ?? null;
  }

  #readContacts(): readonly NameAddr[] | "*" | null {
    const { numbers } = this.#fields;
    let contacts: readonly NameAddr[] = [];
    for (let i = numbers.indexOf(CONTACT); i >= 0; i = numbers.indexOf(CONTACT, i + 1)) {
      const more = this.#fields.read(i, parseNameAddrs);
      if (more === undefined) return this.values("Contact").join() === "*" ? "*" : null;
      contacts = contacts.length === 0 ? more : [...contacts, ...more];
    }
    return contacts;
  }
}

const unchanged: readonly undefined[] = [];

const readTopVia: Reader<Via> = (text, from, to) => parseVia(text, from, endOfFirst(text, from, to));
const readCount: Reader<number> = (text, from, to) => wholeNumberIn(text, from, to, 10);

/** Reads a lifetime in seconds; values of 2^32 and above count as 2^32 - 1, undefined when it is no number. @rfc 3261#20.19 */
export function deltaSeconds(text: string): number | undefined {
  const value = wholeNumber(text, 100);
  return value === undefined ? undefined : Math.min(value, 2 ** 32 - 1);
}
