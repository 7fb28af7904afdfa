import { wholeNumber } from "../message/characters.ts";
import { base64Bytes, base64Text } from "./base64.ts";
import { wordsOf } from "./words.ts";

/** One `a=crypto` line: a suite, and the key that its writer sends with. @rfc 4568#9.1 */
export interface CryptoAttribute {
  /** 1 to 999,999,999; an answer bears that of the offer. */
  readonly tag: number;
  /** Registered name of the suite, such as `AES_CM_128_HMAC_SHA1_80`. */
  readonly suite: string;
  /** Master key, and the master salt after it. */
  readonly keyAndSalt: Uint8Array;
}

/**
 * Reads what stands after `a=crypto:`. Undefined for what we cannot use: several keys or key identifiers, and parameters of the
 * session, which would leave packets unencrypted or their keys changing.
 */
export function parseCrypto(text: string): CryptoAttribute | undefined {
  const [tagText = "", suite, key, ...parameters] = wordsOf(text.trim());
  const tag = wholeNumber(tagText, 9);
  if (tag === undefined || tag === 0 || suite === undefined || !/^[A-Za-z0-9_]{1,64}$/.test(suite)) return undefined;
  // A hint at the size of a replay window is all that may follow.
  if (parameters.some((parameter) => !/^WSH=\d{1,4}$/i.test(parameter))) return undefined;
  if (key === undefined || !/^inline:/i.test(key) || key.includes(";")) return undefined;
  const [inline = "", ...rest] = key.slice("inline:".length).split("|");
  // What is behind is how long the key lasts, which is longer than any call, or the identifier of one of several keys.
  if (rest.length > 1 || rest.some((part) => part.includes(":"))) return undefined;
  const keyAndSalt = base64Bytes(inline);
  return keyAndSalt === undefined ? undefined : { tag, suite: suite.toUpperCase(), keyAndSalt };
}

/** What stands after `a=crypto:`. */
export const printCrypto = ({ tag, suite, keyAndSalt }: CryptoAttribute): string =>
  `${tag} ${suite} inline:${base64Text(keyAndSalt)}`;
