import { z } from "zod";
import type { AdminCommand } from "./command.ts";
import { command, domain, extension, inTenant } from "./command.ts";

/** Commands on what is recorded by rule. */
export const recordingRuleCommands: Readonly<Record<string, AdminCommand>> = {
  "recording-rule": command(
    z.object({ domain, extension, isAlways: z.boolean().optional() }),
    (administration, { domain: named, extension: at, isAlways }) =>
      inTenant(administration, named, (tenant) => administration.recordingRule(tenant, at, isAlways)),
  ),
  "recording-notice": command(
    z.object({ domain, isGiven: z.boolean().optional() }),
    (administration, { domain: named, isGiven }) =>
      inTenant(administration, named, (tenant) => administration.recordingNotice(tenant, isGiven)),
  ),
};
