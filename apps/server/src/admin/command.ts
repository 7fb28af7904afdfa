import type { Result, TenantId } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import { z } from "zod";
import type { Administration } from "./administration.ts";
import type { CommandRefusal } from "./refusal.ts";

/** One administrative command: what it takes, and what it does. */
export interface AdminCommand {
  readonly input: z.ZodType;
  readonly run: (administration: Administration, input: never) => Promise<Result<unknown, CommandRefusal>>;
}

/** A user's number. */
export const extension: z.ZodString = z.string().regex(/^[0-9]{1,10}$/, "an extension has 1 to 10 digits");
/** A tenant's domain; none names the default tenant. */
export const domain: z.ZodOptional<z.ZodString> = z.string().min(1).max(253).optional();

/** A command, whose input is checked before it runs. */
export const command = <Input>(
  input: z.ZodType<Input>,
  run: (administration: Administration, input: Input) => Promise<Result<unknown, CommandRefusal>>,
): AdminCommand => ({ input, run: run as AdminCommand["run"] });

/** Runs in the tenant of a domain, if there is one. */
export async function inTenant(
  administration: Administration,
  named: string | undefined,
  run: (tenant: TenantId) => Promise<Result<unknown, CommandRefusal>>,
): Promise<Result<unknown, CommandRefusal>> {
  const tenant = administration.tenantOf(named);
  if (tenant === undefined) return refused({ code: "unknown-domain", why: `there is no domain ${named ?? ""} here` });
  return run(tenant);
}
