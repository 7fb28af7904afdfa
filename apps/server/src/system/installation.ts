import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@cordboard/kernel";
import { randomHex } from "@cordboard/kernel";

const NAME_BYTES = 8;

/**
 * Tells this data folder from every other where programs are shared: 16 hexadecimal digits in `<data>/installation`, made at first use.
 * Backups do not have it, so what is restored elsewhere is another installation. Whoever calls it holds the folder's lock.
 */
export async function installationOf(dataFolder: string, random: Random): Promise<string> {
  const file = join(dataFolder, "installation");
  // A power cut may have left half a name, which is none.
  const known = (await readFile(file, "utf8").catch(() => "")).trim();
  if (/^[0-9a-f]{16}$/.test(known)) return known;
  const name = randomHex(random, NAME_BYTES);
  await writeFile(file, `${name}\n`, { mode: 0o600 });
  return name;
}
