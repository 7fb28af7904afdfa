/** Bits of the character classes below. */
const TOKEN = 1;
const HOST = 2;
const HEX = 4;

const classes: Uint8Array = new Uint8Array(128);
const mark = (characters: string, bit: number): void => {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    classes[code] = (classes[code] ?? 0) | bit;
  }
};
const digits = "0123456789";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
mark(`${digits}${letters}-.!%*_+\`'~`, TOKEN);
mark(`${digits}${letters}-._`, HOST);
mark(`${digits}abcdefABCDEF`, HEX);

function isAll(text: string, bit: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || ((classes[code] ?? 0) & bit) === 0) return false;
  }
  return text.length > 0;
}

/** Whether the text is a token of at least one character. @rfc 3261#25.1 */
export const isToken = (text: string): boolean => isAll(text, TOKEN);

/** Whether the text has only characters of a host name or IPv4 address (underscores are let through, as phones send them). */
export const isHostName = (text: string): boolean => isAll(text, HOST);

/** Whether the text could be an IPv6 address (without brackets and zone). */
export function isIpv6(text: string): boolean {
  if (!text.includes(":") || text.length > 45) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 58 && code !== 46 && (code > 127 || ((classes[code] ?? 0) & HEX) === 0)) return false;
  }
  return true;
}

/** Whether the character code is a space or a tab. */
export const isBlank = (code: number): boolean => code === 32 || code === 9;

/** The index of the first character at or after `from` that is no space or tab. */
export function skipBlanks(text: string, from: number): number {
  let i = from;
  while (i < text.length && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** The index of the first character at or after `from` that cannot stand in a token. */
export function skipToken(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || ((classes[code] ?? 0) & TOKEN) === 0) break;
  }
  return i;
}

/** A whole number of 1 to `maxDigits` decimal digits and nothing else; undefined when the text is not one. */
export function wholeNumber(text: string, maxDigits: number): number | undefined {
  if (text.length === 0 || text.length > maxDigits) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** The index just after the quoted string that starts at `from` (a `"`), or -1 when it does not end. */
export function endOfQuoted(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
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
