import type { NgAddress } from "@cordboard/rtpengine";
import { parseNgAddresses } from "@cordboard/rtpengine";
import { z } from "zod";

/** More would be asked once a second each. */
const MAX_RTPENGINES = 32;

/** Reads what carries the sound: the rtpengines that are named, or none for the built-in engine alone. */
export const mediaSetting: z.ZodType<readonly NgAddress[], string | undefined> = z
  .string()
  .default("builtin")
  .transform((value, context): readonly NgAddress[] => {
    if (value === "builtin") return [];
    const [engine, places = ""] = value.split("=", 2);
    const addresses = engine === "rtpengine" ? parseNgAddresses(places) : undefined;
    if (addresses !== undefined && addresses.length <= MAX_RTPENGINES) return addresses;
    context.addIssue("must be builtin or rtpengine=host:port, with more after commas, as in rtpengine=10.0.0.5:22222");
    return z.NEVER;
  });
