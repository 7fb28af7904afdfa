import { z } from "zod";
import type { AdminCommand } from "./command.ts";
import { command, domain, extension, inTenant } from "./command.ts";

/** The command that says a user's status. */
export const statusCommands: Readonly<Record<string, AdminCommand>> = {
  "user-status": command(
    z.object({
      domain,
      extension,
      status: z.enum(["available", "away", "do-not-disturb"]).optional(),
      text: z.string().max(1000).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
    }),
    (administration, { domain: named, extension: of, ...change }) =>
      inTenant(administration, named, (tenant) => administration.status(tenant, of, change)),
  ),
};
