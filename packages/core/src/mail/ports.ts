import type { Result } from "@cordboard/kernel";
import type { Mail, MailRefusal } from "./types.ts";

/** Sends e-mail. */
export interface Mailer {
  /** Settles once the mail server has taken it or there is a reason why not; never rejects, and never waits for ever. */
  send(mail: Mail): Promise<Result<void, MailRefusal>>;
}
