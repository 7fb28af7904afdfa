import { z } from "zod";

/** Reads a span of 1 second to a day, or `off`. */
export const secondsOrOffSetting = (fallback: string): z.ZodType<number | "off", string | undefined> =>
  z
    .string()
    .default(fallback)
    .transform((value, context): number | "off" => {
      if (value === "off") return "off";
      const count = /^\d{1,5}$/.test(value) ? Number(value) : 0;
      if (count >= 1 && count <= 86_400) return count;
      context.addIssue("must be seconds from 1 to 86400, or off");
      return z.NEVER;
    });
