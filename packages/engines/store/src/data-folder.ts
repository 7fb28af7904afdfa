import { mkdir } from "node:fs/promises";

/**
 * Makes a data folder. Root's is passable (0711), so that the account that runs the database reaches its part; secrets
 * in it are files of mode 0600.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
}
