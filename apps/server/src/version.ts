import { existsSync, readFileSync } from "node:fs";

/** The version in the package.json of `cordboard`, which lies above the sources in the repository and above dist/ when packed. */
export const version: string = versionAbove(new URL("..", import.meta.url));

function versionAbove(folder: URL): string {
  const file = new URL("package.json", folder);
  if (existsSync(file)) {
    const { name, version: found } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly name: string;
      readonly version: string;
    };
    if (name === "cordboard") return found;
  }
  const above = new URL("..", folder);
  return above.href === folder.href ? "unknown" : versionAbove(above);
}
