/** Bits of the character classes below. */
const TOKEN = 1;
const HOST = 2;
const IPV6 = 4;
const URI = 8;
const VALUE = 16;
const LOWER = 32;

/** Where the classes of all characters beyond ASCII stand. */
const BEYOND = 128;

const classes: Uint8Array = new Uint8Array(BEYOND + 1);
const mark = (characters: string, bit: number): void => {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    classes[code] = (classes[code] ?? 0) | bit;
  }
};
const digits = "0123456789";
const small = "abcdefghijklmnopqrstuvwxyz";
const letters = `${small}${small.toUpperCase()}`;
mark(`${digits}${letters}-.!%*_+\`'~`, TOKEN);
mark(`${digits}${small}-.!%*_+\`'~`, LOWER);
mark(`${digits}${letters}-._`, HOST);
mark(`${digits}abcdefABCDEF:.`, IPV6);
// URIs and values are read later, by those who need what is in them: here it matters only that they end.
mark(`${digits}${letters}!#$%&'()*+,-./:;=?@[\\]^_\`{|}~`, URI);
mark(`${digits}${letters}!#$%&'()*+-./:=?@[\\]^_\`{|}~`, VALUE);
classes[BEYOND] = URI | VALUE;

/** The index of the first character from `from` on, before `to`, that is not of a class; `to` when there is none. */
function skipClass(text: string, bit: number, from: number, to: number): number {
  let i = from;
  for (; i < to; i++) {
    const code = text.charCodeAt(i);
    if (((classes[Math.min(code, BEYOND)] ?? 0) & bit) === 0) break;
  }
  return i;
}

const isAll = (text: string, bit: number): boolean =>
  text.length > 0 && skipClass(text, bit, 0, text.length) === text.length;

/** Whether the text is a token of at least one character. @rfc 3261#25.1 */
export const isToken = (text: string): boolean => isAll(text, TOKEN);

/** Whether the text has only characters of a host name or IPv4 address (underscores are let through, as phones send them). */
export const isHostName = (text: string): boolean => isAll(text, HOST);

/** Whether the text could be an IPv6 address (without brackets and zone). */
export const isIpv6 = (text: string): boolean => text.length <= 45 && text.includes(":") && isAll(text, IPV6);

/** The end of the token that starts at `from` of a text, at most `to`; `from` when none does. */
export const skipToken = (text: string, from: number, to: number = text.length): number =>
  skipClass(text, TOKEN, from, to);

/** The end of the run of token characters without capitals that starts at `from` of a text, at most `to`. */
export const skipLowerToken = (text: string, from: number, to: number): number => skipClass(text, LOWER, from, to);

/** The end of the host name or IPv4 address that starts at `from` of a text, at most `to`. */
export const skipHostName = (text: string, from: number, to: number): number => skipClass(text, HOST, from, to);

/** The end of what may be a URI and starts at `from` of a text, at most `to`; letters beyond ASCII are let through. */
export const skipUri = (text: string, from: number, to: number): number => skipClass(text, URI, from, to);

/** The end of a parameter's value without quotes (hosts with brackets and colons fit) that starts at `from`, at most `to`. */
export const skipParamValue = (text: string, from: number, to: number): number => skipClass(text, VALUE, from, to);

/** Whether the character code is a space or a tab. */
const isBlank = (code: number): boolean => code === 32 || code === 9;

/** The index of the first character from `from` on, before `to`, that is no space or tab; `to` when there is none. */
export function skipBlanks(text: string, from: number, to: number = text.length): number {
  let i = from;
  while (i < to && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** The index after the last character before `to`, back to `from`, that is no space or tab. */
export function trimmedEnd(text: string, from: number, to: number): number {
  let i = to;
  while (i > from && isBlank(text.charCodeAt(i - 1))) i--;
  return i;
}

/** The index of the first character with this code from `from` on, before `to`; `to` when there is none. */
export function find(text: string, code: number, from: number, to: number): number {
  // The host's own search would run on to the end of the message: a look at each character is bounded, and no slower.
  let i = from;
  while (i < to && text.charCodeAt(i) !== code) i++;
  return i;
}

/** A whole number of 1 to `maxDigits` decimal digits and nothing else; undefined when the text is not one. */
export const wholeNumber = (text: string, maxDigits: number): number | undefined =>
  wholeNumberIn(text, 0, text.length, maxDigits);

/** A whole number as {@link wholeNumber} reads it, from `from` to `to` of a text. */
export function wholeNumberIn(text: string, from: number, to: number, maxDigits: number): number | undefined {
  if (to <= from || to - from > maxDigits) return undefined;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** The index just after the quoted string that starts at `from` (a `"`), or -1 when it does not end before `to`. */
export function endOfQuoted(text: string, from: number, to: number = text.length): number {
  for (let i = from + 1; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === 34) return i + 1;
  }
  return -1;
}

/** The text inside a quoted string given with its quotes, escapes undone. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  let text = "";
  for (let i = 0; i < inner.length; i++) {
    if (inner.charCodeAt(i) === 92 && i + 1 < inner.length) i++;
    text += inner[i] ?? "";
  }
  return text;
}

/** The text as a quoted string; line ends become spaces. */
export function quote(text: string): string {
  if (!/["\\\r\n]/.test(text)) return `"${text}"`;
  return `"${text.replace(/[\r\n]/g, " ").replace(/["\\]/g, "\\$&")}"`;
}
