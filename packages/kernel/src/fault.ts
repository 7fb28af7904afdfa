/** Everything that can go wrong on our side, by a stable name. Names are never changed or used again. */
export type FaultCode =
  | "bad-settings"
  | "bind-failed"
  | "data-folder-locked"
  | "data-folder-is-demo"
  | "database-unavailable"
  | "database-version"
  | "schema-newer"
  | "media-worker-lost"
  | "ports-exhausted"
  | "deadline-passed"
  | "internal";

/**
 * A fault of the platform: thrown, never returned, and never shown to a client in its own words.
 * Refusals, which are part of a contract, are {@link Result}s instead.
 */
export class PlatformError extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PlatformError";
    this.code = code;
  }
}
