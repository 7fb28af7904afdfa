import type { HeaderList } from "./message.ts";
import type { CSeq, NameAddr, Via } from "./values.ts";

/**
 * The header fields of a message, in order, with names as written. Values are read when asked for and kept. Names are
 * looked up without case, compact forms are the same as long ones. A value that cannot be read gives undefined.
 */
export declare class Headers {
  /** From fields made by us; CR and LF in them become spaces. */
  static of(fields: HeaderList): Headers;
  /** Every field as written. */
  fields(): HeaderList;
  /** The first field of that name. */
  get(name: string): string | undefined;
  /** Every field of that name, one a line. */
  all(name: string): readonly string[];
  /** Every value of that name, lines split at commas outside quotes and angle brackets. */
  values(name: string): readonly string[];
  has(name: string): boolean;
  /** The top Via. */
  get via(): Via | undefined;
  get from(): NameAddr | undefined;
  get to(): NameAddr | undefined;
  get callId(): string | undefined;
  get cseq(): CSeq | undefined;
  get maxForwards(): number | undefined;
  /** Seconds. */
  get expires(): number | undefined;
  get contacts(): readonly NameAddr[] | "*" | undefined;
  /** Media type in lower case, without parameters. */
  get contentType(): string | undefined;
}
