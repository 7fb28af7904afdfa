/** Structured logging as a port: kernel, protocols and core never print. Messages are constant; data is in fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Data of one log line, such as `{ tenant, call, leg }`. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A log that keeps nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
