import { makeHa1 } from "@cordboard/sip";
import { machine } from "@cordboard/testkit";
import { beforeStart } from "./before-start.ts";

/** A company of many users, none of whom has ever set a web password. */
export interface Crowd {
  readonly domain: string;
  readonly extensions: readonly string[];
  passwordOf(extension: string): string;
}

/** Commits share what they wait for. */
const AT_ONCE = 20;
const FIRST_EXTENSION = 10_001;
const passwordOf = (extension: string): string => `crowd-${extension}`;

/**
 * Makes so many users in an empty data folder, before a server is started on it. At once, because it makes no web passwords: hashing
 * those is slow by design.
 */
export function makeCrowd(data: string, size: number): Promise<Crowd> {
  return beforeStart(data, async ({ directory, config }) => {
    const { id, domain, realm } = directory.defaultTenant();
    const extensions = Array.from({ length: size }, (_, index) => String(FIRST_EXTENSION + index));
    const add = async (extension: string): Promise<void> => {
      const sipSecrets = makeHa1(machine.hash, realm, { username: extension, password: passwordOf(extension) });
      const user = { extension, name: `User ${extension}`, role: "user", mobile: null, sipSecrets } as const;
      const made = await config.addUser(id, user);
      if (!made.ok) throw new Error(made.error.code);
    };
    for (let at = 0; at < size; at += AT_ONCE) await Promise.all(extensions.slice(at, at + AT_ONCE).map(add));
    return { domain, extensions, passwordOf };
  });
}
