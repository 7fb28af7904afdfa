/** Why an association ends, by number. @rfc 5246#7.2 */
export const alert = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
} as const;

/** What is wrong with what the peer said. */
export interface Fault {
  readonly alert: (typeof alert)[keyof typeof alert];
  readonly why: string;
}

/** Made in one word. */
export const fault = (kind: keyof typeof alert, why: string): Fault => ({ alert: alert[kind], why });
