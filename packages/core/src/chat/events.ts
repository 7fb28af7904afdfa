/** A message as the outside sees it. */
export interface MessageView {
  /** Extensions of who wrote it and whom it is for. */
  readonly from: string;
  readonly to: string;
  readonly contentType: string;
  /** What it says; null when it is no text, and for whom it is not. */
  readonly text: string | null;
  /** Size of its content, in bytes. */
  readonly bytes: number;
}

/** The data of events about messages, by wire name. */
export interface ChatEventData {
  readonly "message.sent.v1": { readonly message: MessageView };
}
