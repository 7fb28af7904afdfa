/** The data of events about mailboxes, by wire name. */
export interface VoicemailEventData {
  readonly "voicemail.changed.v1": { readonly extension: string; readonly fresh: number; readonly old: number };
}
