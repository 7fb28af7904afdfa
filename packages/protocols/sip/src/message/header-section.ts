import { find, skipBlanks, trimmedEnd } from "./characters.ts";
import { headerNumberAt } from "./header-names.ts";

/** What is wrong with a header section. */
export interface SectionFault {
  readonly code: "no-end-of-headers" | "too-many-headers" | "bad-header-line";
  readonly why: string;
}

/** The fields of a header section, as places in the text of their message: nothing is cut out before it is asked for. */
export interface HeaderSection {
  /** The text that the places are of: the message's own, or that without its folds. */
  readonly text: string;
  /** The number of each field's name. */
  readonly numbers: readonly number[];
  /** Of each field two places: of its colon, and of the end of its line. */
  readonly places: readonly number[];
  /** Where the body starts in {@link HeaderSection.text}. */
  readonly end: number;
  readonly fault: SectionFault | undefined;
}

const LF = 10;
const CR = 13;
const COLON = 58;

const noEnd: SectionFault = { code: "no-end-of-headers", why: "No empty line after the headers" };
const tooMany: SectionFault = { code: "too-many-headers", why: "Too many header fields" };
const badLine: SectionFault = { code: "bad-header-line", why: "Malformed header line" };

/**
 * Finds the fields from `from` up to the empty line, at most `limit` of them; what was read before a fault is kept for the
 * answer. Folded lines are rare: a section that has some is unfolded first.
 */
export function readHeaderSection(text: string, from: number, limit: number): HeaderSection {
  const numbers: number[] = [];
  const places: number[] = [];
  let fault: SectionFault | undefined;
  for (let at = from; ; ) {
    const lf = text.indexOf("\n", at);
    if (lf < 0) return { text, numbers, places, end: text.length, fault: fault ?? noEnd };
    if (lf === at + 1 && text.charCodeAt(at) === CR) return { text, numbers, places, end: lf + 1, fault };
    if (isFold(text, lf)) return readHeaderSection(unfolded(text, from), from, limit);
    const colon = find(text, COLON, at, lf);
    const number = colon === lf ? undefined : headerNumberAt(text, at, trimmedEnd(text, at, colon));
    if (number === undefined || text.charCodeAt(lf - 1) !== CR) fault ??= badLine;
    else if (numbers.length >= limit) return { text, numbers, places, end: text.length, fault: tooMany };
    else {
      numbers.push(number);
      places.push(colon, lf - 1);
    }
    at = lf + 1;
  }
}

/** Where the head that starts at `from` ends: behind its empty line; -1 when that has not come. */
export function endOfHead(bytes: Uint8Array, from: number): number {
  for (let lf = bytes.indexOf(LF, from); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf + 1] === CR && bytes[lf + 2] === LF) return lf + 3;
  }
  return -1;
}

/** The name before the colon at this place of a text, as written. */
export const nameBefore = (text: string, colon: number): string =>
  text.slice(text.lastIndexOf("\n", colon) + 1, colon).trimEnd();

/** Whether the line after this line feed goes on with the one before. @rfc 3261#7.3.1 */
function isFold(text: string, lf: number): boolean {
  const next = text.charCodeAt(lf + 1);
  return next === 32 || next === 9;
}

/** The text with each fold of its header section, and the blanks around it, made one space. @rfc 3261#7.3.1 */
function unfolded(text: string, from: number): string {
  const pieces = [text.slice(0, from)];
  let at = from;
  for (let isNewLine = true; ; ) {
    const lf = text.indexOf("\n", at);
    const lineEnd = lf > at && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf;
    if (lf < 0 || (isNewLine && lf === at + 1 && lineEnd === at)) return pieces.join("") + text.slice(at);
    isNewLine = !isFold(text, lf);
    if (isNewLine) pieces.push(text.slice(at, lf + 1));
    else if (lineEnd > at) pieces.push(text.slice(at, trimmedEnd(text, at, lineEnd)), " ");
    at = isNewLine ? lf + 1 : skipBlanks(text, lf + 1);
  }
}
