export type { SmtpMailer, SmtpMailerOptions } from "./smtp-mailer.ts";
export { createSmtpMailer } from "./smtp-mailer.ts";
