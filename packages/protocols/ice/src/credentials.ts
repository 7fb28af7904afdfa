import type { Random } from "@cordboard/kernel";

/** What checks are signed with: made anew for each leg and each restart. @rfc 8839#5.4 */
export interface IceCredentials {
  readonly usernameFragment: string;
  readonly password: string;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const text = (random: Random, length: number): string =>
  Array.from(random.bytes(length), (byte) => LETTERS[byte & 63]).join("");

/** Credentials with 48 and 144 bits of chance; 24 and 128 are asked for. @rfc 8445#5.3 */
export const makeIceCredentials = (random: Random): IceCredentials => ({
  usernameFragment: text(random, 8),
  password: text(random, 24),
});

/** Whether a fragment and a password are as the grammar has them. */
export const areIceCredentials = ({ usernameFragment, password }: IceCredentials): boolean =>
  /^[A-Za-z0-9+/]{4,256}$/.test(usernameFragment) && /^[A-Za-z0-9+/]{22,256}$/.test(password);
