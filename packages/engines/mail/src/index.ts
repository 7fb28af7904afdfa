export type { SmtpMailerOptions } from "./smtp-mailer.ts";
export { createSmtpMailer } from "./smtp-mailer.ts";
