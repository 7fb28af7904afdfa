import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import { codeOf } from "../processes.ts";
import { writeWhole } from "../whole-file.ts";

const KEY_BYTES = 32;

/** Where the key comes from. */
export interface SecretKeySource {
  readonly dataFolder: string;
  /** `CORDBOARD_SECRET_KEY`, 64 hexadecimal digits; without it the key is in `<data>/secret.key`, made at first start. */
  readonly setting?: string | undefined;
  readonly random: Random;
}

/** The key of 32 bytes under which stored secrets are sealed. It is in no backup. The data folder's lock must be held. */
export async function secretKey({ dataFolder, setting, random }: SecretKeySource): Promise<Uint8Array> {
  if (setting !== undefined) return parsed(setting, "CORDBOARD_SECRET_KEY");
  const file = join(dataFolder, "secret.key");
  try {
    const key = parsed(await readFile(file, "utf8"), file);
    await chmod(file, 0o600);
    return key;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  const key = random.bytes(KEY_BYTES);
  await writeWhole(file, Buffer.from(key).toString("hex"));
  return key;
}

function parsed(text: string, source: string): Uint8Array {
  const digits = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return Uint8Array.from(Buffer.from(digits, "hex"));
  throw new PlatformError("bad-settings", `${source}: must be 64 hexadecimal digits`);
}
