import { isMailAddress } from "@cordboard/core";
import type { Instant, KeyId, Result } from "@cordboard/kernel";
import { instant, ok, refused } from "@cordboard/kernel";
import { z } from "zod";
import type { Administration } from "./administration.ts";
import type { AdminCommand } from "./command.ts";
import { command, domain, extension, inTenant } from "./command.ts";
import { liveCommands } from "./live-commands.ts";
import { promptCommands } from "./prompt-commands.ts";
import { protectionCommands } from "./protection-commands.ts";
import { recordedCommands } from "./recorded-commands.ts";
import { recordingRuleCommands } from "./recording-rule-commands.ts";
import type { CommandRefusal } from "./refusal.ts";
import { statusCommands } from "./status-commands.ts";

const secret = z.string().min(8, "a password has at least 8 characters").max(256).optional();

const address = z.string().refine(isMailAddress, "an e-mail address has the form name@domain");

const target = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("voicemail") }),
  z.object({ kind: z.literal("number"), number: z.string().max(64) }),
]);
const forwarding = target.nullable().optional();

/** What the command line can ask of a running server, or do by itself when none runs. */
const adminCommands: Readonly<Record<string, AdminCommand>> = {
  "user-add": command(
    z.object({
      domain,
      extension,
      name: z.string().min(1).max(100),
      role: z.enum(["admin", "user", "room"]).default("user"),
      mobile: z.string().max(40).optional(),
      email: address.optional(),
      sipPassword: secret,
      webPassword: secret,
    }),
    (administration, input) =>
      inTenant(administration, input.domain, (tenant) => administration.addUser(tenant, input)),
  ),
  "user-list": command(z.object({ domain }), (administration, input) =>
    inTenant(administration, input.domain, async (tenant) => ok(await administration.listUsers(tenant))),
  ),
  "user-remove": command(z.object({ domain, extension }), (administration, input) =>
    inTenant(administration, input.domain, (tenant) => administration.removeUser(tenant, input.extension)),
  ),
  "user-reach": command(
    z.object({
      domain,
      extension,
      doNotDisturb: z.boolean().optional(),
      callWaiting: z.boolean().optional(),
      forward: z
        .object({ always: forwarding, busy: forwarding, noAnswer: forwarding, notRegistered: forwarding })
        .optional(),
      ringSeconds: z.number().optional(),
      mobile: z.string().max(64).nullable().optional(),
      mobileAfterSeconds: z.number().nullable().optional(),
    }),
    (administration, { domain: named, extension: of, ...change }) =>
      inTenant(administration, named, (tenant) => administration.reach(tenant, of, change)),
  ),
  "user-mail": command(
    z.object({
      domain,
      extension,
      address: address.nullable().optional(),
      hasSound: z.boolean().optional(),
      isDeletedAfter: z.boolean().optional(),
    }),
    (administration, { domain: named, extension: of, ...change }) =>
      inTenant(administration, named, (tenant) => administration.mail(tenant, of, change)),
  ),
  "key-create": command(
    z.object({
      domain,
      name: z.string().min(1).max(100).default("key"),
      role: z.enum(["admin", "user"]).default("admin"),
      extensions: z.array(extension).min(1).nullable().default(null),
      ratePerMinute: z.int().min(1).max(1_000_000).nullable().default(null),
      concurrentCalls: z.int().min(1).max(1_000_000).nullable().default(null),
    }),
    (administration, input) =>
      inTenant(administration, input.domain, (tenant) => administration.createKey(tenant, input)),
  ),
  "key-list": command(z.object({ domain }), (administration, input) =>
    inTenant(administration, input.domain, async (tenant) => ok(await administration.listKeys(tenant))),
  ),
  "key-revoke": command(z.object({ domain, id: z.string().max(64) }), (administration, input) =>
    inTenant(administration, input.domain, (tenant) => administration.revokeKey(tenant, input.id as KeyId)),
  ),
  history: command(
    z.object({
      domain,
      count: z.int().min(1).max(1000).default(100),
      from: z.iso.datetime({ offset: true }).optional(),
      extension: extension.optional(),
    }),
    (administration, input) =>
      inTenant(administration, input.domain, async (tenant) =>
        ok(
          await administration.history(tenant, {
            count: input.count,
            direction: "DESC",
            ...(input.from === undefined ? {} : { from: at(input.from) }),
            ...(input.extension === undefined ? {} : { extensions: [input.extension] }),
          }),
        ),
      ),
  ),
  ...recordedCommands,
  ...promptCommands,
  ...recordingRuleCommands,
  ...statusCommands,
  ...protectionCommands,
  ...liveCommands,
  cert: command(z.object({}), async (administration) => ok(await administration.certificate())),
};

const at = (text: string): Instant => instant(Date.parse(text));

/** Checks the input and runs the command; what does not fit is refused with its place and reason. */
export async function runAdminCommand(
  administration: Administration,
  name: string,
  input: unknown,
): Promise<Result<unknown, CommandRefusal>> {
  const found = Object.hasOwn(adminCommands, name) ? adminCommands[name] : undefined;
  if (found === undefined) return refused({ code: "unknown-command", why: `there is no command ${name}` });
  const parsed = found.input.safeParse(input);
  if (!parsed.success) {
    const why = parsed.error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`).join("; ");
    return refused({ code: "bad-input", why });
  }
  return found.run(administration, parsed.data as never);
}
