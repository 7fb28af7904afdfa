import type { CallId, Instant, Millis, RecordingId, TenantId, UserId, VoiceMessageId } from "@cordboard/kernel";

/** A message that somebody left for a user. */
export interface VoiceMessage {
  readonly id: VoiceMessageId;
  readonly tenant: TenantId;
  /** Whose it is. */
  readonly user: UserId;
  readonly from: { readonly name: string; readonly number: string };
  readonly at: Instant;
  readonly lasted: Millis;
  readonly isHeard: boolean;
  /** Where its sound is. */
  readonly recording: RecordingId;
  /** The call in which it was left. */
  readonly call: CallId;
}

/** What a user's mailbox is like now. */
export interface Mailbox {
  readonly user: UserId;
  /** Language of the prompts, BCP 47. */
  readonly language: string;
  /** The user's own greeting; null: the house's. */
  readonly greeting: RecordingId | null;
  /** The oldest first. */
  readonly messages: readonly VoiceMessage[];
}

/** What is to be changed in a mailbox. */
export type MailboxChange =
  /** A message begins to be taken down: after a crash, what is in its file then is the message. */
  | { readonly type: "begin-message"; readonly message: VoiceMessage }
  | {
      readonly type: "keep-message";
      readonly tenant: TenantId;
      readonly recording: RecordingId;
      readonly lasted: Millis;
    }
  | {
      readonly type: "keep-greeting";
      readonly tenant: TenantId;
      readonly user: UserId;
      readonly recording: RecordingId;
    }
  /** The house greets again in place of the user. */
  | { readonly type: "reset-greeting"; readonly tenant: TenantId; readonly user: UserId }
  | { readonly type: "mark-heard"; readonly tenant: TenantId; readonly message: VoiceMessageId }
  | { readonly type: "delete"; readonly tenant: TenantId; readonly message: VoiceMessageId }
  /** Neither message nor greeting: the file goes, and the message that it began. */
  | { readonly type: "discard"; readonly tenant: TenantId; readonly recording: RecordingId };

/** What the server says, of a set that is recorded in each language. */
export type PromptName =
  | "leave-a-message"
  | "beep"
  | "message-kept"
  | "mailbox-full"
  | "you-have"
  | "no-messages"
  | "new-message"
  | "new-messages"
  | "old-message"
  | "old-messages"
  | "message-menu"
  | "main-menu"
  | "deleted"
  | "no-more-messages"
  | "record-greeting"
  | "greeting-kept"
  | "greeting-reset"
  | "goodbye"
  | `number-${number}`;

/** One piece of what is said: a prompt of the house, or something that was recorded. */
export type Word = { readonly prompt: PromptName } | { readonly recording: RecordingId };

/** What an attendant does: it speaks, listens to digits, and records. All orders are about the one leg that it serves. */
export type AttendantAction =
  /** Says these, one after the other; `said` follows. Takes the place of what is being said. */
  | { readonly type: "say"; readonly words: readonly Word[] }
  | { readonly type: "record"; readonly recording: RecordingId }
  | { readonly type: "stop-recording"; readonly recording: RecordingId }
  /** Waits so long for a digit; `silent` follows when none comes. */
  | { readonly type: "wait" }
  | { readonly type: "keep-message"; readonly recording: RecordingId; readonly lasted: Millis }
  | { readonly type: "keep-greeting"; readonly recording: RecordingId }
  | { readonly type: "reset-greeting" }
  | { readonly type: "discard"; readonly recording: RecordingId }
  | { readonly type: "mark-heard"; readonly message: VoiceMessageId }
  | { readonly type: "delete"; readonly message: VoiceMessageId }
  | { readonly type: "hang-up" };

/** What an attendant hears of. */
export type AttendantInput =
  | { readonly type: "begun" }
  | { readonly type: "said" }
  | { readonly type: "digit"; readonly digit: string }
  | { readonly type: "recorded"; readonly lasted: Millis }
  | { readonly type: "silent" };
