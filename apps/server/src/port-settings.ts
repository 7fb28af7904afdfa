import { z } from "zod";

/** A port that is opened, `0` for any free one, or `off`. */
export type PortSetting = number | "off";

/** Reads a port. */
export const portSetting = (fallback: number): z.ZodType<PortSetting, string | undefined> =>
  z
    .string()
    .default(String(fallback))
    .transform((value, context): PortSetting => {
      if (value === "off") return "off";
      const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
      if (number <= 65_535) return number;
      context.addIssue("must be a port from 1 to 65535, 0 for any free one, or off");
      return z.NEVER;
    });

/** Reads the UDP ports for sound, both ends included. */
export const portRangeSetting: z.ZodType<{ readonly first: number; readonly last: number }, string | undefined> = z
  .string()
  .default("10000-19999")
  .transform((value, context) => {
    const [, first, last] = /^(\d{4,5})-(\d{4,5})$/.exec(value) ?? [];
    const range = { first: Number(first), last: Number(last) };
    if (range.first >= 1024 && range.last <= 65_535 && range.last - range.first >= 3) return range;
    context.addIssue("must be a range of at least four ports above 1023, as in 10000-19999");
    return z.NEVER;
  });
