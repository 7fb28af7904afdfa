import { z } from "zod";
import type { AdminCommand } from "./command.ts";
import { command, domain, extension, inTenant } from "./command.ts";

/** The command that says how a user's phones keep their sound from others. */
export const protectionCommands: Readonly<Record<string, AdminCommand>> = {
  "user-protect": command(
    z.object({
      domain,
      extension,
      protection: z.enum(["as-server", "off", "offered", "required"]).optional(),
      device: z
        .string()
        .regex(/^[\x21-\x7e]{1,256}$/, "a device is named by its id, as devices shows it, or by its instance")
        .nullable()
        .default(null),
    }),
    (administration, { domain: named, extension: of, ...change }) =>
      inTenant(administration, named, (tenant) => administration.protection(tenant, of, change)),
  ),
};
