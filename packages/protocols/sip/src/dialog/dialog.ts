/** Names a dialog on our side. @rfc 3261#12 */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}
