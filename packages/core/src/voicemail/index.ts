export type { MailWishes, WaitingMail } from "./delivery.ts";
export { isMailAddress, MAIL_PATIENCE, nextTry } from "./delivery.ts";
export type { DepositContext, DepositState } from "./deposit.ts";
export { MAX_MESSAGES, SHORTEST_MESSAGE_MS, stepDeposit } from "./deposit.ts";
export type { VoicemailEventData } from "./events.ts";
export type { MenuContext, MenuState } from "./menu.ts";
export { stepMenu } from "./menu.ts";
export type { MessageMailParts } from "./message-mail.ts";
export { messageMail } from "./message-mail.ts";
export type { MailboxBook, MailboxCounts, MailOutbox } from "./ports.ts";
export type { Postman, PostmanParts } from "./postman.ts";
export { startPostman } from "./postman.ts";
export type {
  AttendantAction,
  AttendantInput,
  Mailbox,
  MailboxChange,
  PromptName,
  VoiceMessage,
  Word,
} from "./types.ts";
