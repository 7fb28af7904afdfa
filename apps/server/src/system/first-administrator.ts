import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@cordboard/kernel";
import { hashPassword } from "../passwords.ts";
import { makePassword } from "../secrets.ts";
import type { Foundation } from "./foundation.ts";

/**
 * Makes the administrator `admin` when there is none yet. A password that was not set is made, and shown on a terminal or written to
 * `<data>/admin-password` (0600). Returns what `ready` should say about it.
 */
export async function ensureAdministrator(
  { config, directory, dataFolder, settings, host }: Foundation,
  isTerminal: boolean,
): Promise<string | undefined> {
  const tenant = directory.defaultTenant().id;
  if (directory.userAt(tenant, "admin") !== undefined) return undefined;
  const password = settings.adminPassword ?? makePassword(host.random);
  const file = join(dataFolder, "admin-password");
  if (settings.adminPassword === undefined && !isTerminal) await writeFile(file, `${password}\n`, { mode: 0o600 });
  const added = await config.addUser(tenant, {
    extension: "admin",
    name: "Administrator",
    role: "admin",
    mobile: null,
    passwordHash: await hashPassword(password),
  });
  if (!added.ok) throw new PlatformError("internal", `the administrator cannot be made: ${added.error.code}`);
  if (settings.adminPassword !== undefined) return "administrator admin has the password of CORDBOARD_ADMIN_PASSWORD";
  return isTerminal
    ? `administrator admin, password ${password} (shown once)`
    : `administrator admin, password in ${file}`;
}
