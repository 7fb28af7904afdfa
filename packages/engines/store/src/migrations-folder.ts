/** Where the numbered SQL files are: beside this file, and beside the bundle when the program is packed. */
export const migrationsFolder = (): URL => new URL("./migrations/", import.meta.url);
