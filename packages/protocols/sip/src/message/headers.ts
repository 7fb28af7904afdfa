import { wholeNumber } from "./characters.ts";
import type { HeaderField, HeaderList } from "./header-field.ts";
import { headerKey } from "./header-names.ts";
import type { CSeq, NameAddr, Via } from "./values.ts";
import { parseCSeq, parseNameAddr, parseVia, splitValues } from "./values.ts";

/** Header fields in three lists of one length: look-up keys, names as written, values. */
export interface HeaderParts {
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** A value read once: undefined before, null when it is missing or cannot be read. */
type Kept<Value> = Value | null | undefined;

/**
 * The header fields of a message, in order, with names as written. Values are read when asked for and kept. Names are
 * looked up without case, compact forms are the same as long ones. A value that cannot be read gives undefined.
 */
export class Headers {
  readonly #keys: readonly string[];
  readonly #names: readonly string[];
  readonly #values: readonly string[];
  #via: Kept<Via>;
  #from: Kept<NameAddr>;
  #to: Kept<NameAddr>;
  #cseq: Kept<CSeq>;
  #contacts: Kept<readonly NameAddr[] | "*">;

  /** From lists of one length that the parser made; use {@link Headers.of} elsewhere. */
  constructor(parts: HeaderParts) {
    this.#keys = parts.keys;
    this.#names = parts.names;
    this.#values = parts.values;
  }

  /** From fields made by us; CR and LF in them become spaces, so that no value can smuggle in a line. */
  static of(fields: HeaderList): Headers {
    const keys: string[] = [];
    const names: string[] = [];
    const values: string[] = [];
    for (const [name, value] of fields) {
      keys.push(headerKey(name));
      names.push(name);
      values.push(value.includes("\n") || value.includes("\r") ? value.replace(/[\r\n]/g, " ") : value);
    }
    return new Headers({ keys, names, values });
  }

  /** The same fields with another top Via; what was read of the others is kept. */
  withTopVia(line: string, via: Via): Headers {
    const at = this.#keys.indexOf("via");
    const values = this.#values.with(at, line);
    const changed = new Headers({ keys: this.#keys, names: this.#names, values });
    changed.#via = via;
    changed.#from = this.#from;
    changed.#to = this.#to;
    changed.#cseq = this.#cseq;
    changed.#contacts = this.#contacts;
    return changed;
  }

  /** Every field as written. */
  fields(): HeaderList {
    return this.#names.map((name, i): HeaderField => [name, this.#values[i] ?? ""]);
  }

  /** Number of fields. */
  get size(): number {
    return this.#keys.length;
  }

  /** The first field of that name. */
  get(name: string): string | undefined {
    const i = this.#keys.indexOf(headerKey(name));
    return i < 0 ? undefined : this.#values[i];
  }

  /** Every field of that name, one a line. */
  all(name: string): readonly string[] {
    const key = headerKey(name);
    const found: string[] = [];
    for (let i = 0; i < this.#keys.length; i++) if (this.#keys[i] === key) found.push(this.#values[i] ?? "");
    return found;
  }

  /** Every value of that name, lines split at commas outside quotes and angle brackets; empty values are left out. */
  values(name: string): readonly string[] {
    const key = headerKey(name);
    const found: string[] = [];
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#keys[i] === key) {
        for (const value of splitValues(this.#values[i] ?? "")) if (value !== "") found.push(value);
      }
    }
    return found;
  }

  /** How many fields have that name. */
  count(name: string): number {
    const key = headerKey(name);
    let count = 0;
    for (const each of this.#keys) if (each === key) count++;
    return count;
  }

  /** The first of these keys (lower-case long names) that more than one field has. */
  repeated(keys: ReadonlySet<string>): string | undefined {
    for (let i = 1; i < this.#keys.length; i++) {
      const key = this.#keys[i] ?? "";
      if (this.#keys.indexOf(key) !== i && keys.has(key)) return this.#names[i];
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.#keys.includes(headerKey(name));
  }

  /** The top Via. */
  get via(): Via | undefined {
    if (this.#via === undefined) {
      const line = this.#first("via");
      this.#via = line === undefined ? null : (parseVia(splitValues(line)[0] ?? "") ?? null);
    }
    return this.#via ?? undefined;
  }

  get from(): NameAddr | undefined {
    if (this.#from === undefined) this.#from = this.#nameAddr("from");
    return this.#from ?? undefined;
  }

  get to(): NameAddr | undefined {
    if (this.#to === undefined) this.#to = this.#nameAddr("to");
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
    return this.#first("call-id");
  }

  get cseq(): CSeq | undefined {
    if (this.#cseq === undefined) {
      const line = this.#first("cseq");
      this.#cseq = line === undefined ? null : (parseCSeq(line) ?? null);
    }
    return this.#cseq ?? undefined;
  }

  /** 0 to 255. */
  get maxForwards(): number | undefined {
    const line = this.#first("max-forwards");
    const value = line === undefined ? undefined : wholeNumber(line, 10);
    return value === undefined || value > 255 ? undefined : value;
  }

  /** Seconds, at most 2^32 - 1; what is larger counts as that. */
  get expires(): number | undefined {
    const line = this.#first("expires");
    return line === undefined ? undefined : deltaSeconds(line);
  }

  /** All contacts, `*` when that is the only one, undefined when one cannot be read; empty without any. */
  get contacts(): readonly NameAddr[] | "*" | undefined {
    if (this.#contacts === undefined) this.#contacts = readContacts(this.values("contact"));
    return this.#contacts ?? undefined;
  }

  /** Media type in lower case, without parameters. */
  get contentType(): string | undefined {
    const line = this.#first("content-type");
    if (line === undefined) return undefined;
    const semicolon = line.indexOf(";");
    return (semicolon < 0 ? line : line.slice(0, semicolon)).trim().toLowerCase();
  }

  #first(key: string): string | undefined {
    const i = this.#keys.indexOf(key);
    return i < 0 ? undefined : this.#values[i];
  }

  #nameAddr(key: string): NameAddr | null {
    const line = this.#first(key);
    return line === undefined ? null : (parseNameAddr(line) ?? null);
  }
}

function readContacts(values: readonly string[]): readonly NameAddr[] | "*" | null {
  if (values.length === 1 && values[0] === "*") return "*";
  const contacts: NameAddr[] = [];
  for (const value of values) {
    const contact = parseNameAddr(value);
    if (contact === undefined) return null;
    contacts.push(contact);
  }
  return contacts;
}

/** Reads a lifetime in seconds; values of 2^32 and above count as 2^32 - 1, undefined when it is no number. @rfc 3261#20.19 */
export function deltaSeconds(text: string): number | undefined {
  const value = wholeNumber(text, 100);
  return value === undefined ? undefined : Math.min(value, 2 ** 32 - 1);
}
