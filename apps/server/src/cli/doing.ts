import { resolve } from "node:path";
import type { Result } from "@cordboard/kernel";
import { PlatformError, refused } from "@cordboard/kernel";
import { askServer } from "../admin/admin-socket.ts";
import { runAdminCommand } from "../admin/commands.ts";
import { wantsServer } from "../admin/live-commands.ts";
import type { CommandRefusal } from "../admin/refusal.ts";
import { notRunning } from "../admin/refusal.ts";
import { readSettings } from "../settings.ts";
import type { Settings } from "../settings-catalogue.ts";
import { openStandIn } from "../system/stand-in.ts";

/** What every command is given. */
export interface Doing {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly json?: true | undefined;
}

/** An administrative command and how its outcome is shown. */
export interface Administering extends Doing {
  readonly command: string;
  readonly input: unknown;
  /** The outcome's text for people. */
  readonly text: (value: never) => string;
}

/** Exit codes: done, refused or failed, and settings that cannot be used. */
export const EXIT = { done: 0, failed: 1, badSettings: 2 } as const;

/** Has the running server do it, or does it on the data folder itself when none runs. Settles with the exit code. */
export async function administer({ command, input, json, text, environment }: Administering): Promise<number> {
  const settings = settingsOrFaults(environment, false);
  if (settings === undefined) return EXIT.badSettings;
  try {
    const result =
      (await askServer(resolve(settings.data), command, input)) ?? (await doItHere(settings, command, input));
    if (!result.ok) {
      process.stderr.write(`cordboard: ${result.error.why}\n`);
      return EXIT.failed;
    }
    const shown = json === true ? JSON.stringify(result.value ?? null, null, 2) : text(result.value as never);
    process.stdout.write(`${shown}\n`);
    return EXIT.done;
  } catch (fault) {
    process.stderr.write(`cordboard: ${faultText(fault)}\n`);
    return EXIT.failed;
  }
}

async function doItHere(settings: Settings, command: string, input: unknown): Promise<Result<unknown, CommandRefusal>> {
  if (wantsServer(command)) return refused(notRunning);
  const standIn = await openStandIn(settings);
  try {
    return await runAdminCommand(standIn.administration, command, input);
  } finally {
    await standIn.close();
  }
}

/** The settings; `undefined` after their faults have been printed, all at once. */
export function settingsOrFaults(environment: Doing["environment"], isDemo: boolean): Settings | undefined {
  const read = readSettings(environment, { isDemo, isTerminal: process.stdout.isTTY === true });
  if (read.ok) return read.value;
  for (const { name, why } of read.error) process.stderr.write(`cordboard: ${name} ${why}\n`);
  return undefined;
}

/** A fault in one line, with what is behind it. */
export function faultText(fault: unknown): string {
  if (!(fault instanceof Error)) return "something went wrong that is no error";
  const code = fault instanceof PlatformError ? ` (${fault.code})` : "";
  const behind = fault.cause instanceof Error ? `: ${fault.cause.message}` : "";
  return `${fault.message}${behind}${code}`;
}
