import type { PlaceRefusal, SoundRefusal } from "@cordboard/core";
import type { FaultCode } from "@cordboard/kernel";

/** Refusals that belong to HTTP alone: the doors, credentials, limits, and requests that cannot be read. */
export type HttpRefusalCode =
  | "bad-request"
  | "body-too-large"
  | "unsupported-media-type"
  | "not-acceptable"
  | "not-found"
  | "unauthenticated"
  | "not-permitted"
  | "unknown-host"
  | "foreign-origin"
  | "tls-required"
  | "rate-limited"
  | "too-many-streams"
  | "bad-idempotency-key"
  | "key-reused"
  | "in-progress"
  | "outcome-unknown";

/** Refusals of core's commands. */
type CoreRefusalCode = PlaceRefusal["code"] | SoundRefusal["code"] | "unknown-call";

/** Everything that an answer may name as its trouble. */
export type ErrorCode = FaultCode | CoreRefusalCode | HttpRefusalCode;

/** What one code means, and how each protocol says it. */
export interface ErrorEntry {
  readonly http: number;
  /** SIP status for the same trouble, where a phone can meet it. */
  readonly sip: number | undefined;
  readonly level: "debug" | "info" | "warn" | "error";
  /** One sentence for people; goes into answers, so it holds nothing about the inside. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

const faults: Readonly<Record<FaultCode, ErrorEntry>> = {
  "bad-settings": {
    http: 500,
    sip: undefined,
    level: "error",
    meaning: "A setting is wrong or unknown.",
    remedy: "Correct the setting that the log names, and start again.",
  },
  "bind-failed": {
    http: 500,
    sip: undefined,
    level: "error",
    meaning: "An address or port could not be opened.",
    remedy: "End the program that holds the port, or choose another.",
  },
  "data-folder-locked": {
    http: 500,
    sip: undefined,
    level: "error",
    meaning: "Another server uses this data folder.",
    remedy: "Stop the other server, or choose another data folder.",
  },
  "data-folder-is-demo": {
    http: 500,
    sip: undefined,
    level: "error",
    meaning: "The data folder belongs to the demo company.",
    remedy: "Start the demo on it, or choose another data folder.",
  },
  "database-unavailable": {
    http: 503,
    sip: 503,
    level: "error",
    meaning: "The database cannot be reached.",
    remedy: "Try again after the time in Retry-After; see the server's log if it lasts.",
  },
  "database-version": {
    http: 500,
    sip: undefined,
    level: "error",
    meaning: "The data folder was made by another version of the database.",
    remedy: "Write a backup with the old version and restore it with the new one.",
  },
  "schema-newer": {
    http: 500,
    sip: undefined,
    level: "error",
    meaning: "The database was used by a newer version of this program.",
    remedy: "Install that version or a later one.",
  },
  "media-worker-lost": {
    http: 500,
    sip: 500,
    level: "error",
    meaning: "A worker that carried sound has died.",
    remedy: "Place the call again; report it with the correlation id if it happens often.",
  },
  "ports-exhausted": {
    http: 503,
    sip: 503,
    level: "warn",
    meaning: "All ports for sound are in use.",
    remedy: "Try again later, or give the server a wider range of ports.",
  },
  "deadline-passed": {
    http: 504,
    sip: 504,
    level: "warn",
    meaning: "An answer was waited for too long.",
    remedy: "Look whether the request took effect before you repeat it.",
  },
  internal: {
    http: 500,
    sip: 500,
    level: "error",
    meaning: "An unexpected error occurred.",
    remedy: "Report it with the correlation id.",
  },
};

const coreRefusals: Readonly<Record<CoreRefusalCode, ErrorEntry>> = {
  "invalid-extension": {
    http: 400,
    sip: 404,
    level: "debug",
    meaning: "There is no such extension, or it is not one of yours.",
    remedy: "Name an extension that your credential may act for.",
  },
  "invalid-number": {
    http: 400,
    sip: 404,
    level: "debug",
    meaning: "This is not a number, or it leads nowhere from here.",
    remedy: "Send digits, with a leading + if you like, that a route exists for.",
  },
  "no-devices": {
    http: 400,
    sip: 480,
    level: "info",
    meaning: "None of the extension's devices rang within five seconds.",
    remedy: "Register a device for the extension.",
  },
  "too-many-calls": {
    http: 429,
    sip: 486,
    level: "info",
    meaning: "As many calls are up as may be at once.",
    remedy: "Wait until one has ended.",
  },
  overloaded: {
    http: 503,
    sip: 503,
    level: "warn",
    meaning: "The server has too much to do.",
    remedy: "Try again after the time in Retry-After.",
  },
  "database-away": {
    http: 503,
    sip: 503,
    level: "warn",
    meaning: "New calls wait for the database.",
    remedy: "Try again after the time in Retry-After.",
  },
  "shutting-down": {
    http: 503,
    sip: 503,
    level: "info",
    meaning: "The server is stopping.",
    remedy: "Try again after the time in Retry-After.",
  },
  "no-free-ports": {
    http: 503,
    sip: 503,
    level: "warn",
    meaning: "All ports for sound are in use.",
    remedy: "Try again later, or give the server a wider range of ports.",
  },
  "sound-engine-away": {
    http: 503,
    sip: 503,
    level: "error",
    meaning: "No sound engine answers.",
    remedy: "Try again after the time in Retry-After; see the server's log if it lasts.",
  },
  "unknown-call": {
    http: 404,
    sip: 481,
    level: "debug",
    meaning: "There is no such call, or it is not one of yours.",
    remedy: "List the live calls, and name one of them.",
  },
};

const httpRefusals: Readonly<Record<HttpRefusalCode, ErrorEntry>> = {
  "bad-request": {
    http: 400,
    sip: undefined,
    level: "debug",
    meaning: "The request cannot be understood.",
    remedy: "Correct address, headers or body.",
  },
  "body-too-large": {
    http: 413,
    sip: undefined,
    level: "debug",
    meaning: "The request's body is larger than this address takes.",
    remedy: "Send less.",
  },
  "unsupported-media-type": {
    http: 415,
    sip: undefined,
    level: "debug",
    meaning: "The body's content type is not taken here.",
    remedy: "Send JSON.",
  },
  "not-acceptable": {
    http: 406,
    sip: undefined,
    level: "debug",
    meaning: "There is no answer of a kind that the request accepts.",
    remedy: "Accept text/event-stream, or open a WebSocket.",
  },
  "not-found": {
    http: 404,
    sip: undefined,
    level: "debug",
    meaning: "There is nothing at this address, or nothing for you.",
    remedy: "Check the address and the method.",
  },
  unauthenticated: {
    http: 401,
    sip: undefined,
    level: "info",
    meaning: "The request carries no credential, or a wrong one.",
    remedy: "Send a key in x-api-key, or in Authorization as Bearer, or a log-in as Basic.",
  },
  "not-permitted": {
    http: 403,
    sip: undefined,
    level: "info",
    meaning: "Your credential does not allow this.",
    remedy: "Use one that does.",
  },
  "unknown-host": {
    http: 421,
    sip: undefined,
    level: "info",
    meaning: "This server does not go by the name in Host.",
    remedy: "Use a tenant's domain, the public URL, or an address of the server.",
  },
  "foreign-origin": {
    http: 403,
    sip: undefined,
    level: "info",
    meaning: "Pages of this origin may not use this server.",
    remedy: "Put the origin on the allow-origin list.",
  },
  "tls-required": {
    http: 403,
    sip: undefined,
    level: "warn",
    meaning: "From this address only TLS is allowed; a credential that was sent is exposed.",
    remedy: "Use https, and replace the credential.",
  },
  "rate-limited": {
    http: 429,
    sip: undefined,
    level: "info",
    meaning: "Too many requests.",
    remedy: "Try again after the time in Retry-After.",
  },
  "too-many-streams": {
    http: 429,
    sip: undefined,
    level: "info",
    meaning: "Too many event streams are open.",
    remedy: "Close some, or share one.",
  },
  "bad-idempotency-key": {
    http: 400,
    sip: undefined,
    level: "debug",
    meaning: "An Idempotency-Key is 1 to 255 visible characters.",
    remedy: "Send a shorter key, such as a UUID.",
  },
  "key-reused": {
    http: 409,
    sip: undefined,
    level: "info",
    meaning: "This Idempotency-Key was used for another request.",
    remedy: "Use a new key for each new request.",
  },
  "in-progress": {
    http: 409,
    sip: undefined,
    level: "info",
    meaning: "The first request with this Idempotency-Key is still running.",
    remedy: "Ask again after the time in Retry-After.",
  },
  "outcome-unknown": {
    http: 409,
    sip: undefined,
    level: "warn",
    meaning: "The first request with this Idempotency-Key was cut short; it may have taken effect.",
    remedy: "Look whether it did, and use a new key if it did not.",
  },
};

/** Every code with its statuses, log level and words. `docs/errors.md` is generated from it. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = { ...faults, ...coreRefusals, ...httpRefusals };

/** Whether a text is one of the table's codes. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);
