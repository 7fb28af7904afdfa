import type { CallId, RecordingId, VoiceMessageId } from "@cordboard/kernel";
import { ok } from "@cordboard/kernel";
import { z } from "zod";
import type { AdminCommand } from "./command.ts";
import { command, domain, extension, inTenant } from "./command.ts";

const id = z.string().max(64);
const days = z.int().min(1).max(36_500).nullable().optional();

/** Commands on what was recorded: calls, and messages for users. */
export const recordedCommands: Readonly<Record<string, AdminCommand>> = {
  "recording-list": command(
    z.object({
      domain,
      count: z.int().min(1).max(1000).default(100),
      extension: extension.optional(),
      call: id.optional(),
    }),
    (administration, { domain: named, count, extension: at, call }) =>
      inTenant(administration, named, async (tenant) =>
        ok(await administration.listRecordings(tenant, { count, extension: at, call: call as CallId | undefined })),
      ),
  ),
  "recording-delete": command(z.object({ domain, id }), (administration, input) =>
    inTenant(administration, input.domain, (tenant) => administration.deleteRecording(tenant, input.id as RecordingId)),
  ),
  "voicemail-list": command(z.object({ domain, extension: extension.optional() }), (administration, input) =>
    inTenant(administration, input.domain, (tenant) => administration.listMessages(tenant, input.extension)),
  ),
  "voicemail-delete": command(z.object({ domain, id }), (administration, input) =>
    inTenant(administration, input.domain, (tenant) =>
      administration.deleteMessage(tenant, input.id as VoiceMessageId),
    ),
  ),
  "voicemail-greeting": command(
    z.object({ domain, extension, isReset: z.boolean().default(false) }),
    (administration, { domain: named, extension: of, isReset }) =>
      inTenant(administration, named, (tenant) => administration.greeting(tenant, of, isReset)),
  ),
  retention: command(
    z.object({ domain, recordings: days, messages: days }),
    (administration, { domain: named, recordings, messages }) =>
      inTenant(administration, named, (tenant) =>
        administration.retention(tenant, {
          ...(recordings === undefined ? {} : { recordings }),
          ...(messages === undefined ? {} : { messages }),
        }),
      ),
  ),
};
