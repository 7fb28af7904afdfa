export type { Mailer } from "./ports.ts";
export type { Mail, MailRefusal } from "./types.ts";
