import type { Random } from "@cordboard/kernel";

/** Characters that people do not mix up when they read a password aloud. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const PASSWORD_LENGTH = 16;
const KEY_LENGTH = 32;

/** A password of 16 characters, 80 bits. */
export const makePassword = (random: Random): string => letters(random, PASSWORD_LENGTH);

/** The text of a new API key: `cb_` and 32 random characters, 160 bits. */
export const makeKey = (random: Random): string => `cb_${letters(random, KEY_LENGTH)}`;

function letters(random: Random, count: number): string {
  let text = "";
  for (const byte of random.bytes(count)) text += LETTERS[byte % LETTERS.length] ?? "";
  return text;
}
