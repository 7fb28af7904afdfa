import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";

/** Longest number that is dialled, in digits. E.164 has 15; prefixes and service codes may come before it. */
const LONGEST = 32;

/**
 * A number as people write it, made dialable: spaces, dots, dashes and brackets go; a leading `+`, digits, `*` and `#` stay;
 * anything else is refused, because a guess would call somebody.
 */
export function cleanNumber(text: string): Result<string, { readonly code: "invalid-number" }> {
  let number = "";
  for (const char of text) {
    if (isFiller(char)) continue;
    const fits = isDigit(char) || char === "*" || char === "#" || (char === "+" && number === "");
    if (!fits || number.length === LONGEST) return refused({ code: "invalid-number" });
    number += char;
  }
  return number === "" || number === "+" ? refused({ code: "invalid-number" }) : ok(number);
}

const isDigit = (char: string): boolean => char >= "0" && char <= "9";

/** Space, no-break spaces, dot, brackets, and the dashes that word processors make. */
const isFiller = (char: string): boolean => " \t\u00a0\u202f.-()[]\u2010\u2011\u2012\u2013\u2014".includes(char);
