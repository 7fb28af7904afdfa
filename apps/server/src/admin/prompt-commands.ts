import { ok } from "@cordboard/kernel";
import { z } from "zod";
import type { AdminCommand } from "./command.ts";
import { command, domain, inTenant } from "./command.ts";

/** Largest WAV file that a prompt is made of, in bytes: a minute of it at its widest, and some more. */
export const LARGEST_PROMPT_FILE: number = 2 * 1024 * 1024;

const place = { domain, prompt: z.string().max(64), language: z.string().max(16).optional() };

/** Commands on what the server says in a tenant's own voice. */
export const promptCommands: Readonly<Record<string, AdminCommand>> = {
  "prompt-list": command(z.object({ domain }), (administration, input) =>
    inTenant(administration, input.domain, async (tenant) => ok(await administration.listPrompts(tenant))),
  ),
  "prompt-set": command(
    z.object({ ...place, sound: z.base64().max(Math.ceil(LARGEST_PROMPT_FILE / 3) * 4) }),
    (administration, { domain: named, sound, ...at }) =>
      inTenant(administration, named, (tenant) =>
        administration.setPrompt(tenant, { ...at, sound: Buffer.from(sound, "base64") }),
      ),
  ),
  "prompt-reset": command(z.object(place), (administration, { domain: named, ...at }) =>
    inTenant(administration, named, (tenant) => administration.resetPrompt(tenant, at)),
  ),
};
