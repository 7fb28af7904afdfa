/**
 * User-Agents that give up on a 401 as soon as one of its challenges names an algorithm they do not know, though MD5 is
 * offered beside it (RFC 8760 §2.4 has them pass over it). baresip before 3 does; seen with 1.0.0.
 */
const stumbling: readonly RegExp[] = [/^baresip v?[0-2]\./i];

/** Whether this client must be offered MD5 alone. It weakens nobody else: MD5 is taken from all, SHA-256 from all. */
export const knowsMd5Alone = (userAgent: string | undefined): boolean =>
  userAgent !== undefined && stumbling.some((name) => name.test(userAgent));
