// Completes package-lock.json with optional packages of other platforms (`npm run lock`).
//
// A registry mirror may lack binaries for platforms that it never served. npm then leaves them out of the lock file,
// and `npm ci` refuses the very lock file that npm wrote ("Missing: … from lock file"). So each optional dependency
// that the lock file names but does not place gets an entry that only machines of that platform will install.
// With `--check` nothing is written: exit code 1 when something is missing, or when the lock file holds an address.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const OPERATING_SYSTEMS = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

/** The limits that npm reads (`os`, `cpu`, `libc`), taken from the words of a platform package's name. */
export function platformOf(name) {
  const words = name.split(/[/-]/).map((word) => (word === "win" ? "win32" : word));
  const os = words.filter((word) => OPERATING_SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.some((word) => word.startsWith("gnu")) && os.includes("linux")
      ? ["glibc"]
      : [];
  return { ...(cpu.length > 0 && { cpu }), ...(os.length > 0 && { os }), ...(libc.length > 0 && { libc }) };
}

/** Where a package that lives at `from` finds `name`: the nearest `node_modules` upwards, or nothing. */
function placeOf(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const place = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (at === "") return undefined;
  }
}

/** The lock file with every optional dependency placed, its entries sorted as npm sorts them, and what was added. */
export function completeLock(lock) {
  const packages = { ...lock.packages };
  const added = [];
  for (const [from, parent] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      const version = range.replace(/^[\^~]/, "");
      if (!EXACT_VERSION.test(version)) continue;
      const place = placeOf(packages, from, name);
      if (place !== undefined && (range !== version || packages[place].version === version)) continue;
      const limits = platformOf(name);
      if (limits.os === undefined && limits.cpu === undefined)
        throw new Error(`no platform in the name of the optional package ${name}`);
      const target = place === undefined ? `node_modules/${name}` : `${from}/node_modules/${name}`;
      packages[target] = {
        version,
        ...(limits.cpu && { cpu: limits.cpu }),
        ...(parent.dev && { dev: true }),
        ...(limits.libc && { libc: limits.libc }),
        optional: true,
        ...(limits.os && { os: limits.os }),
      };
      added.push(`${name}@${version}`);
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en")));
  return { lock: added.length === 0 ? lock : { ...lock, packages: sorted }, added };
}

/** Packages whose entry names the address that they came from. It would tie the lock file to one registry. */
export const addressesIn = (lock) =>
  Object.entries(lock.packages).flatMap(([place, entry]) =>
    /^(?:https?|git)/.test(entry.resolved ?? "") ? [place] : [],
  );

function main() {
  const path = new URL("../package-lock.json", import.meta.url);
  const text = readFileSync(path, "utf8");
  const { lock, added } = completeLock(JSON.parse(text));
  const faults = addressesIn(lock).map((place) => `${place} names an address; is .npmrc in force?`);
  if (process.argv.includes("--check")) {
    faults.push(...added.map((name) => `${name} is missing from package-lock.json; run: npm run lock`));
  } else if (added.length > 0) {
    writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
    process.stdout.write(`package-lock.json: added ${added.join(", ")}\n`);
  }
  if (faults.length > 0) process.stderr.write(`${faults.join("\n")}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
