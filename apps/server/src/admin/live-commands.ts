import type { ControlOrder } from "@cordboard/core";
import type { DeviceId, LegId, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { z } from "zod";
import type { Administration } from "./administration.ts";
import type { AdminCommand } from "./command.ts";
import { command, domain, extension, inTenant } from "./command.ts";
import type { LiveAdministration } from "./live-administration.ts";
import type { CommandRefusal } from "./refusal.ts";
import { notRunning } from "./refusal.ts";

const number = z.string().min(1).max(64);
const leg = z
  .string()
  .max(64)
  .transform((id) => id as LegId);
const device = z
  .string()
  .max(64)
  .transform((id) => id as DeviceId);

/** What can be asked of a live call. */
const order = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["hold", "resume", "answer", "hang-up"]) }),
  z.object({ type: z.literal("mute"), isMuted: z.boolean() }),
  z.object({ type: z.enum(["transfer", "invite"]), number }),
  z.object({ type: z.enum(["join", "conference"]), other: leg }),
  z.object({ type: z.literal("park"), number: number.nullable() }),
  z.object({ type: z.literal("record"), isOn: z.boolean() }),
  z.object({ type: z.literal("supervise"), extension, as: z.enum(["listen", "whisper", "barge"]) }),
  z.object({ type: z.literal("pick-up"), extension, device: device.nullable() }),
  z.object({ type: z.literal("hand-over"), device }),
  z.object({ type: z.literal("send-digits"), digits: z.string().max(256) }),
]) satisfies z.ZodType<ControlOrder>;

/** Commands that only a running server can do. */
export const liveCommands: Readonly<Record<string, AdminCommand>> = {
  "call-list": command(z.object({ domain }), (administration, input) =>
    whileLive(administration, (live) =>
      inTenant(administration, input.domain, (tenant) => Promise.resolve(ok(live.calls(tenant)))),
    ),
  ),
  "device-list": command(z.object({ domain }), (administration, input) =>
    whileLive(administration, (live) =>
      inTenant(administration, input.domain, (tenant) => Promise.resolve(ok(live.devices(tenant)))),
    ),
  ),
  "call-place": command(
    z.object({
      domain,
      extension,
      number,
      device: device.nullable().default(null),
      isAutoAnswered: z.boolean().default(false),
    }),
    (administration, { domain: named, ...call }) =>
      whileLive(administration, (live) => inTenant(administration, named, (tenant) => live.place(tenant, call))),
  ),
  "call-control": command(z.object({ domain, leg, order }), (administration, input) =>
    whileLive(administration, (live) =>
      inTenant(administration, input.domain, (tenant) => live.control(tenant, input.leg, input.order)),
    ),
  ),
};

/** Whether a command wants a server that runs. */
export const wantsServer = (name: string): boolean => Object.hasOwn(liveCommands, name);

function whileLive(
  { live }: Administration,
  run: (live: LiveAdministration) => Promise<Result<unknown, CommandRefusal>>,
): Promise<Result<unknown, CommandRefusal>> {
  return live === undefined ? Promise.resolve(refused(notRunning)) : run(live);
}
