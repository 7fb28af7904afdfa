import { type Algorithm, hash, verify } from "@node-rs/argon2";

/** Argon2id with the least cost that OWASP's password storage guide accepts: 19 MiB, two passes, one lane. */
const OPTIONS = { algorithm: 2 satisfies Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The text under which a log-in password is stored. */
export const hashPassword = (password: string): Promise<string> => hash(password, OPTIONS);

/** Whether the password is the one behind the stored text; `false` for a text that is none. */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  try {
    return await verify(stored, password);
  } catch {
    return false;
  }
}
