import { isMailAddress } from "@cordboard/core";
import { z } from "zod";

/** Reads where our mail is handed over; undefined: nowhere. */
export const mailServerSetting: z.ZodType<URL | undefined, string | undefined> = z
  .string()
  .optional()
  .transform((value, context) => {
    if (value === undefined) return undefined;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url !== undefined && /^smtps?:$/.test(url.protocol) && url.hostname !== "") return url;
    context.addIssue("must be the address of a mail server, as in smtps://name:password@mail.example.com");
    return z.NEVER;
  });

/** Reads whom our mail is from: an address, or a name with one behind it in angle brackets. */
export const senderSetting: z.ZodType<string, string> = z
  .string()
  .max(320)
  .refine((value) => {
    const [, name, address = value] = /^([^<>\p{Cc}]*)<([^<>]*)>$/u.exec(value) ?? [];
    return isMailAddress(address) && (name === undefined || !name.includes('"'));
  }, "must be an address, as in phone@example.com or Telephone <phone@example.com>");
