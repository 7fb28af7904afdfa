import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { z } from "zod";
import type { SettingDefaults, SettingEntry, Settings } from "./settings-catalogue.ts";
import { catalogue } from "./settings-catalogue.ts";
import { slipsBetween } from "./spelling.ts";

/** One fault of the settings: which one, and what to do about it. */
export interface SettingFault {
  readonly name: string;
  readonly why: string;
}

/** Every setting, for documents and `--help`. */
export const settingsCatalogue: readonly SettingEntry[] = Object.values(catalogue).map(
  ({ name, kind, default: fallback, description, secret }) => ({
    name,
    kind,
    default: fallback,
    description,
    secret,
  }),
);

/**
 * Reads all settings: environment, then `cordboard.json` in the data folder, then defaults. All faults are found at once; an
 * unknown name that starts with `CORDBOARD_` is a fault.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  defaults: SettingDefaults,
): Result<Settings, readonly SettingFault[]> {
  const known = new Set(Object.values(catalogue).map(({ name }) => name));
  const faults: SettingFault[] = [];
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith("CORDBOARD_") && value !== ""),
  );
  const data = String(catalogue.data.parse(defaults).safeParse(given[catalogue.data.name]).data);
  const file = readFile(join(data, "cordboard.json"), faults);
  for (const name of [...Object.keys(given), ...Object.keys(file)]) {
    if (!known.has(name)) faults.push({ name, why: nearest(name, known) });
  }
  const values: Record<string, unknown> = {};
  for (const [key, { name, parse }] of Object.entries(catalogue)) {
    const parsed = parse(defaults).safeParse(given[name] ?? file[name]);
    if (parsed.success) values[key] = parsed.data;
    else faults.push({ name, why: parsed.error.issues[0]?.message ?? "is not usable" });
  }
  if ((values["tlsCert"] === undefined) !== (values["tlsKey"] === undefined)) {
    faults.push({ name: "CORDBOARD_TLS_CERT", why: "needs CORDBOARD_TLS_KEY with it, and the other way round" });
  }
  const hasTurn = Array.isArray(values["turn"]) && values["turn"].length > 0;
  if (hasTurn !== (values["turnSecret"] !== undefined)) {
    faults.push({ name: "CORDBOARD_TURN", why: "needs CORDBOARD_TURN_SECRET with it, and the other way round" });
  }
  if (values["smtpUrl"] !== undefined && values["mailFrom"] === undefined) {
    faults.push({ name: "CORDBOARD_MAIL_FROM", why: "is needed with CORDBOARD_SMTP_URL" });
  }
  return faults.length > 0 ? refused(faults) : ok(values as unknown as Settings);
}

function readFile(path: string, faults: SettingFault[]): Readonly<Record<string, string>> {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch {
    return {};
  }
  try {
    return z.record(z.string(), z.union([z.string(), z.number().transform(String)])).parse(JSON.parse(content));
  } catch {
    faults.push({ name: path, why: 'must be JSON with settings by name, as in {"CORDBOARD_HTTP_PORT": "8080"}' });
    return {};
  }
}

/** Two slips are still a slip of the pen; three are another word. */
const MOST_SLIPS = 2;
/** A name of which so much fits is taken for a part of another: our prefix, and three letters. */
const LEAST_PART = "CORDBOARD_".length + 3;

/** An unknown name is mostly a slip of the pen: says which known one was probably meant. */
function nearest(name: string, known: ReadonlySet<string>): string {
  const isMeant = (candidate: string): boolean =>
    slipsBetween(candidate, name) <= MOST_SLIPS ||
    (name.length >= LEAST_PART && (candidate.startsWith(name) || name.startsWith(candidate)));
  const meant = [...known].find(isMeant);
  return meant === undefined ? "is not a setting; see docs/settings.md" : `is not a setting; did you mean ${meant}?`;
}

/** The settings as they may be logged: secrets hidden. */
export function shownSettings(settings: Settings): Readonly<Record<string, unknown>> {
  const secrets = new Set(Object.entries(catalogue).flatMap(([key, { secret }]) => (secret ? [key] : [])));
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, secrets.has(key) && value !== undefined ? "(hidden)" : value]),
  );
}
